#ifndef PAGE_H
#define PAGE_H

#include <stdio.h>

#include "figures.h"
#include "stats.h"

/* The parts of the page that html_write() makes: see report.h. */

/* One picture of a panel on the page, in the order of gnuplot's output. */
struct picture {
	const struct figure *figure;
	size_t panel;
	int broad;	/* the rendering for a large screen */
	char *svg;	/* for the page; owned */
};

extern const char page_style[];

/**
 * page_write(f, title, figures, pic, npic, s, n):
 * Write the page of the ${n} runs ${s}, with all FIGURE_N figures; ${title} may
 * be NULL.  Return 0, or -1 after a line on stderr; whether ${f} took it all is
 * for the caller to ask.
 */
int page_write(FILE *f, const char *title, struct figure * const *figures,
    const struct picture *pic, size_t npic, const struct stats *s, size_t n);

/**
 * page_wide(fig, i):
 * Does panel ${i} take a row of its own?  Not where there are many that would.
 */
int page_wide(const struct figure *fig, size_t i);

/**
 * page_figure(f, fig, pic, n):
 * Write the section of the figure ${fig}, with those of its panels' ${n}
 * pictures ${pic} that there are.
 */
void page_figure(FILE *f, const struct figure *fig, const struct picture *pic,
    size_t n);

/**
 * page_table(f, t, caption, most):
 * Write a table that scrolls where the screen is narrow; of long ones the first
 * ${most} rows, unless that is 0, and how many there are.
 */
void page_table(FILE *f, const struct sv_table *t, const char *caption,
    size_t most);

/**
 * page_facts(f, s, labels):
 * Write the lines of the run's summary as a list, of those ${labels}, an array
 * that ends with NULL, or if it is NULL all.  Return 0, or -1 after a line on
 * stderr.
 */
int page_facts(FILE *f, const struct stats *s, const char * const *labels);

/**
 * page_picks(s, n, pick, m):
 * Set ${*pick} to a new array of the ${*m} runs that figures show, as
 * figures_pick() has them; the caller frees it.  Return 0, or -1 after a line
 * on stderr.
 */
int page_picks(const struct stats *s, size_t n, struct pick **pick, size_t *m);

/**
 * page_key(f, s, n), page_numbers(f, s, n):
 * Write what was run and its key figures; and the tables of the runs that the
 * figures show, folded.  Return 0, or -1 after a line on stderr.
 */
int page_key(FILE *f, const struct stats *s, size_t n);
int page_numbers(FILE *f, const struct stats *s, size_t n);

#endif /* !PAGE_H */
