#include "config.h"

#include <jansson.h>
#include <string.h>

#include "fuzz.h"
#include "schema.h"

/*
 * How features are made of columns (lib/schema.c): what it says of itself is
 * read as the same.
 */

static void
check_features(const struct sv_schema *s)
{
	uint64_t d = sv_schema_features(s), b;
	char buf[40], pair[] = "name=value";
	const char *name;
	size_t c;

	MUST(d <= UINT32_MAX && s->numbers + s->buckets == d);
	for (uint64_t j = 0; j < s->numbers; j++) {
		MUST((name = sv_schema_feature(s, j, buf, sizeof(buf))) != NULL);
		c = sv_schema_find(s, name);
		MUST(c < s->ncolumns && s->columns[c].feature == j);
		MUST(s->columns[c].as == SV_SCHEMA_NUMBER);
	}
	MUST(sv_schema_feature(s, d, buf, sizeof(buf)) == NULL);
	if (s->buckets == 0)
		return;
	MUST(sv_schema_feature(s, d - 1, buf, sizeof(buf)) == buf);
	b = sv_schema_category(s, pair, strlen(pair));
	MUST(b >= s->numbers && b < d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *o = json_loadb((const char *)data, size, 0, NULL), *said;
	char why[SV_WHY] = "";
	struct sv_schema *s = sv_schema_parse(o, why), *again;
	json_t *twice;

	json_decref(o);
	if (s == NULL) {
		MUST(why[0] != '\0' && strlen(why) < SV_WHY);
		return (0);
	}
	check_features(s);
	MUST((said = sv_schema_json(s)) != NULL);
	MUST((again = sv_schema_parse(said, why)) != NULL);
	MUST((twice = sv_schema_json(again)) != NULL);
	MUST(json_equal(said, twice));
	json_decref(twice);
	json_decref(said);
	sv_schema_free(again);
	sv_schema_free(s);
	return (0);
}
