#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "screen.h"

#define FEWEST_ROWS 4u	/* less is no place for a view */
#define FEWEST_COLUMNS 10u
#define OTHERS 3u	/* rows that are left to the other tools */
#define END_MS 2000	/* a terminal may take to be given back */
#define ESC "\033"

/* What one redraw writes. */
struct sheet {
	char text[VIEW_LINES * (VIEW_BYTES + 32) + 256];
	size_t len;
};

static void add(struct sheet *sh, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
add(struct sheet *sh, const char *fmt, ...)
{
	size_t room = sizeof(sh->text) - sh->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(sh->text + sh->len, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		sh->len += (size_t)n < room ? (size_t)n : room - 1;
}

/*
 * The same terminal, but with a description of our own: what is set of the one
 * that all tools share would be set for them.
 */
static void
reopen(struct screen *s)
{
	const char *name = ttyname(s->fd);
	int fd = -1;

	if (name != NULL)
		fd = open(name, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return;
	s->fd = fd;
	s->own = 1;
}

void
screen_init(struct screen *s, int fd)
{
	const char *term = getenv("TERM"), *plain = getenv("NO_COLOR");
	const char *set;

	memset(s, 0, sizeof(*s));
	s->fd = fd;
	s->usable = isatty(fd) && term != NULL && *term != '\0' &&
	    strcmp(term, "dumb") != 0;
	s->tones = plain == NULL || *plain == '\0';
	if (!s->usable)
		return;
	/* Numbers stay those of the C locale. */
	if (setlocale(LC_CTYPE, "") != NULL) {
		set = nl_langinfo(CODESET);
		s->utf8 = strcmp(set, "UTF-8") == 0 || strcmp(set, "utf8") == 0;
		setlocale(LC_CTYPE, "C");
	}
	reopen(s);
	screen_resized(s);
}

void
screen_resized(struct screen *s)
{
	struct winsize size;

	s->rows = 24;
	s->columns = 80;
	s->stale = 1;
	if (ioctl(s->fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 &&
	    size.ws_col > 0) {
		s->rows = size.ws_row;
		s->columns = size.ws_col;
	}
}

void
screen_room(const struct screen *s, size_t *lines, size_t *width)
{

	*lines = s->rows > OTHERS ? s->rows - OTHERS : 1;
	if (*lines > VIEW_LINES)
		*lines = VIEW_LINES;
	/* Nothing in the last column: what follows it differs. */
	*width = s->columns > 1 ? s->columns - 1 : 1;
	if (*width > VIEW_WIDTH)
		*width = VIEW_WIDTH;
}

int
screen_writable(int fd)
{
	struct pollfd p = { fd, POLLOUT, 0 };

	/* What has failed is for the write to tell. */
	return (poll(&p, 1, 0) == 1);
}

/* All of it, or the terminal has gone. */
static void
put(struct screen *s, const struct sheet *sh)
{
	size_t done = 0;
	ssize_t n;

	while (done < sh->len) {
		n = write(s->fd, sh->text + done, sh->len - done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			s->stale = 1;
			return;
		}
		if (n == -1) {
			s->usable = 0;
			s->shown = 0;
			return;
		}
		done += (size_t)n;
	}
}

/*
 * Keep the last ${n} rows.  The cursor and what is above it stay, or scroll up
 * as for ${n} lines of output; below it there is nothing but an old view.
 */
static void
set_up(struct screen *s, struct sheet *sh, size_t n)
{

	if (s->shown > 0)
		add(sh, ESC "7" ESC "[r" ESC "8");
	add(sh, ESC "[J");
	for (size_t i = 0; i < n; i++)
		add(sh, "\n");
	add(sh, ESC "[%zuA", n);
	add(sh, ESC "7" ESC "[1;%zur" ESC "8", s->rows - n);
	s->shown = n;
	s->stale = 0;
}

void
screen_draw(struct screen *s, const struct view *v)
{
	static const char * const tone[] = {
		[VIEW_PLAIN] = "", [VIEW_STRONG] = ESC "[1m",
		[VIEW_WARNING] = ESC "[31m"
	};
	struct sheet sh = { .len = 0 };
	size_t n = v->n > s->shown || s->stale ? v->n : s->shown;
	pid_t front;

	if (!s->usable || s->rows < FEWEST_ROWS || s->columns < FEWEST_COLUMNS)
		return;
	front = tcgetpgrp(s->fd);
	if ((front != -1 && front != getpgrp()) || !screen_writable(s->fd))
		return;
	if (n + 1 > s->rows)
		n = s->rows - 1;
	if (n != s->shown || s->stale)
		set_up(s, &sh, n);
	add(&sh, ESC "7");
	for (size_t i = 0; i < n; i++) {
		add(&sh, ESC "[%zu;1H", s->rows - n + i + 1);
		if (i < v->n && s->tones && v->line[i].tone != VIEW_PLAIN)
			add(&sh, "%s%s" ESC "[m", tone[v->line[i].tone],
			    v->line[i].text);
		else if (i < v->n)
			add(&sh, "%s", v->line[i].text);
		add(&sh, ESC "[K");
	}
	add(&sh, ESC "8");
	s->used = v->n;
	put(s, &sh);
}

void
screen_end(struct screen *s)
{
	struct pollfd p = { s->fd, POLLOUT, 0 };
	struct sheet sh = { .len = 0 };

	if (!s->usable || s->shown == 0)
		return;
	/* One that is stopped has some time to go on: it is to have all rows. */
	(void)poll(&p, 1, END_MS);
	add(&sh, ESC "[r" ESC "[%zu;1H\r\n", s->rows - s->shown + s->used);
	put(s, &sh);
	s->shown = 0;
	s->stale = 1;
}

void
screen_fini(struct screen *s)
{

	screen_end(s);
	if (s->own)
		close(s->fd);
	s->usable = 0;
}
