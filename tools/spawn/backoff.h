#ifndef SV_BACKOFF_H
#define SV_BACKOFF_H

/*
 * When to send a request: not too many at once, and not too soon again.
 */

#define BACKOFF_BASE 0.5	/* s that the first wait is at most */
#define BACKOFF_CAP 20.0	/* and any */
#define BACKOFF_AFTER 60.0	/* and what a server may ask for */

/**
 * backoff_wait(failed, after):
 * Seconds to wait after the ${failed}-th failure in a row: at random up to
 * min(BACKOFF_CAP, BACKOFF_BASE * 2^(${failed} - 1)) ("full jitter", M. Brooker,
 * 2015, Exponential Backoff and Jitter), and, where the server wants ${after}
 * seconds (0: it did not say), these before that.
 */
double backoff_wait(unsigned failed, double after);

/* So many a second and not more, but a few late ones at once. */
struct pace {
	double rate;	/* a second; 0: no limit */
	double ready;	/* how many may go */
	double at;	/* when that was so */
};

/**
 * pace_take(p, now):
 * May one go?  If so it is counted.
 */
int pace_take(struct pace *p, double now);

/**
 * pace_wait(p, now):
 * Seconds until one may.
 */
double pace_wait(const struct pace *p, double now);

#endif /* !SV_BACKOFF_H */
