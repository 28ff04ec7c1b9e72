#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "names.h"

#define LONGEST 64u	/* bytes of a name below the directory, and its end */

struct names {
	uint32_t W;
	char *dir;		/* absolute */
	int made_dir;
	int temporary;		/* the directory is ours, and goes */
	char suffix[24];	/* ".PID" */
	char *path;		/* room for names_path() */
	char *other;		/* for names_move() */
	char *doomed;		/* and for what a signal's handler removes */
	volatile sig_atomic_t begun[NAME_TEXT + 1];	/* such files may be */
	volatile sig_atomic_t moved;	/* shards that have their own names */
	volatile sig_atomic_t keep;
	volatile sig_atomic_t wait;	/* do not die at once */
	volatile sig_atomic_t line;	/* of progress, to be cleared */
};

/* What a signal's handler removes, and the signal that it has remembered. */
static struct names *volatile current;
static volatile sig_atomic_t caught;

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
#define NSIGNALS (sizeof(signals) / sizeof(signals[0]))

static char *
put(char *p, const char *s)
{

	while (*s != '\0')
		*p++ = *s++;
	*p = '\0';
	return (p);
}

/* Five digits: there are 65536 shards at most. */
static char *
put_number(char *p, uint32_t i)
{

	for (uint32_t unit = 10000; unit > 0; unit /= 10)
		*p++ = (char)('0' + i / unit % 10);
	*p = '\0';
	return (p);
}

/* Write a name into ${buf}; safe in a signal's handler. */
static const char *
write_name(const struct names *n, char *buf, enum name what, uint32_t i)
{
	char *p = put(buf, n->dir);

	/* The root's own name ends with the slash. */
	if (p[-1] != '/')
		p = put(p, "/");
	switch (what) {
	case NAME_SHARD:
		put(put_number(put(p, "shard-"), i), ".svs");
		break;
	case NAME_RAW:
		p = put(put_number(put(p, ".shard-"), i), ".svs");
		put(p, n->suffix);
		break;
	case NAME_SCALED:
		p = put(put_number(put(p, ".shard-"), i), ".scaled");
		put(p, n->suffix);
		break;
	case NAME_HOLDOUT:
		put(p, "holdout.svm");
		break;
	case NAME_HELD:
		put(put(p, ".holdout.svs"), n->suffix);
		break;
	case NAME_TEXT:
		put(put(p, ".holdout.svm"), n->suffix);
		break;
	}
	return (buf);
}

/* Remove what was made; safe in a signal's handler. */
static void
clean(const struct names *n)
{

	if (n->keep && !n->temporary)
		return;
	for (int what = 0; what <= NAME_TEXT; what++) {
		uint32_t count = what >= NAME_HOLDOUT ? 1 :
		    what == NAME_SHARD ? (uint32_t)n->moved : n->W;

		/* Others of those names are of an earlier cut. */
		for (uint32_t i = 0; i < count && n->begun[what]; i++)
			unlink(write_name(n, n->doomed, (enum name)what, i));
	}
	if (n->made_dir)
		rmdir(n->dir);
}

static void
clear_line(const struct names *n)
{

	/* If that fails it stays there. */
	if (n->line && write(STDERR_FILENO, "\r\033[K", 4) == -1)
		return;
}

static void
on_signal(int sig)
{

	if (current != NULL && current->wait && caught == 0) {
		caught = sig;
		return;
	}
	if (current != NULL) {
		clear_line(current);
		clean(current);
	}
	/* This is the death that was asked for, when the handler returns. */
	signal(sig, SIG_DFL);
	raise(sig);
}

static void
catch_signals(void)
{
	struct sigaction sa, old;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	for (size_t i = 0; i < NSIGNALS; i++)
		sigaddset(&sa.sa_mask, signals[i]);
	for (size_t i = 0; i < NSIGNALS; i++)
		/* A background job of sh ignores SIGINT, and should. */
		if (sigaction(signals[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN)
			sigaction(signals[i], &sa, NULL);
}

/* A directory of our own; 0, or -1 after a message. */
static int
make_temporary(struct names *n)
{
	const char *below = getenv("TMPDIR");
	char *dir;
	size_t len;

	if (below == NULL || below[0] == '\0')
		below = "/tmp";
	len = strlen(below) + sizeof("/sv-shard-XXXXXX");
	if ((dir = malloc(len)) != NULL) {
		snprintf(dir, len, "%s/sv-shard-XXXXXX", below);
		if (mkdtemp(dir) != NULL &&
		    (n->dir = realpath(dir, NULL)) != NULL) {
			n->made_dir = n->temporary = 1;
			free(dir);
			return (0);
		}
	}
	sv_warn("%s: cannot make a directory for temporary files", below);
	free(dir);
	return (-1);
}

/*
 * Make the directory unless there is one, and find its absolute name; 0, or -1
 * after a message.
 */
static int
make_dir(struct names *n, const char *dir)
{
	struct stat st;

	if (mkdir(dir, 0777) == 0)
		n->made_dir = 1;
	else if (errno != EEXIST || stat(dir, &st) == -1)
		goto err;
	else if (!S_ISDIR(st.st_mode)) {
		sv_warnx("-o %s: not a directory", dir);
		return (-1);
	}
	if ((n->dir = realpath(dir, NULL)) != NULL)
		return (0);
err:
	sv_warn("%s", dir);
	if (n->made_dir)
		rmdir(dir);
	n->made_dir = 0;
	return (-1);
}

struct names *
names_new(const char *dir, uint32_t W)
{
	struct names *n;
	size_t len;

	if ((n = calloc(1, sizeof(*n))) == NULL) {
		sv_warn("%" PRIu32 " shards", W);
		return (NULL);
	}
	n->W = W;
	snprintf(n->suffix, sizeof(n->suffix), ".%ld", (long)getpid());
	if ((dir != NULL ? make_dir(n, dir) : make_temporary(n)) == -1) {
		free(n);
		return (NULL);
	}
	len = strlen(n->dir) + LONGEST;
	if ((n->path = malloc(len)) == NULL ||
	    (n->other = malloc(len)) == NULL ||
	    (n->doomed = malloc(len)) == NULL) {
		sv_warn("%s", n->dir);
		names_free(n);
		return (NULL);
	}
	current = n;
	catch_signals();
	return (n);
}

const char *
names_dir(const struct names *n)
{

	return (n->dir);
}

const char *
names_path(struct names *n, enum name what, uint32_t i)
{

	/* Whoever asks for a name that is not the last one writes there. */
	if (what != NAME_SHARD && what != NAME_HOLDOUT)
		n->begun[what] = 1;
	return (write_name(n, n->path, what, i));
}

int
names_move(struct names *n, enum name from, enum name to, uint32_t i)
{
	sigset_t ours, old;
	int rc;

	write_name(n, n->path, from, i);
	write_name(n, n->other, to, i);
	/* Whatever cleans up must know what is ours, and what was there. */
	sigemptyset(&ours);
	for (size_t k = 0; k < NSIGNALS; k++)
		sigaddset(&ours, signals[k]);
	sigprocmask(SIG_BLOCK, &ours, &old);
	if ((rc = rename(n->path, n->other)) == 0) {
		n->begun[to] = 1;
		if (to == NAME_SHARD)
			n->moved = (sig_atomic_t)i + 1;
	} else
		sv_warn("%s", n->other);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return (rc);
}

void
names_remove(struct names *n, enum name what, uint32_t i)
{

	unlink(write_name(n, n->path, what, i));
}

void
names_line(struct names *n)
{

	n->line = 1;
}

void
names_wait(struct names *n)
{

	n->wait = 1;
}

int
names_stopped(void)
{

	return (caught != 0);
}

void
names_keep(struct names *n)
{

	n->keep = 1;
}

void
names_free(struct names *n)
{

	if (n == NULL)
		return;
	if (n->doomed != NULL)
		clean(n);
	else if (n->made_dir)
		rmdir(n->dir);
	current = NULL;
	free(n->path);
	free(n->other);
	free(n->doomed);
	free(n->dir);
	free(n);
	if (caught != 0) {
		signal(caught, SIG_DFL);
		raise(caught);
	}
}
