#ifndef REPORT_H
#define REPORT_H

#include <stddef.h>

#include "figure.h"
#include "stats.h"

/*
 * Figures as pictures.  gnuplot.c writes scripts and has gnuplot run them, the
 * only program needed beside this one; html.c writes the page.
 */

/**
 * plot_write(dir, s, n):
 * Write each figure of the ${n} runs ${s} into the directory ${dir}, which is
 * made if it is not there: NAME.svg and NAME.png, light, with all panels of a
 * figure in one picture, and the gnuplot script NAME.gp that drew it, with its
 * data, for who wants it otherwise.  Files are written under another name and
 * renamed.  Return 0, or -1 after a line on stderr.
 */
int plot_write(const char *dir, const struct stats *s, size_t n);

/**
 * html_write(path, title, s, n):
 * Write the page.  Return 0, or -1 after a line on stderr; then there is no
 * file, or the one of before.
 */
int html_write(const char *path, const char *title, const struct stats *s,
    size_t n);

#endif /* !REPORT_H */
