#include "config.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "html.h"
#include "svg.h"
#include "tone.h"

#define DEPTH 16	/* of groups within each other */
#define TAG 512u	/* a group's tag, as it is written */
#define NAME 24u
#define DOT "fill=\"currentColor\" stroke=\"none\""

/* Where one is. */
struct scan {
	FILE *f;
	const char *at, *end;
	const char *class, *name;
	/* Groups in which there is nothing yet: they are not written before. */
	char waiting[DEPTH][TAG];
	int nwaiting;
	int depth;	/* open groups, with those that wait */
	int text;	/* inside <text> or <title>: blanks count */
};

/* One tag. */
struct tag {
	char name[NAME];
	int closing;	/* </name> */
	int closed;	/* <name/> */
	const char *attributes, *end;	/* up to the > or /> */
};

struct attribute {
	char name[NAME];
	const char *value;
	size_t len;
};

/* The numbers are those of gnuplot's shapes. */
void
svg_marks(FILE *f)
{

	fputs("<svg class=\"marks\" width=\"0\" height=\"0\""
	    " aria-hidden=\"true\">\n<title>Marks</title>\n"
	    "<defs>\n"
	    "<path id=\"pt4\" " DOT " d=\"M-1,-1h2v2h-2z\"/>\n"
	    "<circle id=\"pt6\" " DOT " r=\"1\"/>\n"
	    "<path id=\"pt8\" " DOT " d=\"M0,-1.33L-1.33,.67H1.33z\"/>\n"
	    "<path id=\"pt10\" " DOT " d=\"M0,1.33L-1.33,-.67H1.33z\"/>\n"
	    "<path id=\"pt12\" " DOT " d=\"M0,-1.41L1.41,0L0,1.41L-1.41,0z\"/>\n"
	    "</defs>\n</svg>\n", f);
}

/* The next ${s} before ${end}, or NULL. */
static const char *
find(const char *at, const char *end, const char *s)
{
	size_t n = strlen(s);

	for (; at < end && (size_t)(end - at) >= n; at++) {
		if ((at = memchr(at, s[0], (size_t)(end - at))) == NULL ||
		    (size_t)(end - at) < n)
			return (NULL);
		if (memcmp(at, s, n) == 0)
			return (at);
	}
	return (NULL);
}

const char *
svg_next(const char *at, const char *end)
{

	return (find(at, end, "<?xml "));
}

static int
name_char(char c)
{

	return (isalnum((unsigned char)c) || c == '-' || c == ':');
}

/* Read a name of no more than NAME - 1 characters; 0 if there is none. */
static size_t
read_name(const char *at, const char *end, char name[NAME])
{
	size_t n = 0;

	while (at + n < end && name_char(at[n]) && n < NAME - 1) {
		name[n] = at[n];
		n++;
	}
	name[n] = '\0';
	return (n);
}

/* Read the tag at the <; no value holds a >.  -1: it is none. */
static int
read_tag(struct scan *s, struct tag *t)
{
	const char *close;
	size_t n;

	close = memchr(s->at, '>', (size_t)(s->end - s->at));
	if (close == NULL)
		return (-1);
	s->at++;
	t->closing = *s->at == '/';
	s->at += t->closing;
	if ((n = read_name(s->at, close, t->name)) == 0)
		return (-1);
	t->attributes = s->at + n;
	t->closed = close > t->attributes && close[-1] == '/';
	t->end = close - t->closed;
	s->at = close + 1;
	return (0);
}

/* Read the next attribute; 0: there is none, -1: it makes no sense. */
static int
read_attribute(struct tag *t, struct attribute *a)
{
	const char *p = t->attributes, *q;
	size_t n;

	while (p < t->end && isspace((unsigned char)*p))
		p++;
	if (p == t->end)
		return (0);
	if ((n = read_name(p, t->end, a->name)) == 0)
		return (-1);
	for (p += n; p < t->end && *p == ' '; p++)
		;
	if (p == t->end || *p++ != '=')
		return (-1);
	while (p < t->end && *p == ' ')
		p++;
	if (p == t->end || (*p != '"' && *p != '\''))
		return (-1);
	q = memchr(p + 1, *p, (size_t)(t->end - p - 1));
	if (q == NULL)
		return (-1);
	a->value = p + 1;
	a->len = (size_t)(q - a->value);
	t->attributes = q + 1;
	return (1);
}

/* Is it a value of numbers, colours, functions and words, and nothing else? */
static int
plain(const struct attribute *a)
{

	for (size_t i = 0; i < a->len; i++)
		if (!isalnum((unsigned char)a->value[i]) &&
		    (a->value[i] == '\0' ||
		    strchr(" \t\n.,#()+-", a->value[i]) == NULL))
			return (0);
	return (1);
}

static int
is(const struct attribute *a, const char *value)
{

	return (a->len == strlen(value) && memcmp(a->value, value, a->len) == 0);
}

/* "rgb(  0, 114, 178)", "#0072b2", "black": the page's variable, or NULL. */
static const struct tone *
tone_in(const struct attribute *a)
{
	char text[40];
	unsigned r, g, b;

	if (is(a, "black"))
		return (&tones[TONE_INK]);
	if (a->len >= sizeof(text))
		return (NULL);
	memcpy(text, a->value, a->len);
	text[a->len] = '\0';
	if (sscanf(text, "rgb( %3u , %3u , %3u )", &r, &g, &b) != 3 &&
	    (a->len != 7 || sscanf(text, "#%2x%2x%2x", &r, &g, &b) != 3))
		return (NULL);
	if (r > 255 || g > 255 || b > 255)
		return (NULL);
	return (tone_find((uint32_t)(r << 16 | g << 8 | b)));
}

/* Append to a tag, which has room for TAG. */
static int
append(char *tag, const char *s, size_t n)
{
	size_t have = strlen(tag);

	if (have + n + 1 > TAG)
		return (-1);
	memcpy(tag + have, s, n);
	tag[have + n] = '\0';
	return (0);
}

/* Which attributes come through. */
static int
kept(const char *name)
{
	static const char * const names[] = {
		"color", "cx", "cy", "d", "fill", "fill-opacity", "font-size",
		"font-style", "font-weight", "height", "points", "r",
		"shape-rendering", "stroke", "stroke-dasharray",
		"stroke-linecap", "stroke-linejoin", "stroke-opacity",
		"stroke-width", "text-anchor", "transform", "width", "x", "y"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return (1);
	return (0);
}

/* One of the shapes that svg_marks() writes: "#gpPt6". */
static int
mark_of(const struct attribute *a, char mark[8])
{
	static const char * const known[] = { "4", "6", "8", "10", "12" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		snprintf(mark, 8, "gpPt%s", known[i]);
		if (a->len == strlen(mark) + 1 && a->value[0] == '#' &&
		    memcmp(a->value + 1, mark, a->len - 1) == 0) {
			snprintf(mark, 8, "#pt%s", known[i]);
			return (0);
		}
	}
	return (-1);
}

/* Long values are written where they go, short ones into a group's tag. */
static int
put(FILE *f, char *tag, const char *s, size_t n)
{

	if (f == NULL)
		return (append(tag, s, n));
	return (fwrite(s, 1, n, f) == n ? 0 : -1);
}

static int
put_attribute(FILE *f, char *tag, const char *name, const char *value,
    size_t len)
{

	return (put(f, tag, " ", 1) == -1 ||
	    put(f, tag, name, strlen(name)) == -1 ||
	    put(f, tag, "=\"", 2) == -1 || put(f, tag, value, len) == -1 ||
	    put(f, tag, "\"", 1) == -1 ? -1 : 0);
}

/* Write an opening tag on ${f}, or if it is NULL into ${tag}. */
static int
put_tag(struct tag *t, FILE *f, char *tag)
{
	const struct tone *tone;
	struct attribute a;
	char other[40];
	int rc;

	if (put(f, tag, "<", 1) == -1 ||
	    put(f, tag, t->name, strlen(t->name)) == -1)
		return (-1);
	while ((rc = read_attribute(t, &a)) == 1) {
		if (strcmp(a.name, "xlink:href") == 0) {
			if (mark_of(&a, other) == -1)
				return (-1);
			rc = put_attribute(f, tag, "href", other,
			    strlen(other));
		} else if (!kept(a.name))
			continue;
		else if (!plain(&a))
			return (-1);
		else if ((tone = tone_in(&a)) != NULL) {
			snprintf(other, sizeof(other), "var(--%s)",
			    tone->name);
			rc = put_attribute(f, tag, a.name, other,
			    strlen(other));
		} else
			rc = put_attribute(f, tag, a.name, a.value, a.len);
		if (rc == -1)
			return (-1);
	}
	if (rc == -1)
		return (-1);
	return (t->closed ? put(f, tag, "/>", 2) : put(f, tag, ">", 1));
}

/* Something is there: write the groups that it is in. */
static void
flush(struct scan *s)
{

	for (int i = 0; i < s->nwaiting; i++)
		fputs(s->waiting[i], s->f);
	s->nwaiting = 0;
}

static int
on_group(struct scan *s, struct tag *t)
{

	if (!t->closing) {
		if (t->closed || s->nwaiting == DEPTH || s->depth == 4 * DEPTH)
			return (t->closed ? 0 : -1);
		s->depth++;
		s->waiting[s->nwaiting][0] = '\0';
		return (put_tag(t, NULL, s->waiting[s->nwaiting++]));
	}
	if (s->depth-- == 0)
		return (-1);
	if (s->nwaiting > 0)
		s->nwaiting--;
	else
		fputs("</g>", s->f);
	return (0);
}

/* Leave out all up to the end of the element ${name}. */
static int
skip(struct scan *s, const char *name)
{
	char close[NAME + 4];
	const char *p;

	snprintf(close, sizeof(close), "</%s>", name);
	if ((p = find(s->at, s->end, close)) == NULL)
		return (-1);
	s->at = p + strlen(close);
	return (0);
}

/* The outermost element: its size, and who it is. */
static int
on_svg(struct scan *s, struct tag *t)
{
	struct attribute a;

	fprintf(s->f, "<svg class=\"%s\" role=\"img\" aria-label=\"", s->class);
	sv_html_text(s->f, s->name);
	fputs("\"", s->f);
	while (read_attribute(t, &a) == 1)
		if (strcmp(a.name, "viewBox") == 0 && plain(&a) &&
		    put_attribute(s->f, NULL, a.name, a.value, a.len) == -1)
			return (-1);
	fputs("><title>", s->f);
	sv_html_text(s->f, s->name);
	fputs("</title>\n", s->f);
	return (0);
}

/* What a series is called; gnuplot's own names say nothing. */
static int
on_title(struct scan *s)
{
	static const char own[] = "gnuplot_plot_", top[] = "Gnuplot<";
	size_t left = (size_t)(s->end - s->at);

	if ((left > sizeof(own) && memcmp(s->at, own, sizeof(own) - 1) == 0) ||
	    (left > sizeof(top) && memcmp(s->at, top, sizeof(top) - 1) == 0))
		return (skip(s, "title"));
	flush(s);
	fputs("<title>", s->f);
	s->text = 1;
	return (0);
}

/* An element; 1: it was the end of the picture. */
static int
on_tag(struct scan *s, struct tag *t)
{
	static const char * const shapes[] = {
		"path", "polygon", "use", "circle", "rect", "text", "tspan"
	};
	int known = 0;

	if (strcmp(t->name, "svg") == 0)
		return (t->closing ? 1 : on_svg(s, t));
	if (strcmp(t->name, "g") == 0)
		return (on_group(s, t));
	if (strcmp(t->name, "defs") == 0 || strcmp(t->name, "desc") == 0)
		return (skip(s, t->name));
	if (strcmp(t->name, "title") == 0 && !t->closing)
		return (on_title(s));
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		known |= strcmp(t->name, shapes[i]) == 0;
	if (!known && strcmp(t->name, "title") != 0)
		return (-1);
	flush(s);
	if (strcmp(t->name, "text") == 0 || strcmp(t->name, "title") == 0)
		s->text = !t->closing && !t->closed;
	if (t->closing) {
		fprintf(s->f, "</%s>", t->name);
		return (0);
	}
	return (put_tag(t, s->f, NULL));
}

const char *
svg_inline(FILE *f, const char *at, const char *end, const char *class,
    const char *name)
{
	struct scan s = { .f = f, .at = at, .end = end, .class = class,
	    .name = name };
	const char *next;
	struct tag t;
	int rc = 0;

	if ((s.at = find(at, end, "<svg")) == NULL)
		return (NULL);
	while (rc == 0 && s.at < s.end) {
		next = memchr(s.at, '<', (size_t)(s.end - s.at));
		if (next == NULL)
			return (NULL);
		/* Text is as safe as gnuplot made it: it has no < in it. */
		if (s.text)
			fwrite(s.at, 1, (size_t)(next - s.at), f);
		s.at = next;
		rc = read_tag(&s, &t) == -1 ? -1 : on_tag(&s, &t);
	}
	if (rc != 1 || s.depth != 0)
		return (NULL);
	fputs("</svg>\n", f);
	return (s.at);
}
