#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "env.h"
#include "err.h"

/*
 * The log stream.  Whoever reads it may be slow, and must not hold up calls:
 * what cannot be written waits in a queue, and what the queue cannot hold is
 * lost.
 */

#define QUEUE ((size_t)1 << 20)
/* What poll() promises to take: POSIX 2008, XSH 2.9.7 and limits.h. */
#define PIECE ((size_t)4096)
#define TURN ((size_t)65536)	/* bytes of an environment in a turn */
#define REST ((size_t)1 << 20)	/* and at the end of a call */
#define PATIENCE 2.0	/* s for what is left at the end */

struct log {
	int fd;
	int opened;	/* by us */
	int broken;	/* nobody reads it any more */
	int watched;
	char *queue;
	size_t first, length;	/* in it; a ring */
	uint64_t lost;	/* lines */
};

int
log_open(struct lambda *l)
{
	const char *name = l->o->log;
	struct log *log;

	if (name == NULL && l->o->command != NULL)
		return (0);
	if ((log = calloc(1, sizeof(*log))) == NULL ||
	    (log->queue = malloc(QUEUE)) == NULL) {
		free(log);
		sv_warnx("log: out of memory");
		return (-1);
	}
	log->fd = STDOUT_FILENO;
	if (name != NULL && strcmp(name, "-") != 0) {
		log->fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND |
		    O_CLOEXEC | O_NOCTTY, 0644);
		if (log->fd == -1) {
			sv_warn("%s", name);
			free(log->queue);
			free(log);
			return (-1);
		}
		log->opened = 1;
	}
	l->log = log;
	return (0);
}

/* Would a piece be taken, within ${ms}? */
static int
takes(int fd, int ms)
{
	struct pollfd p = { fd, POLLOUT, 0 };

	return (poll(&p, 1, ms) == 1);
}

/* Write what can be written at once. */
static void
flush(struct log *log)
{
	size_t n;
	ssize_t put;

	while (log->length > 0 && takes(log->fd, 0)) {
		n = QUEUE - log->first;
		n = n < log->length ? n : log->length;
		n = n < PIECE ? n : PIECE;
		put = write(log->fd, log->queue + log->first, n);
		if (put == -1 && (errno == EINTR || errno == EAGAIN))
			return;
		if (put == -1) {
			sv_warn("log");
			log->broken = 1;
			log->length = 0;
			return;
		}
		log->first = (log->first + (size_t)put) % QUEUE;
		log->length -= (size_t)put;
	}
}

static void
on_writable(void *ctx, short revents)
{
	struct lambda *l = ctx;

	(void)revents;
	flush(l->log);
	if (l->log->length == 0) {
		loop_forget(l, l->log->fd);
		l->log->watched = 0;
	}
}

static void
enqueue(struct log *log, const char *text, size_t len)
{
	size_t end = (log->first + log->length) % QUEUE;
	size_t n = QUEUE - end < len ? QUEUE - end : len;

	memcpy(log->queue + end, text, n);
	memcpy(log->queue, text + n, len - n);
	log->length += len;
}

void
log_line(struct lambda *l, const char *text, size_t len)
{
	struct log *log = l->log;

	if (log == NULL || log->broken)
		return;
	if (len >= QUEUE - log->length) {
		log->lost++;
		return;
	}
	enqueue(log, text, len);
	enqueue(log, "\n", 1);
	flush(log);
	if (log->length > 0 && !log->watched && loop_watch(l, log->fd, POLLOUT,
	    on_writable, l) == 0)
		log->watched = 1;
}

int
log_close(struct lambda *l)
{
	double end = sv_clock_mono() + PATIENCE;
	struct log *log = l->log;
	int status = 0;

	if (log == NULL)
		return (0);
	if (log->watched)
		loop_forget(l, log->fd);
	while (log->length > 0 && !log->broken && sv_clock_mono() < end)
		if (takes(log->fd, 100))
			flush(log);
	if (log->length > 0)
		sv_warnx("log: nobody takes the last %zu bytes", log->length);
	if (log->lost > 0)
		sv_warnx("log: %" PRIu64 " lines lost", log->lost);
	if (log->broken || log->length > 0 || log->lost > 0)
		status = -1;
	if (log->opened && close(log->fd) == -1 && status == 0) {
		sv_warn("%s", l->o->log);
		status = -1;
	}
	free(log->queue);
	free(log);
	l->log = NULL;
	return (status);
}

/* Keep it for the answer of the call. */
static void
tail_add(struct tail *t, const char *text, size_t len)
{

	if (len > ENV_TAIL) {
		t->total += len - ENV_TAIL;
		text += len - ENV_TAIL;
		len = ENV_TAIL;
	}
	for (size_t i = 0; i < len; i++)
		t->text[t->total++ % ENV_TAIL] = text[i];
}

size_t
log_tail(const struct env *env, char text[ENV_TAIL])
{
	const struct tail *t = &env->tail;
	size_t n = t->total < ENV_TAIL ? (size_t)t->total : ENV_TAIL;

	for (size_t i = 0; i < n; i++)
		text[i] = t->text[(t->total - n + i) % ENV_TAIL];
	return (n);
}

/* A line of the environment, in whichever call it is. */
static void
put(struct env *env, const char *text, size_t len)
{

	log_line(env->l, text, len);
	if (env->begun) {
		tail_add(&env->tail, text, len);
		tail_add(&env->tail, "\n", 1);
	}
}

void
log_say(struct env *env, const char *text)
{
	const char *end;

	while ((end = strchr(text, '\n')) != NULL) {
		put(env, text, (size_t)(end - text));
		text = end + 1;
	}
	put(env, text, strlen(text));
}

void
log_begin(struct env *env)
{
	char text[128];

	if (env->begun)
		return;
	/* What came before belongs before. */
	log_read(env, 1);
	env->begun = 1;
	snprintf(text, sizeof(text), "START RequestId: %s Version: %s",
	    env->id, env->config->version);
	log_say(env, text);
}

void
log_end(struct env *env, double duration, double init)
{
	uint64_t used = (env->peak + (1 << 20) - 1) >> 20;
	char text[512];
	int n;

	snprintf(text, sizeof(text), "END RequestId: %s", env->id);
	log_say(env, text);
	/* Billed is the time of the call and of init, in full ms. */
	n = snprintf(text, sizeof(text), "REPORT RequestId: %s\t"
	    "Duration: %.2f ms\tBilled Duration: %.0f ms\tMemory Size: %" PRIu32
	    " MB\tMax Memory Used: %" PRIu64 " MB", env->id, duration * 1e3,
	    ceil((duration + (init > 0 ? init : 0)) * 1e3),
	    env->config->memory, used);
	if (init >= 0 && n > 0 && (size_t)n < sizeof(text))
		snprintf(text + n, sizeof(text) - (size_t)n,
		    "\tInit Duration: %.2f ms", init * 1e3);
	log_say(env, text);
	env->begun = 0;
}

/* Cut what has been read into lines. */
static void
cut(struct env *env, const char *text, size_t len)
{

	for (size_t i = 0; i < len; i++) {
		if (text[i] != '\n')
			env->line[env->line_length++] = text[i];
		if (text[i] == '\n' || env->line_length == ENV_LINE) {
			put(env, env->line, env->line_length);
			env->line_length = 0;
		}
	}
}

void
log_read(struct env *env, int all)
{
	size_t most = all ? REST : TURN;
	char text[4096];
	ssize_t n = 0;

	while (env->output != -1 && most >= sizeof(text)) {
		n = read(env->output, text, sizeof(text));
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		cut(env, text, (size_t)n);
		most -= sizeof(text);
	}
	/* At its end it would be readable for ever. */
	if (n == 0 && env->output != -1)
		loop_forget(env->l, env->output);
	if (all && env->line_length > 0) {
		put(env, env->line, env->line_length);
		env->line_length = 0;
	}
}
