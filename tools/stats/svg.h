#ifndef SVG_H
#define SVG_H

#include <stddef.h>
#include <stdio.h>

/*
 * gnuplot's SVG made fit for a page: no prolog, no ids, colours as variables of
 * the page's style (tone.h), so that they follow its theme.  Only elements and
 * attributes that are known, and known to be harmless, come through.
 */

/**
 * svg_marks(f):
 * Write the shapes of dots that all pictures of a page share, once.
 */
void svg_marks(FILE *f);

/**
 * svg_next(at, end):
 * The first picture in a text that ends before ${end} and holds several, one
 * behind the other: where it begins, or NULL.
 */
const char *svg_next(const char *at, const char *end);

/**
 * svg_inline(f, at, end, class, name):
 * Write the picture that begins at ${at} as an element of a page, of the CSS
 * class ${class}, with the accessible name ${name}.  Return where it ends, or
 * NULL if it holds what is not understood, or breaks off; then what was written
 * is of no use.
 */
const char *svg_inline(FILE *f, const char *at, const char *end,
    const char *class, const char *name);

#endif /* !SVG_H */
