#ifndef SV_REGULAR_H
#define SV_REGULAR_H

#include <stddef.h>
#include <stdint.h>

#include "prox.h"

/*
 * The options that choose a regulariser, the same in every master:
 *
 *	--l1 L --l2 L		lambda |x|_1, (lambda / 2) |x|^2, or both
 *	--group L		with --group-size K or --groups FILE
 *	--box LO,HI --nonneg	bounds on every feature's weight
 *	--c C			divide the weights by C, as LIBLINEAR's -c
 *
 * None of them is --l1 1.  --l1 0 alone is no regulariser.
 */

/* What getopt_long() returns for them. */
enum sv_regular_option {
	SV_REGULAR_L1 = 0x1000, SV_REGULAR_L2, SV_REGULAR_GROUP,
	SV_REGULAR_GROUP_SIZE, SV_REGULAR_GROUPS, SV_REGULAR_BOX,
	SV_REGULAR_NONNEG, SV_REGULAR_C
};

/* For the table of a tool; with getopt.h. */
#define SV_REGULAR_OPTIONS \
	{ "l1", required_argument, NULL, SV_REGULAR_L1 }, \
	{ "l2", required_argument, NULL, SV_REGULAR_L2 }, \
	{ "group", required_argument, NULL, SV_REGULAR_GROUP }, \
	{ "group-size", required_argument, NULL, SV_REGULAR_GROUP_SIZE }, \
	{ "groups", required_argument, NULL, SV_REGULAR_GROUPS }, \
	{ "box", required_argument, NULL, SV_REGULAR_BOX }, \
	{ "nonneg", no_argument, NULL, SV_REGULAR_NONNEG }, \
	{ "c", required_argument, NULL, SV_REGULAR_C }

struct sv_regular {
	unsigned given;	/* a bit for each option that was */
	double l1, l2, group;	/* weights as typed */
	double lo, hi;
	double c;
	uint64_t size;
	const char *file;	/* of groups */
	struct sv_groups *groups;	/* made by sv_regular_finish() */
};

/**
 * sv_regular_init(r):
 * No option was given yet.
 */
void sv_regular_init(struct sv_regular *r);

/**
 * sv_regular_option(r, c, arg):
 * Take the option that getopt_long() returned as ${c}, with its argument
 * ${arg}, which must outlive ${r}.  Return 0; 1 if it is none of these; -1
 * after a message.
 */
int sv_regular_option(struct sv_regular *r, int c, const char *arg);

/**
 * sv_regular_check(r):
 * After the last option: return 0, or -1 after a message if they have no
 * meaning together.
 */
int sv_regular_check(const struct sv_regular *r);

/**
 * sv_regular_finish(r, d, g):
 * Make ${g} the regulariser asked for, of ${d} features; coordinates after
 * them are free.  Reads the file of groups: one whole number a line, one line
 * a feature, features of the same number being a group.  Return 0, or -1 after
 * a message.  ${g} refers to ${r}.
 */
int sv_regular_finish(struct sv_regular *r, size_t d, struct sv_prox *g);

/**
 * sv_regular_fini(r):
 * Free the groups.
 */
void sv_regular_fini(struct sv_regular *r);

/**
 * sv_regular_help():
 * Print these options on stdout, as a part of a tool's help.
 */
void sv_regular_help(void);

#endif /* !SV_REGULAR_H */
