#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "fd.h"
#include "gnuplot.h"
#include "page.h"
#include "report.h"
#include "ruler.h"
#include "tone.h"

/* Pixels of a picture at its natural size; PNG has twice as many. */
#define WIDTH 900.0	/* of two panels beside each other */
#define SINGLE 640.0	/* of one alone */
#define HEIGHT 320.0	/* of a row */
#define TALL 400.0	/* of a row that is one wide panel */
#define EMPTY 180.0	/* of a row that says why it is empty */
#define HEAD 40.0	/* for the title */
#define KEY 17.0	/* of a line of a key */
#define GAP 12.0	/* between rows */

#define PATH 4096u
#define TAIL 16	/* bytes in which a picture's end is looked for */

static const char * const kinds[] = { "gp", "svg", "png" };
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* A panel takes a row of its own. */
static int
alone(const struct figure *f, size_t i)
{

	return (f->npanel == 1 || page_wide(f, i));
}

/* Lines that the key of a panel takes, about. */
static size_t
key_lines(const struct panel *p, double width)
{
	size_t n = 0, longest = 1, len, columns;

	for (size_t i = 0; i < p->nseries; i++) {
		if (p->series[i].label == NULL)
			continue;
		n++;
		len = strlen(p->series[i].label);
		longest = len > longest ? len : longest;
	}
	columns = (size_t)(width * 0.75 / (8.0 * (double)longest + 40));
	columns = columns == 0 ? 1 : columns;
	return ((n + columns - 1) / columns);
}

/* Height of panel ${i}, ${width} wide: a reason for nothing takes little. */
static double
panel_height(const struct figure *f, size_t i, double width)
{
	const struct panel *p = &f->panel[i];

	if (p->empty != NULL || ruler_empty(p))
		return (EMPTY);
	return ((page_wide(f, i) ? TALL : HEIGHT) +
	    KEY * (double)key_lines(p, width));
}

/* Height of the row that panel ${i} begins. */
static double
row_height(const struct figure *f, size_t i, double width)
{

	if (alone(f, i))
		return (panel_height(f, i, width));
	if (i + 1 == f->npanel || alone(f, i + 1))
		return (panel_height(f, i, width / 2));
	return (fmax(panel_height(f, i, width / 2),
	    panel_height(f, i + 1, width / 2)));
}

/*
 * Where panel ${last} stands: rows from the top, two panels in each but for
 * wide ones.  Return the height that the rows take down to its own.
 */
static double
lay_out(const struct figure *f, size_t last, struct place *at)
{
	double top = HEAD, h = 0;
	int column = 0;

	for (size_t i = 0; i <= last; i++) {
		if (column == 1 && !alone(f, i)) {
			column = 2;
			at->x = at->width / 2;
		} else {
			top += h;
			h = row_height(f, i, at->width);
			column = alone(f, i) ? 2 : 1;
			at->x = 0;
		}
		at->w = alone(f, i) ? at->width : at->width / 2;
		at->h = h - GAP;
		at->y = at->height - top - at->h;
	}
	return (top + h);
}

static void
put_script(FILE *f, const struct figure *fig)
{
	struct place at = { .height = 0 };

	at.width = fig->npanel == 1 && !fig->panel[0].wide ? SINGLE : WIDTH;
	at.height = lay_out(fig, fig->npanel - 1, &at);
	fprintf(f, "# %s, by sv-stats.  To draw it again: gnuplot %s.gp\n"
	    "set encoding utf8\n", fig->title, fig->name);
	for (size_t i = 0; i < fig->npanel; i++)
		gnuplot_data(f, &fig->panel[i], i);
	for (int png = 0; png < 2; png++) {
		double scale = png ? 2 : 1;

		fprintf(f, "set terminal %s size %g,%g noenhanced"
		    " font 'sans-serif,%d' %s\n", png ? "pngcairo" : "svg",
		    at.width * scale, at.height * scale, png ? 10 : 13, png ?
		    "fontscale 2 linewidth 2 pointscale 2 background '#ffffff'"
		    : "background '#ffffff'");
		fprintf(f, "set output '%s.%s'\n", fig->name, png ? "png" :
		    "svg");
		fputs("set multiplot title ", f);
		gnuplot_string(f, fig->title, 80);
		fputs(" noenhanced font ',16'\n", f);
		for (size_t i = 0; i < fig->npanel; i++) {
			lay_out(fig, i, &at);
			gnuplot_panel(f, &fig->panel[i], i, &at);
		}
		fputs("unset multiplot\nunset output\n", f);
	}
}

/* The name of a file in a directory, in ${path}; -1 after a message. */
static int
name_of(char path[PATH], const char *dir, enum figure_id id, size_t kind)
{

	if ((size_t)snprintf(path, PATH, "%s/%s.%s", dir, figure_name(id),
	    kinds[kind]) < PATH)
		return (0);
	errno = ENAMETOOLONG;
	sv_warn("%s", dir);
	return (-1);
}

static int
write_script(const char *dir, enum figure_id id, const struct stats *s,
    size_t n)
{
	struct figure *fig;
	char path[PATH];
	FILE *f;
	int rc = -1;

	if (name_of(path, dir, id, 0) == -1 ||
	    (fig = figure_make(id, s, n)) == NULL)
		return (-1);
	if ((f = fopen(path, "we")) == NULL)
		sv_warn("%s", path);
	else {
		put_script(f, fig);
		rc = ferror(f) ? -1 : 0;
		if (fclose(f) != 0 || rc == -1) {
			sv_warn("%s", path);
			rc = -1;
		}
	}
	figure_free(fig);
	return (rc);
}

/* Have gnuplot run all scripts in ${dir}. */
static int
draw(const char *dir)
{
	static char program[] = "gnuplot", plain[] = "--default-settings";
	char name[FIGURE_N][40], *argv[FIGURE_N + 3] = { program, plain };
	struct gnuplot_job job = { dir, argv, -1, -1, GNUPLOT_LIMIT };
	int rc = -1;

	for (int i = 0; i < FIGURE_N; i++) {
		snprintf(name[i], sizeof(name[i]), "%s.gp",
		    figure_name((enum figure_id)i));
		argv[2 + i] = name[i];
	}
	job.in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	job.out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (job.in == -1 || job.out == -1)
		sv_warn("/dev/null");
	else
		rc = gnuplot_run(&job);
	if (job.in != -1)
		close(job.in);
	if (job.out != -1)
		close(job.out);
	return (rc);
}

/* Is the picture there, to its end? */
static int
whole(const char *path, const char *tail)
{
	char end[TAIL];
	ssize_t n = -1;
	size_t len = strlen(tail);
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return (0);
	if (lseek(fd, -(off_t)TAIL, SEEK_END) != -1)
		n = read(fd, end, TAIL);
	close(fd);
	for (size_t i = 0; n == TAIL && i + len <= TAIL; i++)
		if (memcmp(end + i, tail, len) == 0)
			return (1);
	return (0);
}

/* Are the pictures of one figure there? */
static int
check(const char *dir, enum figure_id id)
{
	static const char * const tails[KINDS] = { NULL, "</svg>", "IEND" };
	char path[PATH];

	for (size_t k = 1; k < KINDS; k++) {
		if (name_of(path, dir, id, k) == -1)
			return (-1);
		if (!whole(path, tails[k])) {
			sv_warnx("%s.%s: gnuplot has not drawn it to the end",
			    figure_name(id), kinds[k]);
			return (-1);
		}
	}
	return (0);
}

/* Put the files of one figure where they belong. */
static int
move(const char *from, const char *to, enum figure_id id)
{
	char a[PATH], b[PATH];

	for (size_t k = 0; k < KINDS; k++) {
		if (name_of(a, from, id, k) == -1 ||
		    name_of(b, to, id, k) == -1)
			return (-1);
		if (rename(a, b) == -1) {
			sv_warn("%s", b);
			return (-1);
		}
	}
	return (0);
}

/* Remove what is left of the directory that was worked in. */
static void
clear(const char *dir)
{
	char path[PATH];

	for (int i = 0; i < FIGURE_N; i++)
		for (size_t k = 0; k < KINDS; k++)
			if (name_of(path, dir, (enum figure_id)i, k) == 0)
				unlink(path);
	rmdir(dir);
}

int
plot_write(const char *dir, const struct stats *s, size_t n)
{
	char work[PATH - 64];
	sigset_t saved;
	int rc = 0, made;

	if ((size_t)snprintf(work, sizeof(work), "%s/.sv-XXXXXX", dir) >=
	    sizeof(work)) {
		errno = ENAMETOOLONG;
		sv_warn("%s", dir);
		return (-1);
	}
	gnuplot_hold(&saved);
	made = mkdir(dir, 0777) == 0;
	if ((!made && errno != EEXIST) || mkdtemp(work) == NULL) {
		sv_warn("%s", dir);
		if (made)
			rmdir(dir);
		gnuplot_release(&saved);
		return (-1);
	}
	for (int i = 0; i < FIGURE_N && rc == 0; i++)
		rc = write_script(work, (enum figure_id)i, s, n);
	if (rc == 0)
		rc = draw(work);
	for (int i = 0; i < FIGURE_N && rc == 0; i++)
		rc = check(work, (enum figure_id)i);
	for (int i = 0; i < FIGURE_N && rc == 0; i++)
		rc = move(work, dir, (enum figure_id)i);
	clear(work);
	if (made && rc == -1)
		rmdir(dir);	/* which is empty, or stays */
	gnuplot_release(&saved);
	return (rc);
}
