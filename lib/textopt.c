#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "err.h"
#include "opt.h"
#include "recipe.h"
#include "textopt.h"

int
sv_textopt_take(struct sv_text_options *t, int c, const char *arg)
{

	switch (c) {
	case SV_TEXTOPT_ZERO_BASED:
		t->zero_based = 1;
		return (0);
	case SV_TEXTOPT_POSITIVE:
		t->positive = arg;
		return (0);
	case SV_TEXTOPT_LABEL:
		t->label = arg;
		return (0);
	case SV_TEXTOPT_CATEGORICAL:
		t->categorical = arg;
		return (0);
	case SV_TEXTOPT_HASH:
		return (sv_opt_u64("--hash", arg, 1, SV_RECIPE_MAXCOLS,
		    &t->buckets));
	case SV_TEXTOPT_IGNORE:
		t->ignore = arg;
		return (0);
	case SV_TEXTOPT_MISSING:
		t->missing = arg;
		return (0);
	case SV_TEXTOPT_NO_HEADER:
		t->no_header = 1;
		return (0);
	default:
		return (1);
	}
}

int
sv_textopt_format(struct sv_text_options *t, const char *option,
    const char *arg)
{
	static const char * const names[] = {
		[SV_TEXT_AUTO] = "auto", [SV_TEXT_LIBSVM] = "libsvm",
		[SV_TEXT_CSV] = "csv", [SV_TEXT_TSV] = "tsv"
	};

	for (int i = SV_TEXT_AUTO; i <= SV_TEXT_TSV; i++) {
		if (strcmp(arg, names[i]) == 0) {
			t->format = (enum sv_text_format)i;
			return (0);
		}
	}
	sv_warnx("%s %s: expected auto, libsvm, csv or tsv", option, arg);
	return (-1);
}

int
sv_textopt_check(const struct sv_text_options *t)
{

	if (t->buckets == 0 || t->categorical != NULL)
		return (0);
	sv_warnx("--hash is for categories: --categorical says which columns"
	    " have them");
	return (-1);
}

void
sv_textopt_help(void)
{

	fputs("      --zero-based      indices of LIBSVM text begin with 0\n"
	    "      --positive LABEL  make this label 1 and all others -1\n"
	    "      --label COLUMN    CSV: the labels' column, a name or a"
	    " number from 1\n"
	    "      --categorical COLUMNS  CSV: columns of categories, with"
	    " commas between\n"
	    "      --hash N          CSV: features for all categories (1024)\n"
	    "      --ignore COLUMNS  CSV: columns to leave out\n"
	    "      --missing NUMBER  CSV: what an empty field counts as (an"
	    " error)\n"
	    "      --no-header       CSV: the first line is a row already\n",
	    stdout);
}
