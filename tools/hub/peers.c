#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "err.h"
#include "fd.h"
#include "json.h"
#include "workers.h"

#define BACK_S 7.0	/* a worker tries for 5 s to come back, then it ends; */
#define OVER_S 1.0	/* less where another is here, or its call has ended */
#define WINDOW_S 1.0	/* so many handshakes ... */
#define FAILED_MAX 100	/* ... may fail in that time, beside W, ... */
#define STRANGERS 64	/* ... and so many connections be nobody's */
#define CLOSED_S 1.0	/* or else nobody is let in for so long */
#define RECORDS 100u	/* of refusals: more are only counted */
#define USELESS_MAX 100u	/* messages of no use in a row, of one connection */
#define COUNTED 5u	/* bytes of an identity that the peer has not chosen */

/* The worker of the connection that the monitor calls ${fd}, or NULL. */
static struct worker *
of_connection(struct hub *h, int fd, uint32_t *shard)
{

	for (uint32_t i = 0; h->seats != NULL && i < h->W; i++) {
		struct seat *s = &h->seats[i];

		*shard = i;
		if (s->now.state == WORKER_HERE && s->now.fd == fd)
			return (&s->now);
		if (s->next.state == WORKER_HERE && s->next.fd == fd)
			return (&s->next);
	}
	return (NULL);
}

void
peers_cut(struct hub *h, uint32_t shard, struct worker *w)
{

	if (w->cut > 0)
		return;
	w->cut = sv_clock_mono();
	if (h->phase == RUNNING)
		record_event(h, shard, w->generation, "cut", "its connection is "
		    "gone");
}

/* A connection is gone: was it a worker's? */
static void
on_closed(struct hub *h, int fd)
{
	struct worker *w;
	uint32_t shard;

	h->peers.open--;
	if (fd == -1 || (w = of_connection(h, fd, &shard)) == NULL)
		return;
	w->fd = -1;
	peers_cut(h, shard, w);
}

/* Nobody may come for a while: strangers take what workers need. */
static void
shut(struct hub *h, const char *why)
{

	if (h->peers.closed > 0 || h->listener == -1 ||
	    sv_fd_deaf(h->listener, 1) == -1)
		return;
	h->peers.closed = sv_clock_mono();
	if (!h->peers.told)
		sv_warnx("%s: letting nobody in for %g s, now and whenever "
		    "that happens again", why, CLOSED_S);
	h->peers.told = 1;
}

/* Too much of what comes is no worker. */
static void
check_strangers(struct hub *h)
{
	double now = sv_clock_mono();

	if (now - h->peers.window > WINDOW_S) {
		h->peers.window = now;
		h->peers.before = h->peers.strange;
	}
	/* Those that are not ready yet count too, as all workers at first. */
	if (h->peers.strange - h->peers.before > FAILED_MAX + (int64_t)h->W)
		shut(h, "handshakes fail by the hundred");
	/* A worker may have an old connection that is not known to be cut. */
	else if (h->peers.open > 3 * (int64_t)h->W + STRANGERS)
		shut(h, "there are more connections than workers");
}

void
peers_on_event(struct hub *h)
{
	struct sv_monitor_event e;

	if (h->monitor == NULL)
		return;
	while (sv_monitor_next(h->monitor, &e)) {
		switch (e.kind) {
		case SV_MONITOR_LISTENING:
			h->listener = e.fd;
			break;
		case SV_MONITOR_OPENED:
			h->peers.open++;
			h->peers.strange++;
			break;
		case SV_MONITOR_READY:
			h->peers.strange--;
			break;
		case SV_MONITOR_FAILED:
			break;	/* not all that fail are told so */
		case SV_MONITOR_CLOSED:
			on_closed(h, e.fd);
			break;
		}
	}
	check_strangers(h);
}

/* Has its connection been gone for too long? */
static void
check_cut(struct hub *h, uint32_t shard, const struct worker *w)
{
	const struct worker *next = &h->seats[shard].next;
	int other = w != next && next->state == WORKER_HERE && next->cut <= 0;
	double most = w->over || other ? OVER_S : BACK_S;
	char why[80];

	if (h->phase != RUNNING || w->state != WORKER_HERE || !(w->cut > 0) ||
	    sv_clock_mono() - w->cut < most)
		return;
	snprintf(why, sizeof(why), "its connection was cut, and not back in "
	    "%g s", most);
	loss_of(h, shard, w->generation, why);
}

void
peers_on_time(struct hub *h)
{
	struct peers *p = &h->peers;

	if (p->closed > 0 && sv_clock_mono() - p->closed > CLOSED_S &&
	    sv_fd_deaf(h->listener, 0) == 0) {
		p->closed = 0;
		p->window = sv_clock_mono();
		p->before = p->strange;
	}
	for (uint32_t i = 0; h->phase == RUNNING && i < h->W; i++) {
		check_cut(h, i, &h->seats[i].now);
		check_cut(h, i, &h->seats[i].next);
	}
}

void
peers_refuse(struct hub *h, const struct sv_star_id *to,
    const struct sv_frame *f, const char *why)
{

	seats_tell(h, to, SV_REFUSE, SV_OP_NONE, why);
	if (++h->peers.refused <= RECORDS && h->phase == RUNNING)
		record_event(h, f->job == h->job && f->shard < h->W ? f->shard :
		    SV_FRAME_NOSHARD, f->generation, "refused", why);
	if (h->o->verbose && h->peers.refused <= RECORDS)
		sv_warnx("shard %" PRIu32 ": worker %" PRIu32 " refused: %s",
		    f->shard, f->generation, why);
}

uint64_t
peers_useless(const struct hub *h)
{
	const struct peers *p = &h->peers;

	return (p->garbage + p->foreign + p->late + p->refused);
}

/* The line of that descriptor, or NULL where memory is out. */
static struct line *
line_of(struct peers *p, int fd)
{
	struct line *line;
	size_t n = (size_t)fd + 1;

	if (n <= p->lines)
		return (&p->line[fd]);
	if ((line = realloc(p->line, n * sizeof(*line))) == NULL)
		return (NULL);
	memset(line + p->lines, 0, (n - p->lines) * sizeof(*line));
	p->line = line;
	p->lines = n;
	return (&p->line[fd]);
}

/*
 * Is ${id} that of a connection before the one of ${now}, on the same descriptor?
 * Identities that libzmq gives are a zero and a count.
 */
static int
is_older(const struct sv_star_id *id, const struct sv_star_id *now)
{

	return (id->len == COUNTED && now->len == COUNTED &&
	    id->bytes[0] == 0 && now->bytes[0] == 0 &&
	    memcmp(id->bytes, now->bytes, COUNTED) < 0);
}

void
peers_judge(struct hub *h, const struct sv_star_message *m, int useless)
{
	struct line *line;

	if (m->fd < 0 || (line = line_of(&h->peers, m->fd)) == NULL ||
	    is_older(&m->from, &line->id))
		return;
	if (!useless || m->from.len != line->id.len ||
	    memcmp(m->from.bytes, line->id.bytes, m->from.len) != 0) {
		line->id = m->from;
		line->useless = 0;
	}
	if (!useless || ++line->useless < USELESS_MAX)
		return;
	line->useless = 0;
	/* The descriptor is libzmq's, which sees an end of input. */
	(void)shutdown(m->fd, SHUT_RDWR);
}

/* The counts, by name in a record and in words. */
struct count {
	const char *name;
	uint64_t n;
	const char *words;
};

#define COUNTS 6u

static void
count(const struct peers *p, struct count c[COUNTS])
{

	c[0] = (struct count){ "garbage", p->garbage, "messages that made no "
	    "sense" };
	c[1] = (struct count){ "foreign", p->foreign, "messages in another "
	    "worker's name" };
	c[2] = (struct count){ "late", p->late, "messages that nobody waited "
	    "for" };
	c[3] = (struct count){ "refused", p->refused, "workers that were not "
	    "needed" };
	c[4] = (struct count){ "failed", p->strange > 0 ?
	    (uint64_t)p->strange : 0, "connections that said nothing of use" };
	c[5] = (struct count){ "denied", p->denied, "connections for their "
	    "key" };
}

void
peers_record(struct hub *h)
{
	struct count c[COUNTS];
	struct sv_frame f;
	json_t *o = json_pack("{s:s}", "event", "peers");
	uint64_t all = 0;

	count(&h->peers, c);
	for (unsigned i = 0; i < COUNTS; i++) {
		all += c[i].n;
		json_object_set_new(o, c[i].name,
		    json_integer((json_int_t)c[i].n));
		if (c[i].n > 0 && h->o->verbose)
			sv_warnx("dropped: %" PRIu64 " %s", c[i].n, c[i].words);
	}
	if (all == 0)
		json_decref(o);
	else if (sv_json_frame(&f, SV_EVENT, o) == 0)
		record_frame(h, &f);
}
