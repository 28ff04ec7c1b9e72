#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "io.h"
#include "sink.h"
#include "thread.h"

/* A sink that must not lose anything makes the loop wait beyond this. */
#define LOSSLESS_LIMIT ((uint64_t)256 << 20)

struct node {
	struct sv_blob *b;
	struct node *next;
};

struct sink {
	int fd;
	const char *name;
	uint64_t limit;
	int wake;
	pthread_t thread;
	pthread_mutex_t lock;	/* of all below */
	pthread_cond_t more;	/* something to write, or finish */
	pthread_cond_t less;	/* something was written */
	struct node *head;
	struct node **tail;
	uint64_t bytes;	/* that wait */
	uint64_t dropped;
	int error;
	int finish;
	int idle;	/* the thread is past its last write */
};

static void
wake_up(const struct sink *s)
{

	/* A full pipe already holds news enough. */
	if (write(s->wake, "", 1) == -1)
		return;
}

/* Take the head; called and returns with the lock held. NULL: finished. */
static struct node *
take(struct sink *s)
{
	struct node *n;

	while (s->head == NULL && !s->finish)
		pthread_cond_wait(&s->more, &s->lock);
	if ((n = s->head) == NULL)
		return (NULL);
	s->head = n->next;
	if (s->head == NULL)
		s->tail = &s->head;
	return (n);
}

static void *
sink_main(void *arg)
{
	struct sink *s = arg;
	struct node *n;
	int failed = 0;

	pthread_mutex_lock(&s->lock);
	while ((n = take(s)) != NULL) {
		pthread_mutex_unlock(&s->lock);
		/* After a failure the rest is only taken out of the way. */
		if (!failed && sv_frame_write(s->fd, sv_blob_frame(n->b)) == -1)
			failed = errno;
		pthread_mutex_lock(&s->lock);
		s->bytes -= sv_blob_size(n->b);
		if (failed && s->error == 0) {
			s->error = failed;
			wake_up(s);
		}
		pthread_cond_signal(&s->less);
		sv_blob_unref(n->b);
		free(n);
	}
	s->idle = 1;
	wake_up(s);
	pthread_mutex_unlock(&s->lock);
	return (NULL);
}

struct sink *
sink_new(int fd, const char *name, uint64_t limit, int wake)
{
	struct sink *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (NULL);
	s->fd = fd;
	s->name = name;
	s->limit = limit;
	s->wake = wake;
	s->tail = &s->head;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->more, NULL);
	pthread_cond_init(&s->less, NULL);
	if (sv_thread_start(&s->thread, sink_main, s) == -1) {
		free(s);
		return (NULL);
	}
	return (s);
}

void
sink_put(struct sink *s, struct sv_blob *b, int may_drop)
{
	uint64_t size = sv_blob_size(b);
	struct node *n = NULL;

	pthread_mutex_lock(&s->lock);
	while (s->limit == 0 && s->error == 0 && s->bytes > 0 &&
	    s->bytes + size > LOSSLESS_LIMIT)
		pthread_cond_wait(&s->less, &s->lock);
	if (s->error == 0 && may_drop && s->limit > 0 &&
	    s->bytes + size > s->limit)
		s->dropped++;
	else if (s->error == 0 && (n = malloc(sizeof(*n))) == NULL)
		s->error = ENOMEM;
	if (n != NULL) {
		n->b = sv_blob_ref(b);
		n->next = NULL;
		*s->tail = n;
		s->tail = &n->next;
		s->bytes += size;
		pthread_cond_signal(&s->more);
	}
	pthread_mutex_unlock(&s->lock);
}

int
sink_error(struct sink *s)
{
	int error;

	pthread_mutex_lock(&s->lock);
	error = s->error;
	pthread_mutex_unlock(&s->lock);
	return (error);
}

uint64_t
sink_dropped(struct sink *s)
{
	uint64_t dropped;

	pthread_mutex_lock(&s->lock);
	dropped = s->dropped;
	pthread_mutex_unlock(&s->lock);
	return (dropped);
}

void
sink_finish(struct sink *s)
{

	pthread_mutex_lock(&s->lock);
	s->finish = 1;
	pthread_cond_signal(&s->more);
	pthread_mutex_unlock(&s->lock);
}

int
sink_idle(struct sink *s)
{
	int idle;

	pthread_mutex_lock(&s->lock);
	idle = s->idle;
	pthread_mutex_unlock(&s->lock);
	return (idle);
}

void
sink_free(struct sink *s)
{

	if (s == NULL || !sink_idle(s))
		return;
	pthread_join(s->thread, NULL);
	pthread_cond_destroy(&s->less);
	pthread_cond_destroy(&s->more);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

const char *
sink_name(const struct sink *s)
{

	return (s->name);
}
