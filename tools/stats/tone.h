#ifndef TONE_H
#define TONE_H

#include <stdint.h>

#include "figure.h"

/*
 * The colours of pictures: those of Okabe and Ito, Color Universal Design,
 * 2008, which people with any kind of colour vision tell apart, and greys.  All
 * but the grid stand out from the page by 3 to 1, text by 4.5 to 1 (WCAG 2.1,
 * 1.4.3 and 1.4.11): their orange is darkened for that, and all are lightened
 * for a dark page.  Where colours are missing, in print, lines differ by their
 * dashes and dots.
 */
struct tone {
	const char *name;	/* of the page's variable */
	uint32_t light;	/* 0xrrggbb; no two are the same */
	uint32_t dark;
};

enum {
	TONE_PAGE,	/* behind all */
	TONE_INK,	/* text */
	TONE_SOFT,	/* axes, and text of less weight */
	TONE_GRID,
	TONE_MUTED,	/* what is not measured */
	TONE_BLUE, TONE_VERMILION, TONE_GREEN, TONE_PURPLE, TONE_ORANGE,
	TONE_GREY,
	TONE_N
};

extern const struct tone tones[TONE_N];

/**
 * tone_of(colour):
 * The tone of an enum colour, or of COLOUR_SET + any number.
 */
const struct tone *tone_of(int colour);

/**
 * tone_find(rgb):
 * The tone whose light colour is ${rgb}, or NULL.
 */
const struct tone *tone_find(uint32_t rgb);

/* How a series is drawn beside its colour: see gnuplot's "test" command. */
#define TONE_STYLES 5
struct tone_style {
	int dash;	/* of gnuplot: 1 is solid */
	int point;	/* of gnuplot */
	const char *dasharray;	/* the same for SVG, "" for solid */
	const char *path;	/* the point as an SVG path around 0,0 */
};

/**
 * tone_style(p, i):
 * The style of series ${i} of ${p}: by its set, and another one where the panel
 * has used the colour before.
 */
const struct tone_style *tone_style(const struct panel *p, size_t i);

/**
 * tone_opacity(s):
 * How thickly the areas of the series are filled: bars thinly, since there is a
 * line around them and a grid behind, and spans in which nothing happens.
 */
double tone_opacity(const struct series *s);

#endif /* !TONE_H */
