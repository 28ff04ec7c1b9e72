#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "blob.h"
#include "calls.h"
#include "child.h"
#include "clock.h"
#include "err.h"
#include "fd.h"
#include "json.h"
#include "launch.h"
#include "spawn.h"
#include "secret.h"
#include "star.h"
#include "zap.h"

#define PROBE_WAIT 60.0	/* s for the worker to say hello */
#define PROBE_END 5.0	/* s for it to end after that */
#define PROBE_MAX ((uint64_t)1 << 20)	/* bytes of a hello, at most */
#define FDS_MAX 16u	/* that one worker's launcher may watch */
#define OWN_ITEMS 3u	/* and that we watch ourselves */

struct probe {
	const struct spawn_options *o;
	uint64_t id;
	void *zmq;
	void *socket;
	char address[SV_STAR_ADDRESS];
	struct sv_keyring *ring;
	struct sv_zap *zap;
	int signals;
	struct launcher *crew;
	double asked;	/* when the worker was */
	int ended;
	char what[SV_WHY];	/* how it has */
};

/* Hear what has become of the worker. */
static void
hear(struct probe *p)
{
	struct launch_event e;

	while (launch_next(p->crew, &e)) {
		if (p->o->verbose)
			sv_warnx("the worker %s", e.what);
		/* One that was accepted may well come yet. */
		if (json_object_get(e.record, "signal") != NULL) {
			p->ended = 1;
			memcpy(p->what, e.what, sizeof(p->what));
		}
		json_decref(e.record);
	}
}

/* Wait up to 100 ms; 1 for a message, 0 for none, -1 to give up. */
static int
wait_message(struct probe *p, struct sv_star_message *m)
{
	const struct launcher_class *crew = p->crew->class;
	zmq_pollitem_t items[OWN_ITEMS + FDS_MAX] = {
		{ p->socket, 0, ZMQ_POLLIN, 0 },
		{ NULL, p->signals, ZMQ_POLLIN, 0 },
		{ sv_zap_socket(p->zap), 0, ZMQ_POLLIN, 0 }
	};
	struct pollfd fds[FDS_MAX];
	unsigned char sig;
	size_t n;

	if ((n = crew->watch(p->crew, fds, FDS_MAX)) > FDS_MAX)
		n = FDS_MAX;
	for (size_t i = 0; i < n; i++)
		items[OWN_ITEMS + i] = (zmq_pollitem_t){ NULL, fds[i].fd, (short)
		    ((fds[i].events & POLLIN ? ZMQ_POLLIN : 0) |
		    (fds[i].events & POLLOUT ? ZMQ_POLLOUT : 0)), 0 };
	zmq_poll(items, (int)(OWN_ITEMS + n), crew->patience(p->crew, 100));
	for (size_t i = 0; i < n; i++)
		fds[i].revents = (short)(
		    (items[OWN_ITEMS + i].revents & ZMQ_POLLIN ? POLLIN : 0) |
		    (items[OWN_ITEMS + i].revents & ZMQ_POLLOUT ? POLLOUT : 0) |
		    (items[OWN_ITEMS + i].revents & ZMQ_POLLERR ? POLLERR : 0));
	if (sv_zap_serve(p->zap) > 0 && p->o->verbose)
		sv_warnx("somebody without the key was not let in");
	crew->work(p->crew, fds, n);
	hear(p);
	while (read(p->signals, &sig, 1) == 1)
		if (sig != SIGCHLD)
			return (-1);
	return (sv_star_receive(p->socket, m) == 1);
}

/* A number of ${o}, or -1 where it is not there. */
static double
number(const json_t *o, const char *key)
{
	double v = -1;

	(void)sv_json_double(o, key, &v);
	return (v);
}

/* Say what the worker saw. */
static int
report(const struct probe *p, const struct sv_frame *f, double heard)
{
	json_t *o = sv_json_of(f);

	if (o == NULL)
		return (-1);
	printf("worker      %s\n", p->o->command != NULL ? p->o->command :
	    calls_name(p->crew));
	printf("hello after %8.3f s\n", heard - p->asked);
	printf("loading     %8.3f s\n", number(o, "load_s"));
	printf("rows        %8.0f\n", number(o, "rows"));
	printf("non-zeros   %8.0f\n", number(o, "nnz"));
	printf("shard       %8.1f MB\n", number(o, "shard_bytes") / 1e6);
	printf("resident    %8.1f MB at its peak\n", number(o, "rss_bytes") / 1e6);
	printf("cores       %8.0f\n", number(o, "cores"));
	json_decref(o);
	if (fflush(stdout) == EOF) {
		sv_warn("standard output");
		return (-1);
	}
	return (0);
}

/* Print why the worker cannot go on. */
static void
complain(const struct sv_frame *f)
{
	json_t *o = sv_json_of(f);
	const char *why = "no reason given";

	if (o != NULL)
		(void)sv_json_string(o, "why", &why);
	sv_warnx("the worker cannot go on: %s", why);
	json_decref(o);
}

/* Let the worker go. */
static void
dismiss(struct probe *p, const struct sv_star_id *to)
{
	struct sv_frame f;
	struct sv_blob *b;

	if (sv_frame_make(&f, SV_GLOBAL, NULL, 0, SV_F64, 0) == -1)
		return;
	f.op = SV_OP_TERM;
	f.job = p->id;
	if ((b = sv_blob_seal(&f)) == NULL)
		return;
	sv_star_send(p->socket, to, b);
	sv_blob_unref(b);
}

/* Wait for the first word of the worker and answer it. */
static int
listen_once(struct probe *p)
{
	struct sv_star_message m;
	struct sv_frame f;
	int rc, status = SV_EXIT_FAILED;

	while (sv_clock_mono() - p->asked < PROBE_WAIT && !p->ended) {
		if ((rc = wait_message(p, &m)) == -1)
			return (status);
		if (rc == 0 || sv_star_take(&m, &f) == -1)
			continue;
		if (f.type == SV_HELLO && f.job == p->id) {
			if (report(p, &f, sv_clock_mono()) == 0)
				status = SV_EXIT_DONE;
			dismiss(p, &m.from);
		} else if (f.type == SV_ERROR) {
			complain(&f);
			dismiss(p, &m.from);
		}
		rc = f.type == SV_HELLO || f.type == SV_ERROR;
		sv_frame_fini(&f);
		if (rc)
			return (status);
	}
	if (p->ended)
		sv_warnx("the worker %s%s", p->what, p->o->command != NULL ?
		    " before it said hello" : "");
	else
		sv_warnx("the worker did not say hello within %g s", PROBE_WAIT);
	return (status);
}

/* See the worker's end: one that did as it should may end by itself. */
static void
bury(struct probe *p, int status)
{
	const struct launcher_class *crew = p->crew->class;
	double since = sv_clock_mono();
	struct sv_star_message m;
	int killed = 0;

	crew->stop(p->crew);
	if (status != SV_EXIT_DONE)
		crew->kill(p->crew, SIGTERM);
	while (crew->size(p->crew) > 0 && sv_clock_mono() - since < PROBE_END + 2) {
		if (wait_message(p, &m) == 1)
			zmq_msg_close(&m.payload);
		if (!killed && sv_clock_mono() - since > PROBE_END) {
			crew->kill(p->crew, SIGKILL);
			killed = 1;
		}
	}
}

/* Start to listen as a hub would: -1 after a line on stderr. */
static int
open_socket(struct probe *p, struct sv_curve_keys *keys, int *encrypted)
{
	struct sv_curve_pair hub;
	struct sv_star_setting set = { .bind = p->o->bind,
	    .advertise = p->o->advertise, .insecure = p->o->insecure,
	    .encrypt = p->o->encrypt, .max = PROBE_MAX, .secret = hub.secret };
	struct sv_keyring_owner worker = { 0, 1 };

	if (sv_curve_make(&hub) == -1 || sv_curve_make(&keys->own) == -1 ||
	    (p->ring = sv_keyring_new()) == NULL ||
	    sv_keyring_add(p->ring, keys->own.public, worker) == -1 ||
	    (p->zap = sv_zap_new(p->zmq, p->ring)) == NULL) {
		sv_warn("cannot make keys");
		sv_secret_wipe(&hub, sizeof(hub));
		return (-1);
	}
	memcpy(keys->hub, hub.public, sizeof(keys->hub));
	p->socket = sv_star_bind(p->zmq, &set, p->address);
	sv_secret_wipe(&hub, sizeof(hub));
	*encrypted = set.encrypt;
	return (p->socket == NULL ? -1 : 0);
}

/* Ask for the worker; -1 after a line on stderr. */
static int
start(struct probe *p)
{
	struct sv_curve_keys keys;
	struct launch_want w = { p->address, 0, 1, NULL };
	int encrypted, rc = -1;

	if (open_socket(p, &keys, &encrypted) == 0) {
		w.keys = encrypted ? &keys : NULL;
		p->asked = sv_clock_mono();
		rc = p->crew->class->start(p->crew, &w);
	}
	sv_secret_wipe(&keys, sizeof(keys));
	return (rc);
}

int
probe_run(const struct spawn_options *o, const struct sv_problem *problem,
    uint64_t id)
{
	static const int caught[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP };
	struct probe p = { .o = o, .id = id };
	int status = SV_EXIT_FAILED;

	sv_child_adopt();
	if ((p.crew = spawn_launcher(o, problem, id)) == NULL)
		goto done;
	p.signals = sv_fd_signals(caught, sizeof(caught) / sizeof(caught[0]));
	if (p.signals == -1 || (p.zmq = zmq_ctx_new()) == NULL) {
		sv_warn("cannot start");
		goto done;
	}
	if (start(&p) == 0) {
		status = listen_once(&p);
		bury(&p, status);
	}

done:
	if (p.socket != NULL)
		zmq_close(p.socket);
	sv_zap_free(p.zap);
	sv_keyring_free(p.ring);
	if (p.zmq != NULL)
		zmq_ctx_term(p.zmq);
	launch_free(p.crew);
	return (status);
}
