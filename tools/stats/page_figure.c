#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "page.h"
#include "ruler.h"
#include "tone.h"

#define WIDE 2	/* panels of a figure that may be wide */

int
page_wide(const struct figure *fig, size_t i)
{
	int n = 0;

	for (size_t k = 0; k < fig->npanel; k++)
		n += fig->panel[k].wide != 0;
	return (fig->panel[i].wide && n <= WIDE);
}

/* A piece of the series as it is drawn, for the key. */
static void
put_sample(FILE *f, const struct panel *p, size_t i)
{
	const struct tone_style *style = tone_style(p, i);
	const char *tone = tone_of(p->series[i].colour)->name;
	enum mark mark = p->series[i].mark;

	fputs("<svg width=\"28\" height=\"12\" aria-hidden=\"true\">"
	    "<title>Key</title>", f);
	if (mark == MARK_BARS || mark == MARK_SPANS)
		fprintf(f, "<rect x=\"4\" y=\"1\" width=\"20\" height=\"10\""
		    " fill=\"var(--%s)\" stroke=\"var(--%s)\""
		    " fill-opacity=\"%g\"/>", tone, tone,
		    tone_opacity(&p->series[i]));
	else if (mark != MARK_POINTS)
		fprintf(f, "<path d=\"M0,6h28\" fill=\"none\""
		    " stroke=\"var(--%s)\" stroke-width=\"2\""
		    " stroke-dasharray=\"%s\"/>", tone,
		    mark == MARK_RULE ? "4,3" : style->dasharray[0] != '\0' ?
		    style->dasharray : "none");
	if (mark == MARK_POINTS || mark == MARK_BOTH || mark == MARK_RANGE)
		fprintf(f, "<path d=\"%s\" transform=\"translate(14,6)\""
		    " fill=\"var(--%s)\"/>", style->path, tone);
	fputs("</svg>", f);
}

static void
put_key(FILE *f, const struct panel *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->nseries; i++) {
		if (p->series[i].label == NULL || p->series[i].label[0] == '\0')
			continue;
		fputs(n++ == 0 ? "<ul class=\"legend\">\n<li>" : "<li>", f);
		put_sample(f, p, i);
		fputs("<span>", f);
		sv_html_text(f, p->series[i].label);
		fputs("</span></li>\n", f);
	}
	if (n > 0)
		fputs("</ul>\n", f);
}

static const char *
why_empty(const struct panel *p)
{

	if (p->empty != NULL)
		return (p->empty);
	return (ruler_empty(p) ? "No value is known that could be drawn." :
	    NULL);
}

static void
put_panel(FILE *f, const struct figure *fig, size_t i,
    const struct picture *pic, size_t n)
{
	const struct panel *p = &fig->panel[i];
	const char *why = why_empty(p);

	fprintf(f, "<figure%s>\n", page_wide(fig, i) ? " class=\"wide\"" :
	    fig->npanel == 1 ? " class=\"only\"" : "");
	if (p->title[0] != '\0') {
		fputs("<figcaption>", f);
		sv_html_text(f, p->title);
		fputs("</figcaption>\n", f);
	}
	if (why != NULL) {
		fputs("<p class=\"nothing\">", f);
		sv_html_text(f, why);
		fputs("</p>\n", f);
	} else
		put_key(f, p);
	for (size_t k = 0; k < n; k++)
		if (pic[k].figure == fig && pic[k].panel == i)
			fputs(pic[k].svg, f);
	fputs("</figure>\n", f);
}

/*
 * Where no panel has anything to show, one reason for each is enough, unless
 * the sentence gives it.
 */
static int
put_nothing(FILE *f, const struct figure *fig)
{
	const char *why, *last = fig->sentence != NULL ? fig->sentence : "";

	for (size_t i = 0; i < fig->npanel; i++)
		if (why_empty(&fig->panel[i]) == NULL)
			return (0);
	for (size_t i = 0; i < fig->npanel; i++) {
		why = why_empty(&fig->panel[i]);
		if (strcmp(why, last) == 0)
			continue;
		fputs("<p class=\"nothing\">", f);
		sv_html_text(f, why);
		fputs("</p>\n", f);
		last = why;
	}
	return (1);
}

/* Each line a paragraph. */
static void
put_sentence(FILE *f, const char *s)
{
	char *line;
	size_t len;

	for (; s != NULL && *s != '\0'; s += len + (s[len] != '\0')) {
		len = strcspn(s, "\n");
		if (len == 0 || (line = strndup(s, len)) == NULL)
			continue;
		fputs("<p class=\"sentence\">", f);
		sv_html_text(f, line);
		fputs("</p>\n", f);
		free(line);
	}
}

void
page_figure(FILE *f, const struct figure *fig, const struct picture *pic,
    size_t n)
{

	fprintf(f, "<section id=\"%s\">\n<h2>", fig->name);
	sv_html_text(f, fig->title);
	fputs("</h2>\n", f);
	if (!put_nothing(f, fig)) {
		fputs("<div class=\"panels\">\n", f);
		for (size_t i = 0; i < fig->npanel; i++)
			put_panel(f, fig, i, pic, n);
		fputs("</div>\n", f);
	}
	put_sentence(f, fig->sentence);
	fputs("</section>\n", f);
}
