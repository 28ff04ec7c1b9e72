#include "config.h"

#include "tone.h"

const struct tone tones[TONE_N] = {
	[TONE_PAGE] = { "page", 0xffffff, 0x14171a },
	[TONE_INK] = { "ink", 0x1b1f23, 0xe8eaed },
	[TONE_SOFT] = { "soft", 0x57606a, 0xa3adb8 },
	[TONE_GRID] = { "grid", 0xdfe3e8, 0x31373e },
	[TONE_MUTED] = { "muted", 0x767676, 0x9a9a9a },
	[TONE_BLUE] = { "blue", 0x0072b2, 0x4fa8e0 },
	[TONE_VERMILION] = { "vermilion", 0xd55e00, 0xf07f35 },
	[TONE_GREEN] = { "green", 0x009e73, 0x2ec299 },
	[TONE_PURPLE] = { "purple", 0xcc79a7, 0xe29cc3 },
	[TONE_ORANGE] = { "orange", 0xc48400, 0xf0b429 },
	[TONE_GREY] = { "grey", 0x4d4d4d, 0xc4c4c4 }
};

#define SETS 6	/* that have a colour of their own */

static const int of_set[SETS] = {
	TONE_BLUE, TONE_VERMILION, TONE_GREEN, TONE_PURPLE, TONE_ORANGE,
	TONE_GREY
};

static const int of_role[COLOUR_N] = {
	[COLOUR_COMPUTATION] = TONE_GREEN,
	[COLOUR_COMMUNICATION] = TONE_BLUE,
	[COLOUR_QUEUEING] = TONE_ORANGE,
	[COLOUR_BARRIER] = TONE_PURPLE,
	[COLOUR_MASTER] = TONE_GREY,
	[COLOUR_IDLE] = TONE_VERMILION,
	[COLOUR_MUTED] = TONE_MUTED
};

static const struct tone_style styles[TONE_STYLES] = {
	{ 1, 7, "", "M-3,0a3,3 0 1,0 6,0a3,3 0 1,0 -6,0z" },
	{ 2, 5, "5,4", "M-2.7,-2.7h5.4v5.4h-5.4z" },
	{ 4, 9, "5,2,1,2", "M0,-3.8L3.6,2.4H-3.6z" },
	{ 3, 13, "1.5,2.5", "M0,-4L4,0L0,4L-4,0z" },
	{ 5, 11, "5,2,1,2,1,2", "M0,3.8L3.6,-2.4H-3.6z" }
};

/* Those below COLOUR_COMPUTATION are sets'. */
static int
index_of(int colour)
{

	if (colour < 0 || colour >= COLOUR_N)
		return (TONE_MUTED);
	return (colour < COLOUR_COMPUTATION ? of_set[colour % SETS] :
	    of_role[colour]);
}

const struct tone *
tone_of(int colour)
{

	return (&tones[index_of(colour)]);
}

const struct tone *
tone_find(uint32_t rgb)
{

	for (int i = 0; i < TONE_N; i++)
		if (tones[i].light == rgb)
			return (&tones[i]);
	return (NULL);
}

const struct tone_style *
tone_style(const struct panel *p, size_t i)
{
	int colour = p->series[i].colour;
	size_t n = colour > 0 && colour < COLOUR_COMPUTATION ?
	    (size_t)colour : 0;

	for (size_t k = 0; k < i; k++)
		n += p->series[k].colour == colour &&
		    p->series[k].mark == p->series[i].mark;
	return (&styles[n % TONE_STYLES]);
}

double
tone_opacity(const struct series *s)
{

	if (s->mark == MARK_BARS)
		return (0.6);
	return (s->colour == COLOUR_MUTED ? 0.25 : 1);
}
