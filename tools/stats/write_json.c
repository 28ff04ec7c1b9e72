#include "config.h"

#include <stdlib.h>

#include "chosen.h"
#include "err.h"
#include "jsonout.h"
#include "stats.h"

/*
 * Runs as JSON.  One section is made, written and forgotten after the other,
 * so that memory is that of the largest.
 */

/* Is the section one of a single run? */
static int
single(enum section_id id)
{

	return (id != SECTION_SUMMARY && id != SECTION_COMPARISON);
}

/*
 * A section's member in JSON; the summary has their number in "rounds", and jq
 * takes no hyphens.
 */
static const char *
key_of(enum section_id id)
{

	switch (id) {
	case SECTION_ROUNDS:
		return ("per_round");
	case SECTION_BILL_SHARDS:
		return ("bill_shards");
	case SECTION_BILL_ROUNDS:
		return ("bill_rounds");
	default:
		return (section_name(id));
	}
}

/* "key":[...] of one section. */
static int
write_section(FILE *f, enum section_id id, const struct stats *s, size_t n)
{
	struct sv_table *t;
	int rc;

	if ((t = section_table(id, s, n)) == NULL)
		return (-1);
	fprintf(f, "\"%s\":", key_of(id));
	rc = sv_table_json(t, f);
	sv_table_free(t);
	return (rc);
}

/* The members of the summary, or only the name. */
static int
write_summary(FILE *f, const struct stats *s, int all)
{
	const char *sep = "";
	struct sv_table *t;
	json_t *o = NULL, *value;
	const char *key;
	int rc = -1;

	if ((t = section_table(SECTION_SUMMARY, s, 1)) == NULL)
		return (-1);
	if ((o = sv_table_object(t, 0)) == NULL) {
		sv_warnx("%s: out of memory", s->run->name);
		goto done;
	}
	json_object_foreach(o, key, value) {
		fprintf(f, "%s\"%s\":", sep, key);
		if (sv_jsonout_write(f, value) == -1)
			goto done;
		sep = ",";
		if (!all)	/* the first is the name */
			break;
	}
	rc = 0;
done:
	json_decref(o);
	sv_table_free(t);
	return (rc);
}

/* One run as an object: the summary's members, and an array a section. */
static int
write_run(FILE *f, const struct stats *s, enum section_id only)
{

	fputc('{', f);
	if (write_summary(f, s, only == SECTION_ANY ||
	    only == SECTION_SUMMARY) == -1)
		return (-1);
	for (int id = 0; id < SECTION_N; id++) {
		if (!single((enum section_id)id) ||
		    (only != SECTION_ANY && (int)only != id))
			continue;
		fputc(',', f);
		if (write_section(f, (enum section_id)id, s, 1) == -1)
			return (-1);
	}
	fputc('}', f);
	return (ferror(f) ? -1 : 0);
}

/* Several runs: {"runs":[...],"comparison":[...]}. */
static int
write_runs(FILE *f, const struct stats *s, size_t n, enum section_id only)
{

	fputc('{', f);
	if (only != SECTION_COMPARISON) {
		fputs("\"runs\":[", f);
		for (size_t i = 0; i < n; i++) {
			if (i > 0)
				fputc(',', f);
			if (write_run(f, &s[i], only) == -1)
				return (-1);
		}
		fputc(']', f);
	}
	if (only == SECTION_ANY)
		fputc(',', f);
	if ((only == SECTION_ANY || only == SECTION_COMPARISON) &&
	    write_section(f, SECTION_COMPARISON, s, n) == -1)
		return (-1);
	fputc('}', f);
	return (0);
}

/* Rounds that are not there are to be no half of an object. */
static int
check_rounds(const struct stats *s, size_t n)
{
	struct chosen *chosen;
	size_t m;

	for (size_t i = 0; i < n; i++) {
		if (chosen_rounds(s[i].run, s[i].o->rounds, &chosen, &m) == -1)
			return (-1);
		free(chosen);
	}
	return (0);
}

int
write_json(FILE *f, const struct stats *s, size_t n, enum section_id only)
{
	int rc;

	if ((only == SECTION_ANY || only == SECTION_TIMING) &&
	    check_rounds(s, n) == -1)
		return (-1);
	if (n == 1 && only != SECTION_COMPARISON)
		rc = write_run(f, s, only);
	else
		rc = write_runs(f, s, n, only);
	if (rc == 0)
		fputc('\n', f);
	return (rc);
}
