#ifndef SV_FRAME_H
#define SV_FRAME_H

#include <stddef.h>
#include <stdint.h>

/*
 * The one binary format of pipes, sockets and files; sv-frame(5) gives it
 * byte by byte.  A frame is a header of SV_FRAME_HEADER bytes and a payload of
 * three sections, any of which may be empty: text (UTF-8, JSON where not said
 * otherwise, padded with zeros to a multiple of 8), scalars (f64) and elements
 * (of the type that the header names).  All numbers are little-endian.
 */

#define SV_FRAME_HEADER 80u	/* bytes in a header */
#define SV_FRAME_VERSION 1u
#define SV_FRAME_NOSHARD UINT32_MAX	/* the frame belongs to no shard */
/* No honest frame is larger; keeps sums of lengths far from overflow. */
#define SV_FRAME_MAXLEN ((uint64_t)1 << 40)

enum sv_type {
	SV_PROBLEM = 1,	/* what the rows are: text (problem.h) */
	SV_JOB = 2,	/* who runs it: text {"workers":W,"control":path} */
	SV_SPAWN = 3,	/* what became of an invocation: text */
	SV_GLOBAL = 4,	/* master to workers: op, task text, scalars, z */
	SV_UPDATE = 5,	/* worker to master: op, scalars, one vector */
	SV_HELLO = 6,	/* worker to hub, after loading: text */
	SV_TIMING = 7,	/* hub's clocks for one round: scalars, W x SV_TM_N f64 */
	SV_TRACE = 8,	/* master's view of one round: scalars */
	SV_MODEL = 9,	/* the answer: text, x */
	SV_END = 10,	/* last frame of a run: text {"status":N,"reason":text} */
	SV_EVENT = 11,	/* something to know: text {"event":...,"why":...} */
	SV_READY = 12,	/* hub to spawn: text {"hub":address,"workers":W} */
	/*
	 * Hub to spawn: start shard, generation of the header; text where the
	 * link is encrypted, and then a secret: {"keys":curve.h's}
	 */
	SV_WANT = 13,
	SV_ERROR = 14,	/* worker to hub: it cannot go on; text {"why":...} */
	SV_REFUSE = 15,	/* hub to worker: not needed; text {"why":...} */
	SV_DATA = 16,	/* rows of a shard file (shardfile.h) */
	SV_SAVE = 17,	/* hub to worker: say the shard's state; seq: which time */
	SV_STATE = 18,	/* a part of a shard's state (state.h) */
	SV_CHECKPOINT = 19	/* a master's state after a round: its own text */
};

enum sv_elem { SV_BYTES = 0, SV_F64 = 1, SV_F32 = 2 };

enum sv_op {
	SV_OP_NONE = 0,
	SV_OP_STEP = 1,	/* one ADMM step */
	SV_OP_GRAD = 2,	/* loss and gradient at z */
	SV_OP_CONJ = 3,	/* conjugates of the losses at a dual point */
	SV_OP_TERM = 4	/* the worker's end; a GLOBAL without sections */
};

/* Scalars of a GLOBAL frame with SV_OP_STEP. */
enum sv_global_scalar {
	SV_GL_RHO,	/* penalty parameter of this round */
	SV_GL_RATIO,	/* rho of this round / rho of the last one; 1 at first */
	SV_GL_ALPHA,	/* over-relaxation */
	SV_GL_EPS,	/* solve to |gradient of phi| <= this; 0: as the task says */
	/*
	 * ... and after these, none or up to memory + 1 of them: weights, of
	 * which the sum is 1, of the c_i sent last, before that, and so on.
	 */
	SV_GL_N
};

/* Scalars of a GLOBAL frame with SV_OP_CONJ: see agent.h, dual.h. */
enum sv_global_conj {
	SV_GC_OWN,	/* 0: at z; 1: at the shard's own x_i */
	SV_GC_POSITIVE,	/* kappa of the rows with a positive label */
	SV_GC_OTHER,	/* ... and of the others */
	SV_GC_SHIFT,
	SV_GC_N
};

/*
 * Scalars of an UPDATE frame, all additive over workers so that a hub may sum
 * frames it does not understand.  The first SV_UP_COMMON are in every one.
 */
enum sv_update_scalar {
	SV_UP_COMP,	/* s: global received -> update sent, worker's clock */
	SV_UP_IDLE,	/* s: last update sent -> global received, worker's clock */
	SV_UP_CPU,	/* CPU seconds of this round */
	SV_UP_FRESH,	/* 1 if this shard's state was made anew from z, else 0 */
	SV_UP_COMMON,

	/* SV_OP_STEP: the vector is c_i = w_i + alpha (x_i - z). */
	SV_UP_XX = SV_UP_COMMON,	/* |x_i|^2 */
	SV_UP_DD,	/* |x_i - z|^2 */
	SV_UP_UU,	/* |u_i|^2, u_i = w_i - z the scaled dual */
	SV_UP_FX,	/* f_i(x_i) */
	SV_UP_INNER,	/* inner iterations */
	SV_UP_PASSES,	/* passes over the shard; one = margins and scatter */
	SV_UP_CAPPED,	/* 1 if the solver stopped at its iteration limit */
	/*
	 * What the solution did since the round before: |x_i - x_i before|^2,
	 * and the same of y_i = rho (v_i - x_i), v_i = 2 z - w_i, which is the
	 * gradient of f_i at x_i.  Both 0 where there was none.
	 */
	SV_UP_DX,
	SV_UP_DY,
	/*
	 * ... and after these memory + 1 pairs, for j = 0, 1, ... : the inner
	 * product of this round's R_i = alpha (x_i - z) and the one j rounds
	 * ago; 1 if the shard still has that one and its c_i, else both are 0.
	 */
	SV_UP_STEP_N,

	/* SV_OP_GRAD: the vector is grad f_i(z). */
	/*
	 * f_i(z).  SV_UP_OVERFLOW, and a gradient of zeros, where that or the
	 * gradient is beyond any number: no reason to give up, z is only bad.
	 */
	SV_UP_FZ = SV_UP_COMMON,
	SV_UP_ROWS,	/* rows of the shard */
	SV_UP_POS,	/* those with a positive label */
	SV_UP_WEIGHT,	/* sum of their weights */
	SV_UP_GPASSES,	/* passes over the shard */
	SV_UP_GRAD_N,

	/* SV_OP_CONJ: the vector is A_i'theta_i. */
	SV_UP_CONJ = SV_UP_COMMON,	/* sum w_j l*(theta_j / w_j) */
	SV_UP_CPOSITIVE,	/* sum of theta_j over positive labels */
	SV_UP_CPASSES,	/* passes over the shard */
	SV_UP_CONJ_N
};

#define SV_UP_OVERFLOW 1e304	/* sums of some thousands are numbers, too */

/* Scalars of a TIMING frame: seconds since the hub's start, on its clock. */
enum sv_timing_scalar {
	SV_TS_SENT,	/* global handed to the first worker */
	SV_TS_ALLSENT,	/* ... and to the last */
	SV_TS_LASTIN,	/* the sum was complete */
	SV_TS_ANSWER,	/* the master's answer had come; NaN if it never did */
	SV_TS_DOWN,	/* bytes sent to workers, headers included */
	SV_TS_UP,	/* bytes received from them */
	SV_TS_N
};
/* Columns of a TIMING frame: one row a shard, in order. */
enum sv_timing_column {
	SV_TM_SENT,	/* global handed to the socket, hub's clock as above */
	SV_TM_RECEIVED,	/* update read from the ROUTER */
	SV_TM_TAKEN,	/* taken by a reducer */
	SV_TM_SUMMED,	/* added to the sum */
	SV_TM_COMP,	/* s, worker's clock, as in the update */
	SV_TM_IDLE,	/* s, worker's clock; NaN where there was no last update */
	SV_TM_CPU,	/* CPU seconds */
	SV_TM_GENERATION,	/* of the worker whose update it is */
	SV_TM_N
};

/* Scalars of a TRACE frame; NaN where not known.  op says which round. */
enum sv_trace_scalar {
	SV_TR_PRIMAL,	/* r */
	SV_TR_DUAL,	/* s */
	SV_TR_RHO,	/* penalty parameter used */
	SV_TR_EPS_PRIMAL,	/* what r is held against */
	SV_TR_EPS_DUAL,	/* what s is held against */
	SV_TR_OBJECTIVE,	/* F(z) */
	SV_TR_OPTIMALITY,	/* relative optimality at z */
	SV_TR_SPLIT,	/* sum f_i(x_i) + g(z): F in the limit */
	SV_TR_INNER,	/* inner iterations, summed over workers */
	SV_TR_PASSES,	/* passes over the data, mean over shards */
	SV_TR_NONZERO,	/* non-zero elements of z */
	SV_TR_BOUND,	/* best lower bound on F so far */
	SV_TR_GAP,	/* F(z) less that bound, z looked at last */
	SV_TR_MEASURE,	/* what decides when to stop, as far as known ... */
	SV_TR_TARGET,	/* ... and what it is held against */
	SV_TR_N
};

struct sv_frame {
	uint8_t type;		/* enum sv_type, or one this version does not know */
	uint8_t elem;		/* enum sv_elem: type of the elements */
	uint8_t op;		/* enum sv_op */
	uint64_t job;		/* 0 before there is a job */
	uint32_t shard;		/* or SV_FRAME_NOSHARD */
	uint32_t generation;	/* which worker of the shard, from 1; 0 none */
	uint32_t round;		/* the master's count */
	uint32_t seq;		/* the hub's count of globals; echoed by updates */
	uint32_t count;		/* contributions summed; 1 for a worker's own */
	int64_t time;		/* ns since 1970, sender's clock */
	uint32_t ntext;		/* bytes of text, without padding */
	uint32_t nscalar;	/* scalars */
	uint64_t length;	/* payload bytes */
	uint64_t sum;		/* XXH3-64 of the payload */
	uint8_t *payload;	/* 8-aligned, malloc()ed; NULL if length is 0 */
};

/**
 * sv_frame_make(f, type, text, nscalar, elem, nelem):
 * Fill ${f} with a frame of ${type} with room for ${nscalar} scalars and
 * ${nelem} elements, all zero, and a copy of ${text} (a string, or NULL for
 * none).  shard is SV_FRAME_NOSHARD, count 1, all else 0.  Return 0, or -1
 * with errno set.  The caller owns the payload: sv_frame_fini().
 */
int sv_frame_make(struct sv_frame *f, enum sv_type type, const char *text,
    uint32_t nscalar, enum sv_elem elem, uint64_t nelem);

/**
 * sv_frame_fini(f):
 * Free the payload and forget it; that of a WANT is wiped before.
 */
void sv_frame_fini(struct sv_frame *f);

/* The sections; valid until sv_frame_fini().  The text is not terminated. */
const char *sv_frame_text(const struct sv_frame *f);
double *sv_frame_scalars(const struct sv_frame *f);
void *sv_frame_elems(const struct sv_frame *f);
uint64_t sv_frame_nelem(const struct sv_frame *f);

/**
 * sv_frame_elem_size(elem):
 * Bytes of one element, 0 for a type that is not known.
 */
size_t sv_frame_elem_size(unsigned elem);

/**
 * sv_frame_seal(f):
 * Set time to now and sum to the payload's checksum.  To be called when the
 * sections are filled, before the frame is encoded or written.
 */
void sv_frame_seal(struct sv_frame *f);

/**
 * sv_frame_encode(f, header):
 * Write the header of ${f}, with its checksum.
 */
void sv_frame_encode(const struct sv_frame *f, uint8_t header[SV_FRAME_HEADER]);

/**
 * sv_frame_begins(data, len):
 * May a frame begin with these ${len} bytes?  Looks at no more than the magic
 * number.
 */
int sv_frame_begins(const void *data, size_t len);

/**
 * sv_frame_decode(f, header):
 * Fill ${f} from ${header}; payload becomes NULL.  Return NULL, or what is
 * wrong as a static string: magic, checksum, version, element type, or lengths
 * that do not fit each other.  After success the sections are within length.
 */
const char *sv_frame_decode(struct sv_frame *f,
    const uint8_t header[SV_FRAME_HEADER]);

/**
 * sv_frame_check(f):
 * Return NULL if the payload's checksum is right, otherwise what is wrong.
 */
const char *sv_frame_check(const struct sv_frame *f);

/**
 * sv_frame_sum(data, len):
 * The checksum of the format: XXH3, 64 bits, seed 0 (Collet 2019).
 */
uint64_t sv_frame_sum(const void *data, size_t len);

/**
 * sv_frame_sum_f64(data, n, finite):
 * The same of ${n} f64 at whatever address; set ${finite} to whether none of
 * them is an infinity or NaN.  In blocks, so that each is looked at twice while
 * it is in cache.
 */
uint64_t sv_frame_sum_f64(const void *data, size_t n, int *finite);

/**
 * sv_frame_type_name(type), sv_frame_op_name(op):
 * "global", "step", ...; "unknown" for what this version does not know.
 */
const char *sv_frame_type_name(unsigned type);
const char *sv_frame_op_name(unsigned op);

/**
 * sv_frame_type_parse(name):
 * The type called ${name}, or 0.
 */
unsigned sv_frame_type_parse(const char *name);

#endif /* !SV_FRAME_H */
