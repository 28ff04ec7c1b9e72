#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "err.h"
#include "fault.h"
#include "fd.h"
#include "lambda.h"
#include "rng.h"

#define PATIENCE 2.0	/* s from the end's beginning to SIGKILL for all */
#define COMMAND_PATIENCE 10.0	/* s from a signal to a command, likewise */
#define GIVE_UP 1.0	/* s from there to leaving */
#define STRAYS 100	/* rounds of killing what others have left */

/* Who wants to hear of a descriptor; the descriptor is in l->polled. */
struct watch {
	void (*fn)(void *ctx, short revents);	/* NULL: forgotten */
	void *ctx;
};

static size_t
find_watch(const struct lambda *l, int fd)
{
	size_t i;

	for (i = 0; i < l->nwatches; i++)
		if (l->polled[i].fd == fd && l->watches[i].fn != NULL)
			break;
	return (i);
}

static int
grow_watches(struct lambda *l)
{
	size_t room = l->room_watches == 0 ? 64 : 2 * l->room_watches;
	struct watch *watches;
	struct pollfd *polled;

	if ((watches = realloc(l->watches, room * sizeof(*watches))) == NULL)
		return (-1);
	l->watches = watches;
	if ((polled = realloc(l->polled, room * sizeof(*polled))) == NULL)
		return (-1);
	l->polled = polled;
	l->room_watches = room;
	return (0);
}

int
loop_watch(struct lambda *l, int fd, short events,
    void (*fn)(void *ctx, short revents), void *ctx)
{
	size_t i = find_watch(l, fd);

	if (i == l->nwatches) {
		if (l->nwatches == l->room_watches && grow_watches(l) == -1)
			return (-1);
		l->nwatches++;
	}
	l->watches[i] = (struct watch){ fn, ctx };
	l->polled[i] = (struct pollfd){ fd, events, 0 };
	return (0);
}

void
loop_forget(struct lambda *l, int fd)
{
	size_t i = find_watch(l, fd);

	if (i == l->nwatches)
		return;
	/* Its place is taken between two turns: others' must not move now. */
	l->watches[i].fn = NULL;
	l->polled[i].fd = -1;
	l->polled[i].revents = 0;
}

static void
drop_forgotten(struct lambda *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->nwatches; i++) {
		if (l->watches[i].fn == NULL)
			continue;
		l->watches[n] = l->watches[i];
		l->polled[n++] = l->polled[i];
	}
	l->nwatches = n;
}

void
lambda_uuid(char id[LAMBDA_ID])
{
	uint8_t b[16];

	/* RFC 9562, 5.4 */
	randombytes_buf(b, sizeof(b));
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	snprintf(id, LAMBDA_ID, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4], b[5],
	    b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

/* Nobody is left, or nobody goes. */
static void
on_give_up(void *ctx)
{
	struct lambda *l = ctx;

	l->ending = 2;
}

static void
on_impatience(void *ctx)
{
	struct lambda *l = ctx;

	/* Here without loop_end(): a command that does not go. */
	if (!l->ending) {
		l->ending = 1;
		l->status = 128 + SIGKILL;
	}
	invoke_end(l, 1);
	command_signal(l, SIGKILL);
	if (timer_set(l, &l->patience, GIVE_UP, on_give_up, l) == -1)
		l->ending = 2;
}

void
loop_end(struct lambda *l, int status)
{

	if (l->ending)
		return;
	l->ending = 1;
	l->status = status;
	invoke_end(l, 0);
	command_signal(l, SIGTERM);
	if (timer_set(l, &l->patience, PATIENCE, on_impatience, l) == -1)
		on_impatience(l);
}

/* As waitpid() would tell it. */
static int
wait_status(const struct sv_child_end *e)
{

	return (e->signal != 0 ? e->signal : (e->status & 0xff) << 8);
}

static void
on_children(struct lambda *l)
{
	struct sv_child_end e;
	pid_t pid;

	command_on_stop(l);
	while ((pid = sv_child_ended(-1, &e)) > 0) {
		/* Others are what functions and the command have left. */
		if (!command_on_child(l, pid, wait_status(&e)) &&
		    !guard_on_child(l, pid))
			(void)env_on_child(l, pid, wait_status(&e));
		while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
			continue;
	}
}

/* SIGINT, SIGTERM or SIGHUP. */
static void
on_interrupt(struct lambda *l, int sig)
{

	/* A terminal that is closed may say so twice. */
	if (sig == SIGHUP && (l->ending || l->interrupts > 0))
		return;
	if (l->ending) {
		/* The user means it. */
		on_impatience(l);
	} else if (l->command > 0 && l->interrupts++ == 0) {
		/* It knows what to do, and its status is ours. */
		command_signal(l, sig);
		if (sig != SIGINT)
			(void)timer_set(l, &l->patience, COMMAND_PATIENCE,
			    on_impatience, l);
	} else
		loop_end(l, l->command > 0 ? 128 + sig : SV_EXIT_DONE);
}

static void
on_signals(void *ctx, short revents)
{
	struct lambda *l = ctx;
	unsigned char sig;
	int fd = l->signals;

	(void)revents;
	while (read(fd, &sig, 1) == 1) {
		if (sig == SIGCHLD)
			continue;
		on_interrupt(l, sig);
	}
	on_children(l);
}

/* Each connection, environment and package is a descriptor or several. */
static void
raise_files(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
}

/* Tell the file that --ready names; whoever waits for it never sees half. */
static int
tell_ready(struct lambda *l)
{
	char temporary[4096];
	FILE *f;
	int rc;

	if (l->o->ready == NULL)
		return (0);
	if ((size_t)snprintf(temporary, sizeof(temporary), "%s.%ld",
	    l->o->ready, (long)getpid()) >= sizeof(temporary)) {
		errno = ENAMETOOLONG;
		sv_warn("%s", l->o->ready);
		return (-1);
	}
	if ((f = fopen(temporary, "wx")) == NULL) {
		sv_warn("%s", temporary);
		return (-1);
	}
	rc = fprintf(f, "%s\n", http_url(l)) < 0 ? -1 : 0;
	if (fclose(f) != 0)
		rc = -1;
	if (stat(temporary, &l->ready) == -1)
		rc = -1;
	if (rc == -1 || rename(temporary, l->o->ready) == -1) {
		l->ready.st_nlink = 0;
		sv_warn("%s", l->o->ready);
		(void)unlink(temporary);
		return (-1);
	}
	return (0);
}

/* Nor does who comes later find it; unless another has put its own there. */
static void
remove_ready(const struct lambda *l)
{
	struct stat st;

	if (l->ready.st_nlink > 0 && lstat(l->o->ready, &st) == 0 &&
	    st.st_ino == l->ready.st_ino && st.st_dev == l->ready.st_dev &&
	    unlink(l->o->ready) == -1)
		sv_warn("%s", l->o->ready);
}

static int
open_all(struct lambda *l)
{
	static const int caught[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP };

	raise_files();
	sv_child_adopt();
	if (sv_rng_init(l->rng, "sv-lambda", l->o->seed) == -1 ||
	    (l->signals = sv_fd_signals(caught,
	    sizeof(caught) / sizeof(caught[0]))) == -1 ||
	    loop_watch(l, l->signals, POLLIN, on_signals, l) == -1) {
		sv_warn("cannot start");
		return (-1);
	}
	if (fault_open(l) == -1 || tree_open(l) == -1 || log_open(l) == -1 || auth_open(l) == -1)
		return (-1);
	remains_clean(l);
	if (!l->o->no_limits)
		cgroup_open(l);
	if (remains_note(l) == -1) {
		sv_warn("%s", l->dir);
		return (-1);
	}
	if (guard_open(l) == -1)
		return (-1);
	if (http_open(l) == -1)
		return (-1);
	for (size_t i = 0; i < l->o->nseeds; i++)
		if (function_seed(l, &l->o->seeds[i]) == -1)
			return (-1);
	if (!l->o->quiet)
		sv_warnx("listening on %s", http_url(l));
	if (tell_ready(l) == -1)
		return (-1);
	return (l->o->command != NULL ? command_start(l) : 0);
}

static void
turn(struct lambda *l)
{
	int timer = timer_next(l), http = http_next(l);
	size_t n;
	int rc;

	if (timer == -1 || (http != -1 && http < timer))
		timer = http;
	drop_forgotten(l);
	n = l->nwatches;
	rc = poll(l->polled, (nfds_t)n, timer);
	if (rc == -1 && errno != EINTR) {
		sv_warn("poll");
		loop_end(l, SV_EXIT_FAILED);
	}
	if (rc > 0) {
		/* More may be added meanwhile, and the arrays move. */
		for (size_t i = 0; i < n; i++)
			if (l->watches[i].fn != NULL && l->polled[i].revents)
				l->watches[i].fn(l->watches[i].ctx,
				    l->polled[i].revents);
	}
	http_run(l);
	timer_run(l);
}

static int
finished(const struct lambda *l)
{

	return (l->ending == 2 ||
	    (l->ending && env_count(l) == 0 && l->command == 0));
}

/*
 * Kill what is still there: processes that have left their group, and have been
 * adopted (sv_child_adopt()).  Where the system does not list them, do nothing.
 */
static void
kill_strays(void)
{
	char path[64];
	FILE *f;
	long pid;

	snprintf(path, sizeof(path), "/proc/self/task/%ld/children",
	    (long)getpid());
	for (int i = 0; i < STRAYS; i++) {
		if ((f = fopen(path, "r")) == NULL)
			return;
		while (fscanf(f, "%ld", &pid) == 1)
			if (pid > 1)
				(void)kill((pid_t)pid, SIGKILL);
		fclose(f);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
		if (waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD)
			return;
		(void)poll(NULL, 0, 10);
	}
}

static void
close_all(struct lambda *l)
{

	remove_ready(l);
	fault_close(l);
	http_close(l);
	guard_close(l);
	kill_strays();
	function_free_all(l);
	auth_close(l);
	cgroup_close(l);
	if (log_close(l) == -1 && l->status == SV_EXIT_DONE)
		l->status = SV_EXIT_FAILED;
	timer_fini(l);
	free(l->watches);
	free(l->polled);
	if (l->dir[0] != '\0' && tree_remove(l->dir) == -1)
		sv_warn("%s cannot be removed", l->dir);
	if (l->lock != -1)
		close(l->lock);
}

int
lambda_run(const struct lambda_options *o)
{
	struct sv_rng rng;
	struct faults faults = { .o = NULL };
	struct lambda l = { .o = o, .rng = &rng, .faults = &faults,
	    .signals = -1, .guarded = -1, .lock = -1 };

	if (open_all(&l) == -1) {
		l.ending = 1;
		l.status = SV_EXIT_FAILED;
		command_signal(&l, SIGKILL);
	}
	while (!finished(&l))
		turn(&l);
	close_all(&l);
	return (l.status);
}
