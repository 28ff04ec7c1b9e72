#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "err.h"
#include "fd.h"
#include "follow.h"
#include "human.h"
#include "io.h"
#include "live.h"
#include "screen.h"
#include "view.h"

#define TICK_S 0.1	/* between two looks at a file */
#define DRAW_S 0.2	/* between two redraws */
#define IDLE_S 1.0	/* ... where nothing has come */
#define READ_S 0.05	/* frames are read before the rest has its turn */
#define SAY_S 5.0	/* between two lines, at first; later they are rarer */
#define SAY_SHARE 0.05	/* of the time that has gone by */
#define STEPS 10.0	/* of progress that are worth a line */
#define MISSING_S 30.0	/* a file may be missing */
#define SILENT_S 900.0	/* ... or not grow: no function lives longer */

static const int caught[] = {
	SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGPIPE
};
#define NCAUGHT (sizeof(caught) / sizeof(caught[0]))

struct follow {
	const struct stats_options *o;
	const struct sv_price *price;
	const char *name;	/* in messages */
	int fd;
	int regular;	/* a file with a name: its end need not be the end */
	int flags;	/* of the descriptor, before */
	struct sv_reader *reader;
	struct sv_run **runs;
	size_t *n, before;
	struct live live;
	size_t lived;	/* runs that live has seen begin */
	int rc;

	int signals;
	struct sigaction old[NCAUGHT];
	int interrupts;

	struct screen screen;
	double drawn;	/* monotonic times */
	double grew;
	int dirty;
	enum live_phase said;	/* phase of the last line */
	double said_at;
	double step;	/* of progress told of */
	int anything;	/* a line was said */
};

/* The run that is coming in, or NULL. */
static const struct sv_run *
current(const struct follow *f)
{

	return (*f->n > f->before ? &(*f->runs)[*f->n - 1] : NULL);
}

/* A signal that the shell has us ignore stays ignored. */
static int
catch_signals(struct follow *f)
{
	int wanted[NCAUGHT];
	size_t n = 0;

	for (size_t i = 0; i < NCAUGHT; i++) {
		sigaction(caught[i], NULL, &f->old[i]);
		if (caught[i] == SIGPIPE || (f->old[i].sa_handler == SIG_IGN) ||
		    (caught[i] == SIGTSTP && !f->screen.usable))
			continue;
		wanted[n++] = caught[i];
	}
	return (f->signals = sv_fd_signals(wanted, n));
}

static void
restore_signals(struct follow *f)
{

	for (size_t i = 0; i < NCAUGHT; i++)
		sigaction(caught[i], &f->old[i], NULL);
	close(f->signals);
}

/* Stop as the terminal's user wishes, with nothing of ours left on it. */
static void
suspend(struct follow *f)
{

	screen_end(&f->screen);
	raise(SIGSTOP);
	screen_resized(&f->screen);
	f->dirty = 1;
	f->drawn = 0.0;
}

static void
take_signals(struct follow *f)
{
	unsigned char sig;

	while (read(f->signals, &sig, 1) == 1) {
		f->dirty = 1;
		if (sig == SIGTSTP)
			suspend(f);
		else if (sig == SIGWINCH)
			screen_resized(&f->screen);
		else
			f->interrupts++;
	}
}

static void
view_of(const struct follow *f, struct view_state *s)
{

	*s = (struct view_state){ .mono = sv_clock_mono(),
	    .utf8 = f->screen.utf8, .interrupted = f->interrupts > 0,
	    .name = f->name };
	screen_room(&f->screen, &s->lines, &s->width);
}

static void
draw(struct follow *f, const struct view_state *s)
{
	struct view v;

	view_make(&v, &f->live, current(f), s);
	screen_draw(&f->screen, &v);
	f->drawn = s->mono;
	f->dirty = 0;
}

/* A line where something has happened, or nothing for long. */
static void
say(struct follow *f, const struct view_state *s, int last)
{
	double since = s->mono - f->said_at, p = view_progress(&f->live);
	double pause = fmax(SAY_S, SAY_SHARE * live_seconds(&f->live, s->mono));
	double step = isnan(p) ? 0.0 : floor(STEPS * p);
	char text[VIEW_BYTES];

	/* Nobody wants to know that a stage needs a moment. */
	if (f->live.phase <= LIVE_ASKING && since < IDLE_S && !last)
		return;
	if (!last && f->anything && (since < DRAW_S ||
	    (f->live.phase <= f->said && since < pause &&
	    !(step > f->step && since >= IDLE_S))))
		return;
	if ((last && f->anything && f->said == f->live.phase) ||
	    !screen_writable(f->screen.fd))
		return;
	view_sentence(text, &f->live, current(f), s);
	sv_warnx("%s", text);
	f->said = f->live.phase;
	f->said_at = s->mono;
	f->step = step;
	f->anything = 1;
}

/* Show what there is, if it is time to; ${last}: for the last time. */
static void
show(struct follow *f, int last)
{
	struct view_state s;

	if (f->o->quiet)
		return;
	view_of(f, &s);
	if (!f->screen.usable)
		say(f, &s, last);
	else if (last || (s.mono - f->drawn >= DRAW_S &&
	    (f->dirty || s.mono - f->drawn >= IDLE_S)))
		draw(f, &s);
}

/* Add a frame to its run. */
static int
take_frame(struct follow *f, const struct sv_frame *frame)
{
	double mono = sv_clock_mono();

	if (sv_run_add(frame, f->name, f->before, f->runs, f->n) == -1)
		return (-1);
	if (*f->n > f->lived) {
		live_fini(&f->live);
		live_init(&f->live, f->price, f->o->arch, mono);
		f->lived = *f->n;
		f->step = 0.0;
		f->said = LIVE_WAITING;
	}
	if (live_frame(&f->live, current(f), frame, mono) == 0)
		return (0);
	sv_warn("%s", f->name);
	return (-1);
}

/* Read what has come, for some time at most; SV_IO_FRAME: there may be more. */
static enum sv_io
read_on(struct follow *f)
{
	double until = sv_clock_mono() + READ_S;
	struct sv_frame frame;
	enum sv_io io;

	while ((io = sv_reader_next(f->reader, &frame)) == SV_IO_FRAME) {
		f->rc = take_frame(f, &frame);
		sv_frame_fini(&frame);
		f->dirty = 1;
		f->grew = sv_clock_mono();
		if (f->rc == -1)
			return (SV_IO_ERROR);
		if (f->grew >= until || f->interrupts > 1)
			break;
	}
	return (io);
}

/* Wait for more, a signal, or the next redraw. */
static void
pause_for(struct follow *f, double s)
{
	struct pollfd p[2] = {
		{ f->signals, POLLIN, 0 }, { f->fd, POLLIN, 0 }
	};

	/* Of a file poll() only says that it is one. */
	(void)poll(p, f->regular || f->fd == -1 ? 1 : 2, (int)(1e3 * s));
}

/* A file that ends here: is that all? */
static int
at_end(struct follow *f)
{
	const struct sv_run *run = current(f);
	double most = f->o->wait > 0.0 ? f->o->wait : SILENT_S;
	char a[SV_HUMAN];
	struct stat st;

	if ((run != NULL && run->end != NULL) || f->interrupts > 0)
		return (1);
	if (fstat(f->fd, &st) == 0 &&
	    (uint64_t)st.st_size < sv_reader_offset(f->reader)) {
		sv_warnx("%s: the file was cut while it was read", f->name);
		return (1);
	}
	if (sv_clock_mono() - f->grew < most)
		return (0);
	sv_warnx("%s: has not grown for %s: nobody writes it any more",
	    f->name, sv_human_seconds(a, most));
	return (1);
}

/* Read to the end of the run, or of patience; why it ended. */
static enum sv_io
read_all(struct follow *f)
{
	enum sv_io io;

	f->grew = sv_clock_mono();
	for (;;) {
		take_signals(f);
		io = f->interrupts > 1 ? SV_IO_EOF : read_on(f);
		if (io == SV_IO_ERROR || f->interrupts > 1)
			return (io);
		if (io == SV_IO_EOF && !f->regular)
			return (io);
		if (io != SV_IO_FRAME && f->regular && at_end(f)) {
			/* Let it tell where it ends in the middle. */
			sv_reader_grows(f->reader, 0);
			while ((io = read_on(f)) == SV_IO_FRAME)
				;
			return (io);
		}
		show(f, 0);
		if (io != SV_IO_FRAME)
			pause_for(f, TICK_S);
	}
}

/* Wait for a file to come; -1 after a message. */
static int
wait_for(struct follow *f, const char *file)
{
	double began = sv_clock_mono();
	double most = f->o->wait > 0.0 ? f->o->wait : MISSING_S;

	/* So that a pipe with a name is opened before anybody writes it. */
	while ((f->fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1) {
		if (errno != ENOENT || f->interrupts > 0 ||
		    sv_clock_mono() - began > most) {
			sv_warn("%s", file);
			return (-1);
		}
		show(f, 0);
		pause_for(f, TICK_S);
		take_signals(f);
	}
	return (0);
}

/* Wait for the first bytes of a pipe, which may have no writer yet. */
static void
wait_first(struct follow *f)
{
	struct pollfd p = { f->fd, POLLIN, 0 };

	while (f->interrupts == 0 && poll(&p, 1, 0) == 0) {
		show(f, 0);
		pause_for(f, TICK_S);
		take_signals(f);
	}
}

/* Open the file, which may still have to come; -1 after a message. */
static int
open_file(struct follow *f, const char *file)
{
	struct stat st;

	if (strcmp(file, "-") == 0)
		f->fd = STDIN_FILENO;
	else if (wait_for(f, file) == -1)
		return (-1);
	f->regular = f->fd != STDIN_FILENO && fstat(f->fd, &st) == 0 &&
	    S_ISREG(st.st_mode);
	f->flags = fcntl(f->fd, F_GETFL);
	if (f->flags == -1 || sv_fd_nonblock(f->fd) == -1 ||
	    (f->reader = sv_reader_new(f->fd, f->name)) == NULL) {
		sv_warn("%s", f->name);
		return (-1);
	}
	sv_reader_grows(f->reader, f->regular);
	if (f->fd != STDIN_FILENO)
		wait_first(f);
	return (0);
}

/* Others may go on with what we were given. */
static void
close_file(struct follow *f)
{

	sv_reader_free(f->reader);
	if (f->fd != -1 && f->flags != -1)
		(void)fcntl(f->fd, F_SETFL, f->flags);
	if (f->fd != STDIN_FILENO && f->fd != -1)
		close(f->fd);
}

int
follow_read(const struct stats_options *o, const struct sv_price *price,
    const char *file, struct sv_run **runs, size_t *n)
{
	struct follow f = {
		.o = o, .price = price, .fd = -1, .flags = -1, .runs = runs,
		.n = n, .before = *n, .lived = *n,
		.name = strcmp(file, "-") == 0 ? "standard input" : file
	};
	enum sv_io io = SV_IO_ERROR;

	live_init(&f.live, price, o->arch, sv_clock_mono());
	f.said_at = sv_clock_mono();
	screen_init(&f.screen, STDERR_FILENO);
	if (catch_signals(&f) == -1) {
		sv_warn("signals");
		screen_fini(&f.screen);
		live_fini(&f.live);
		return (-1);
	}
	f.rc = open_file(&f, file);
	if (f.rc == 0)
		io = read_all(&f);
	if (f.rc == 0 && *n == f.before) {
		if (io == SV_IO_EOF)
			sv_warnx("%s: empty, not a run", f.name);
		f.rc = -1;
	} else if (f.rc == 0 && io != SV_IO_EOF)
		(*runs)[*n - 1].damaged = 1;
	if (*n > f.before)
		show(&f, 1);
	screen_fini(&f.screen);
	restore_signals(&f);
	close_file(&f);
	live_fini(&f.live);
	return (f.rc);
}
