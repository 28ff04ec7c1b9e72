#ifndef SV_HTML_H
#define SV_HTML_H

#include <stdio.h>

/* Writing HTML, and the XML of SVG. */

/**
 * sv_html_text(f, s):
 * Write the text ${s}, from wherever it comes, so that it is text, between tags
 * and in an attribute's quotes.  See sv_utf8_next() for what becomes of bytes
 * that are none.
 */
void sv_html_text(FILE *f, const char *s);

#endif /* !SV_HTML_H */
