#ifndef SV_FETCH_STATE_H
#define SV_FETCH_STATE_H

#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>

#include "fetch.h"
#include "fetch_head.h"
#include "s3.h"
#include "web.h"

/*
 * A fetch, and its lanes: each has one range under way after the other, on a
 * connection of its own.  No interface of the module.
 */

enum lane_state {
	LANE_IDLE,	/* nothing to do */
	LANE_WAITS,	/* until due, to ask */
	LANE_RUNS,
	LANE_DONE	/* all of its bytes are in */
};

/* What is wrong with an answer that libcurl has no objection to. */
enum lane_fault {
	FAULT_NONE,
	FAULT_ENOUGH,	/* nothing: no more of it is wanted */
	FAULT_AGAIN,	/* whoever asks again may get another one */
	FAULT_CHANGED,
	FAULT_NEVER
};

struct lane {
	struct sv_fetch *f;
	CURL *easy;
	struct curl_slist *headers;
	char error[CURL_ERROR_SIZE];
	enum lane_state state;
	uint64_t to;	/* its bytes end there */
	uint64_t got;	/* ... and are in up to here */
	uint64_t base;	/* the buffer begins with this one */
	uint8_t *buf;	/* SV_FETCH_CHUNK bytes */
	int paused;	/* the buffer was full */
	unsigned failed;	/* how often, without progress */
	double due;	/* sv_clock_mono() */
	/* Of the request under way. */
	uint64_t asked;	/* the first byte */
	uint64_t skip;	/* bytes that are not wanted, and will come first */
	int judged;	/* the answer's head was looked at */
	enum lane_fault fault;
	char why[SV_WHY];
	struct sv_fetch_head head;
	char body[SV_WEB_BODY];	/* of an error */
	size_t length;
	uint64_t heard;	/* bytes of the body, wanted or not */
	uint64_t marked;	/* ... when last looked at */
	double mark;	/* when that was */
};

struct sv_fetch {
	CURLM *multi;
	const struct sv_csr_poll *poll;
	struct sv_s3 *s3;
	char *url;	/* http or https */
	char etag[SV_FETCH_ETAG];	/* If-Match; or "" */
	double stall;	/* s */
	int opened;	/* the first answer is in */
	int ranged;
	uint64_t size;
	uint64_t from;
	uint64_t to;	/* the wanted bytes end there; UINT64_MAX: not known */
	uint64_t at;	/* the next one that will be given */
	uint64_t next;	/* the first one that no lane was told to get */
	unsigned head;	/* the lane that has ${at} */
	struct lane lanes[SV_FETCH_LANES];
	double worked;	/* when libcurl was last called */
	uint64_t unworked;	/* bytes given since then */
	unsigned again;
	int failed;	/* errno; for good */
	char why[SV_WHY];
};

/**
 * sv_fetch_fail(f, error, fmt, ...):
 * It is over: with that errno, for that reason.
 */
void sv_fetch_fail(struct sv_fetch *f, int error, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/**
 * sv_lane_assign(l, to):
 * Its next bytes are those from f->next to ${to}.
 */
void sv_lane_assign(struct lane *l, uint64_t to);

/**
 * sv_lane_start(l, now):
 * Ask for what is missing.  What goes wrong is f's failure.
 */
void sv_lane_start(struct lane *l, double now);

/**
 * sv_lane_end(l, code, now):
 * The request under way has ended: done, or to be made again, or f's failure.
 */
void sv_lane_end(struct lane *l, CURLcode code, double now);

/**
 * sv_lane_stalled(l, now):
 * End the request under way if too little came.
 */
void sv_lane_stalled(struct lane *l, double now);

/**
 * sv_lane_resume(l):
 * There may be room in the buffer again.
 */
void sv_lane_resume(struct lane *l);

/**
 * sv_lane_fini(l):
 * Give up, and free what it holds.
 */
void sv_lane_fini(struct lane *l);

#endif /* !SV_FETCH_STATE_H */
