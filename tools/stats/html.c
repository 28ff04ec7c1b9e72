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
#include "gnuplot.h"
#include "page.h"
#include "report.h"
#include "ruler.h"
#include "save.h"
#include "svg.h"
#include "tone.h"

/* Units of a picture; on a phone one is 0.8 pixels. */
#define NARROW 420.0
#define BROAD 960.0
#define HEIGHT 300.0
#define LANE 15.0	/* of a lane that has a name */
#define AROUND 90.0	/* of lanes: the axis and its text */
#define TALL 520.0	/* no picture is higher */

/* All pictures of a page. */
struct book {
	struct figure *figure[FIGURE_N];
	struct picture *pic;
	size_t n;
	size_t room;
};

static int
book_add(struct book *b, const struct figure *f, size_t panel, int broad)
{
	struct picture *p;

	if (b->n == b->room) {
		b->room = b->room == 0 ? 32 : 2 * b->room;
		p = realloc(b->pic, b->room * sizeof(*p));
		if (p == NULL) {
			sv_warn("pictures");
			return (-1);
		}
		b->pic = p;
	}
	b->pic[b->n++] = (struct picture){ f, panel, broad, NULL };
	return (0);
}

static void
book_free(struct book *b)
{

	for (size_t i = 0; i < b->n; i++)
		free(b->pic[i].svg);
	free(b->pic);
	for (int i = 0; i < FIGURE_N; i++)
		figure_free(b->figure[i]);
}

/* Make the figures, and list the pictures that they need. */
static int
book_make(struct book *b, const struct stats *s, size_t n)
{

	for (int id = 0; id < FIGURE_N; id++) {
		struct figure *f = figure_make((enum figure_id)id, s, n);

		if ((b->figure[id] = f) == NULL)
			return (-1);
		for (size_t i = 0; i < f->npanel; i++) {
			const struct panel *p = &f->panel[i];

			if (p->empty != NULL || ruler_empty(p))
				continue;
			if (book_add(b, f, i, 0) == -1 ||
			    (page_wide(f, i) && book_add(b, f, i, 1) == -1))
				return (-1);
		}
	}
	return (0);
}

/* How high the picture is: few lanes take less, many more. */
static double
height_of(const struct panel *p)
{
	double least = AROUND + LANE * (double)p->nlane;
	double most = AROUND + 2 * LANE * (double)p->nlane;

	if (p->nlane == 0)
		return (HEIGHT);
	return (fmin(fmax(least, fmin(HEIGHT, most)), TALL));
}

static void
put_script(FILE *f, const struct book *b)
{
	struct place at = { .bare = 1 };

	fputs("set encoding utf8\n", f);
	for (size_t i = 0; i < b->n; i++) {
		const struct picture *pic = &b->pic[i];
		const struct panel *p = &pic->figure->panel[pic->panel];

		if (!pic->broad)
			gnuplot_data(f, p, i);
		at.w = at.width = pic->broad ? BROAD : NARROW;
		at.h = at.height = height_of(p);
		fprintf(f, "set terminal svg size %g,%g dynamic noenhanced"
		    " font 'sans-serif,%d'\n", at.width, at.height,
		    pic->broad ? 13 : 14);
		/* The broad one comes behind the narrow one, with its data. */
		gnuplot_panel(f, p, pic->broad ? i - 1 : i, &at);
	}
}

/* Read what gnuplot wrote to its end. */
static char *
slurp(int fd, size_t *len)
{
	struct stat st;
	char *text;
	size_t have = 0;
	ssize_t n = 1;

	if (fstat(fd, &st) == -1 || st.st_size > GNUPLOT_BYTES ||
	    (text = malloc((size_t)st.st_size + 1)) == NULL) {
		sv_warn("gnuplot's pictures");
		return (NULL);
	}
	while (have < (size_t)st.st_size && n > 0) {
		n = pread(fd, text + have, (size_t)st.st_size - have,
		    (off_t)have);
		if (n == -1 && errno == EINTR)
			n = 1;
		else if (n > 0)
			have += (size_t)n;
	}
	text[have] = '\0';
	*len = have;
	return (text);
}

/* What the picture shows, for who cannot see it. */
static char *
name_of(const struct picture *p)
{
	const struct panel *panel = &p->figure->panel[p->panel];
	struct ruler x, y;
	char *name = NULL;
	size_t len;
	FILE *f;

	if ((f = open_memstream(&name, &len)) == NULL)
		return (NULL);
	ruler_x(&x, panel, NARROW);
	ruler_y(&y, panel, HEIGHT);
	fprintf(f, "%s%s%s: %s over %s", p->figure->title,
	    panel->title[0] != '\0' ? ", " : "", panel->title, y.label,
	    x.label);
	if (fclose(f) != 0) {
		free(name);
		return (NULL);
	}
	return (name);
}

/* Cut the pictures out of what gnuplot wrote. */
static int
take(struct book *b, const char *text, size_t len)
{
	const char *at = text, *end = text + len;

	for (size_t i = 0; i < b->n; i++) {
		struct picture *p = &b->pic[i];
		char *name = name_of(p);
		size_t size;
		FILE *f;

		if (name == NULL ||
		    (f = open_memstream(&p->svg, &size)) == NULL) {
			sv_warn("pictures");
			free(name);
			return (-1);
		}
		if ((at = svg_next(at, end)) != NULL)
			at = svg_inline(f, at, end, p->broad ?
			    "picture broad" : page_wide(p->figure, p->panel) ?
			    "picture narrow" : "picture", name);
		free(name);
		if (fclose(f) != 0 || at == NULL) {
			sv_warnx("%s: gnuplot has drawn nothing that can be"
			    " used", p->figure->name);
			return (-1);
		}
	}
	return (0);
}

/* Have gnuplot draw all pictures. */
static int
draw(struct book *b)
{
	static char program[] = "gnuplot", plain[] = "--default-settings";
	char *argv[] = { program, plain, NULL };
	struct gnuplot_job job = { NULL, argv, -1, -1, GNUPLOT_LIMIT };
	char *text = NULL;
	FILE *f = NULL;
	size_t len;
	int fd, rc = -1;

	if (b->n == 0)
		return (0);
	if ((job.in = gnuplot_scratch()) == -1 ||
	    (job.out = gnuplot_scratch()) == -1)
		goto done;
	fd = fcntl(job.in, F_DUPFD_CLOEXEC, 0);
	if (fd == -1 || (f = fdopen(fd, "w")) == NULL) {
		sv_warn("gnuplot");
		if (fd != -1)
			close(fd);
		goto done;
	}
	put_script(f, b);
	if (fflush(f) != 0 || ferror(f) || lseek(job.in, 0, SEEK_SET) == -1) {
		sv_warn("gnuplot's script");
		goto done;
	}
	if (gnuplot_run(&job) == 0 && (text = slurp(job.out, &len)) != NULL)
		rc = take(b, text, len);
done:
	if (f != NULL)
		fclose(f);
	if (job.in != -1)
		close(job.in);
	if (job.out != -1)
		close(job.out);
	free(text);
	return (rc);
}

int
html_write(const char *path, const char *title, const struct stats *s,
    size_t n)
{
	struct book b = { .n = 0 };
	struct save out;
	sigset_t saved;
	int rc = -1;

	gnuplot_hold(&saved);
	if (book_make(&b, s, n) == 0 && draw(&b) == 0 &&
	    save_open(&out, path) == 0) {
		rc = page_write(out.f, title, b.figure, b.pic, b.n, s, n);
		rc = save_close(&out, rc);
	}
	book_free(&b);
	gnuplot_release(&saved);
	return (rc);
}
