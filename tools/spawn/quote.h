#ifndef SV_QUOTE_H
#define SV_QUOTE_H

#include <stdint.h>

#include "facts.h"
#include "like.h"
#include "price.h"
#include "spawn.h"

/*
 * What a job would take, as --dry-run says.  Dollars are NaN where they are not
 * known.
 */

enum quote_trial {
	QUOTE_UNTRIED,	/* commands, and what is behind a URL */
	QUOTE_ACCEPTED,	/* Lambda would start a worker */
	QUOTE_REFUSED
};

enum quote_fit {
	QUOTE_FITS,
	QUOTE_TIGHT,	/* rows do, and with vectors it is nearly all */
	QUOTE_TOO_LARGE,	/* rows and program do not */
	QUOTE_UNKNOWN
};

struct quote {
	const struct spawn_options *o;
	const struct sv_problem *p;
	const char *how;	/* "exec", "url", "lambda" or "lambda-async" */
	const char *what;	/* command, URL or function */
	struct sv_price price;
	struct facts facts;
	enum quote_trial trial;
	char why[SV_WHY];	/* QUOTE_REFUSED */

	double requests;	/* dollars for W of them */
	double rate;	/* dollars a second while all run */
	double most;	/* dollars for the first generation, up to its timeout */

	uint64_t rows;	/* bytes of the largest shard's; 0: not known */
	uint64_t need;	/* ... of its worker, about */
	enum quote_fit fit;

	int have_like;
	struct like like;
	double seconds;	/* that it takes; NaN */
	double dollars;	/* that it costs then */
	double lasts;	/* seconds that the budget pays for; NaN */
};

/**
 * quote_text(q), quote_json(q):
 * Print it on stdout, for a person or a program.  Return 0, or -1 after a line
 * on stderr.
 */
int quote_text(const struct quote *q);
int quote_json(const struct quote *q);

#endif /* !SV_QUOTE_H */
