#ifndef SV_SPEND_H
#define SV_SPEND_H

#include <stddef.h>
#include <stdint.h>

#include "price.h"
#include "run.h"

/*
 * What a job of functions has cost until now, while it runs: from what the one
 * that calls them knows (sv-spawn), or from the frames that tell of it (a
 * viewer).  When all is over it is what measure.h and price.h make of the same
 * run.
 *
 * Times are seconds of any one clock, and differences of less than half a
 * microsecond are none.  An invocation is (shard, generation); each is billed
 * in whole milliseconds, rounded up, and is one request, as the provider counts
 * them.  Sums are of whole numbers, and exact.
 */

struct sv_spend_one;

struct sv_spend {
	const struct sv_price *price;
	enum sv_price_arch arch;
	double memory_mb;	/* of those of which it is not known; NaN */
	double limit;	/* s that one is billed at most; INFINITY */
	int share;	/* take the month's free share off; 0 */
	struct sv_spend_one *one;
	size_t n, room;
};

/**
 * sv_spend_init(s, price, arch, memory_mb), sv_spend_fini(s):
 * Begin without invocations.  The table must outlive ${s}.  Where ${memory_mb}
 * is NaN, an invocation whose memory is not known is taken to have as much as
 * the largest of which it is, and nothing before one is.  limit and share are
 * the caller's to set then.
 */
void sv_spend_init(struct sv_spend *s, const struct sv_price *price,
    enum sv_price_arch arch, double memory_mb);
void sv_spend_fini(struct sv_spend *s);

/**
 * sv_spend_begin(s, shard, generation, at):
 * It is called at ${at}.  If it has been before, this is another try, and the
 * one before cost nothing.  Return 0, or -1 with errno set.
 */
int sv_spend_begin(struct sv_spend *s, uint32_t shard, uint32_t generation,
    double at);

/**
 * sv_spend_memory(s, shard, generation, mb):
 * It has ${mb} MB.  Nothing happens where it has not begun, or ${mb} is not
 * more than 0.
 */
void sv_spend_memory(struct sv_spend *s, uint32_t shard, uint32_t generation,
    double mb);

/**
 * sv_spend_end(s, shard, generation, at, billed_s):
 * It is over at ${at}, and was billed ${billed_s}; where that is NaN, what went
 * by since it began.  A time that was billed replaces one that was not known,
 * and the first is kept otherwise.  One that has not begun begins and ends
 * here.  Return 0, or -1 with errno set.
 */
int sv_spend_end(struct sv_spend *s, uint32_t shard, uint32_t generation,
    double at, double billed_s);

/**
 * sv_spend_over(s, shard, generation, at):
 * It is no longer needed since ${at}, and taken to be over, unless something
 * tells later when it was.  Nothing happens where it has not begun.
 */
void sv_spend_over(struct sv_spend *s, uint32_t shard, uint32_t generation,
    double at);

/**
 * sv_spend_forget(s, shard, generation):
 * It was turned away, and costs nothing.
 */
void sv_spend_forget(struct sv_spend *s, uint32_t shard, uint32_t generation);

/**
 * sv_spend_finish(s, at):
 * All that run have ended at ${at}.
 */
void sv_spend_finish(struct sv_spend *s, double at);

/**
 * sv_spend_mark(s, how, m):
 * What a frame of a run tells; ${how} is how the job asks for its workers.  Its
 * clock is seconds since 1970.  Commands cost nothing, and what is behind a URL
 * costs from when one of them says what memory it has.  Return 0, or -1 with
 * errno set.
 */
int sv_spend_mark(struct sv_spend *s, enum sv_run_how how,
    const struct sv_run_mark *m);

/**
 * sv_spend_now(s, at):
 * Dollars until ${at}: the requests begun, what those that have ended were
 * billed, and those that run from their begin to ${at}.
 */
double sv_spend_now(const struct sv_spend *s, double at);

/**
 * sv_spend_requests(s, at), sv_spend_gb_seconds(s, at), sv_spend_running(s):
 * What it is made of: invocations that have begun; GB-seconds; invocations that
 * have not ended.
 */
double sv_spend_requests(const struct sv_spend *s, double at);
double sv_spend_gb_seconds(const struct sv_spend *s, double at);
size_t sv_spend_running(const struct sv_spend *s);

/**
 * sv_spend_rate(s):
 * Dollars a second that those that run cost now, without any free share.
 */
double sv_spend_rate(const struct sv_spend *s);

/**
 * sv_spend_milliseconds(s):
 * ${s} seconds as they are billed: whole milliseconds, rounded up; 0 where
 * negative or not known.
 */
double sv_spend_milliseconds(double s);

#endif /* !SV_SPEND_H */
