#include "config.h"

#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "measure.h"
#include "run.h"
#include "stats.h"

/*
 * Runs (lib/run.c), the figures made of them (lib/measure.c), and all that
 * sv-stats prints.
 */

static void
measure(const struct sv_run *run)
{
	uint64_t bins[SV_RESPONSE_BINS];
	struct sv_stat send, master, round;
	struct sv_start *starts;
	struct sv_spread spread;
	const char *why;
	size_t n;

	for (int q = 0; q < SV_Q_N; q++)
		sv_measure_spread(run, (enum sv_quantity)q, &spread);
	sv_measure_hub(run, &send, &master, &round);
	sv_measure_response(run, bins);
	MUST(sv_measure_starts(run, &starts, &n) == 0);
	free(starts);
	n = (size_t)sv_measure_exit(run, &why);
	MUST(n <= 3);
}

/* A section in all formats; JSON must be JSON. */
static void
print(const struct stats *s, size_t n, enum section_id id, int all)
{
	char *text = NULL;
	size_t len = 0;
	json_t *o;
	FILE *f;

	MUST((f = open_memstream(&text, &len)) != NULL);
	write_text(f, s, n, id, all);
	write_tsv(f, s, n, id);
	MUST(fclose(f) == 0);
	free(text);
	MUST((f = open_memstream(&text, &len)) != NULL);
	if (write_json(f, s, n, id) == 0) {
		MUST(fflush(f) == 0);
		o = json_loadb(text, len, JSON_ALLOW_NUL, NULL);
		MUST(o != NULL);
		json_decref(o);
	}
	MUST(fclose(f) == 0);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_run *runs = NULL;
	struct stats *s;
	size_t n = 0;

	/* Twice, so that there is always a comparison. */
	(void)sv_run_read(fuzz_fd(data, size), "fuzz", &runs, &n);
	(void)sv_run_read(fuzz_fd(data, size), "again", &runs, &n);
	MUST((s = calloc(n + 1, sizeof(*s))) != NULL);
	for (size_t i = 0; i < n; i++) {
		s[i].run = &runs[i];
		MUST(sv_measure_summary(&runs[i], &s[i].sum) == 0);
		measure(&runs[i]);
	}
	if (n > 0) {
		print(s, n, SECTION_ANY, 0);
		print(s, 1, (enum section_id)(size % SECTION_N),
		    size / SECTION_N % 2 == 1);
	}
	for (size_t i = 0; i < n; i++)
		sv_run_fini(&runs[i]);
	free(runs);
	free(s);
	return (0);
}
