#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "json.h"
#include "number.h"
#include "schema.h"
#include "utf8.h"

#define SHOWN 40	/* characters of a name in a message */
#define MOST ((uint64_t)UINT32_MAX)	/* features of a row */

static const char hash[] = "xxh3-64";
static const char *const formats[] = { "libsvm", "csv", "tsv" };
static const char *const uses[] = { "number", "category", "ignored", "label" };

#define NFORMATS (sizeof(formats) / sizeof(formats[0]))
#define NUSES (sizeof(uses) / sizeof(uses[0]))

/* Which of ${n} words ${word} is, or ${n}. */
static size_t
which(const char *const *words, size_t n, const char *word)
{
	size_t i;

	for (i = 0; i < n && strcmp(words[i], word) != 0; i++)
		;
	return (i);
}

static int
no_memory(char why[SV_WHY])
{

	snprintf(why, SV_WHY, "out of memory");
	return (-1);
}

struct sv_schema *
sv_schema_new(enum sv_schema_format format)
{
	struct sv_schema *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (NULL);
	s->format = format;
	s->header = 1;
	return (s);
}

void
sv_schema_free(struct sv_schema *s)
{

	if (s == NULL)
		return;
	for (size_t i = 0; i < s->ncolumns; i++)
		free(s->columns[i].name);
	free(s->columns);
	free(s->sorted);
	free(s->numbered);
	free(s->positive);
	free(s->negative);
	free(s);
}

/* May a column be called that? */
static int
good_name(const char *name, size_t len)
{
	json_t *text;

	for (size_t i = 0; i < len; i++)
		if (((unsigned char)name[i] < ' ' &&
		    strchr("\t\n\r", name[i]) == NULL) ||
		    name[i] == '\0' || name[i] == 0x7f)
			return (0);
	/* NULL where it is no UTF-8. */
	text = json_stringn(name, len);
	json_decref(text);
	return (text != NULL);
}

/* Room for one more column; it grows by halves. */
static int
grow(struct sv_schema *s)
{
	size_t n = s->ncolumns;
	void *p;

	/* Filled up where it was doubled, at powers of two. */
	if (n > 0 && (n & (n - 1)) != 0)
		return (0);
	p = realloc(s->columns, (n > 0 ? 2 * n : 1) * sizeof(*s->columns));
	if (p == NULL)
		return (-1);
	s->columns = p;
	return (0);
}

int
sv_schema_add(struct sv_schema *s, const char *name, size_t len,
    char why[SV_WHY])
{
	struct sv_schema_column *c;

	if (s->ncolumns == SV_SCHEMA_COLUMNS) {
		snprintf(why, SV_WHY, "more than %zu columns",
		    SV_SCHEMA_COLUMNS);
		return (-1);
	}
	if (!good_name(name, len)) {
		snprintf(why, SV_WHY, "the name of column %zu is not UTF-8"
		    " text, as iconv(1) makes it", s->ncolumns + 1);
		return (-1);
	}
	if (grow(s) == -1)
		return (no_memory(why));
	c = &s->columns[s->ncolumns];
	memset(c, 0, sizeof(*c));
	if ((c->name = malloc(len + 1)) == NULL)
		return (no_memory(why));
	memcpy(c->name, name, len);
	c->name[len] = '\0';
	s->label = ++s->ncolumns;
	return (0);
}

/* A column and where it is, for qsort(), which has no context. */
struct place {
	const char *name;
	size_t column;
};

static int
by_name(const void *a, const void *b)
{
	const struct place *p = a, *q = b;

	return (strcmp(p->name, q->name));
}

int
sv_schema_sort(struct sv_schema *s, char why[SV_WHY])
{
	struct place *places = calloc(s->ncolumns + 1, sizeof(*places));
	size_t *sorted = calloc(s->ncolumns + 1, sizeof(*sorted)), a, b;
	char name[4 * SHOWN + 4];
	int rc = 0;

	if (places == NULL || sorted == NULL) {
		free(places);
		free(sorted);
		return (no_memory(why));
	}
	for (size_t i = 0; i < s->ncolumns; i++)
		places[i] = (struct place){ s->columns[i].name, i };
	qsort(places, s->ncolumns, sizeof(*places), by_name);
	for (size_t i = 0; i < s->ncolumns; i++) {
		sorted[i] = places[i].column;
		if (rc == -1 || i == 0 || by_name(&places[i - 1],
		    &places[i]) != 0)
			continue;
		a = places[i - 1].column;
		b = places[i].column;
		sv_utf8_cut(name, places[i].name, SHOWN);
		snprintf(why, SV_WHY, "columns %zu and %zu are both called"
		    " '%s'", (a < b ? a : b) + 1, (a < b ? b : a) + 1, name);
		rc = -1;
	}
	free(places);
	free(s->sorted);
	s->sorted = sorted;
	return (rc);
}

size_t
sv_schema_find(const struct sv_schema *s, const char *name)
{
	size_t low = 0, high = s->ncolumns;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(s->columns[s->sorted[mid]].name, name);

		if (c == 0)
			return (s->sorted[mid]);
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return (s->ncolumns);
}

int
sv_schema_settle(struct sv_schema *s, char why[SV_WHY])
{
	size_t *numbered = calloc(s->ncolumns + 1, sizeof(*numbered));
	int categories = 0;

	if (numbered == NULL)
		return (no_memory(why));
	free(s->numbered);
	s->numbered = numbered;
	s->label = s->ncolumns;
	s->numbers = 0;
	for (size_t i = 0; i < s->ncolumns; i++) {
		struct sv_schema_column *c = &s->columns[i];

		if (c->as == SV_SCHEMA_NUMBER) {
			c->feature = (uint32_t)s->numbers;
			numbered[s->numbers++] = i;
		} else if (c->as == SV_SCHEMA_CATEGORY) {
			categories = 1;
		} else if (c->as == SV_SCHEMA_LABEL) {
			if (s->label != s->ncolumns) {
				snprintf(why, SV_WHY, "columns %zu and %zu are"
				    " both labels", s->label + 1, i + 1);
				return (-1);
			}
			s->label = i;
		}
	}
	if (!categories)
		s->buckets = 0;
	if (s->numbers + s->buckets == 0) {
		snprintf(why, SV_WHY, "no column is left as a feature");
		return (-1);
	}
	if (s->buckets > MOST - s->numbers) {
		snprintf(why, SV_WHY, "%" PRIu64 " columns and %" PRIu64
		    " features of categories are more than 2^32 - 1 features",
		    s->numbers, s->buckets);
		return (-1);
	}
	return (0);
}

/* One of "columns". */
static int
parse_column(struct sv_schema *s, const json_t *o, char why[SV_WHY])
{
	const json_t *as = json_object_get(o, "as");
	const json_t *name = json_object_get(o, "name");
	size_t use;

	if (!json_is_string(name) || (as != NULL && !json_is_string(as)) ||
	    (use = as == NULL ? 0 : which(uses, NUSES,
	    json_string_value(as))) == NUSES) {
		snprintf(why, SV_WHY, "column %zu: \"name\" or \"as\" is"
		    " missing or not known", s->ncolumns + 1);
		return (-1);
	}
	if (sv_schema_add(s, json_string_value(name), json_string_length(name),
	    why) == -1)
		return (-1);
	s->columns[s->ncolumns - 1].as = (enum sv_schema_use)use;
	return (0);
}

/* An optional member that is a truth value. */
static int
parse_flag(const json_t *o, const char *key, int *value, char why[SV_WHY])
{
	const json_t *v = json_object_get(o, key);

	if (v != NULL && !json_is_boolean(v)) {
		snprintf(why, SV_WHY, "\"%s\" is neither true nor false", key);
		return (-1);
	}
	if (v != NULL)
		*value = json_is_true(v);
	return (0);
}

/* An optional member that is a text, copied. */
static int
parse_text(const json_t *o, const char *key, char **value, char why[SV_WHY])
{
	const json_t *v = json_object_get(o, key);

	if (v == NULL)
		return (0);
	if (!json_is_string(v)) {
		snprintf(why, SV_WHY, "\"%s\" is not a text", key);
		return (-1);
	}
	*value = strdup(json_string_value(v));
	return (*value != NULL ? 0 : no_memory(why));
}

/* What only a file with columns has. */
static int
parse_table(struct sv_schema *s, const json_t *o, char why[SV_WHY])
{
	const json_t *columns = json_object_get(o, "columns"), *c;
	const char *text = NULL;
	int categories = 0;
	size_t i;

	if (!json_is_array(columns)) {
		snprintf(why, SV_WHY, "\"columns\" is missing");
		return (-1);
	}
	json_array_foreach(columns, i, c) {
		if (parse_column(s, c, why) == -1)
			return (-1);
		if (s->columns[i].as == SV_SCHEMA_CATEGORY)
			categories = 1;
	}
	if (categories && (sv_json_string(o, "hash", &text) == -1 ||
	    strcmp(text, hash) != 0 ||
	    sv_json_u64(o, "buckets", 1, MOST, &s->buckets) == -1)) {
		snprintf(why, SV_WHY, "\"hash\" or \"buckets\" is missing or"
		    " not known");
		return (-1);
	}
	if (json_object_get(o, "missing") != NULL) {
		if (sv_json_double(o, "missing", &s->missing) == -1) {
			snprintf(why, SV_WHY, "\"missing\" is not a number");
			return (-1);
		}
		s->fills = 1;
	}
	if (parse_flag(o, "header", &s->header, why) == -1 ||
	    sv_schema_sort(s, why) == -1)
		return (-1);
	return (sv_schema_settle(s, why));
}

struct sv_schema *
sv_schema_parse(const json_t *o, char why[SV_WHY])
{
	struct sv_schema *s = NULL;
	const char *text;
	size_t format;

	if (sv_json_string(o, "format", &text) == -1 ||
	    (format = which(formats, NFORMATS, text)) == NFORMATS) {
		snprintf(why, SV_WHY, "\"format\" is missing or not known");
		return (NULL);
	}
	if ((s = sv_schema_new((enum sv_schema_format)format)) == NULL) {
		no_memory(why);
		return (NULL);
	}
	if (parse_text(o, "positive", &s->positive, why) == -1 ||
	    parse_text(o, "negative", &s->negative, why) == -1)
		goto err;
	if (s->format == SV_SCHEMA_LIBSVM) {
		if (parse_flag(o, "zero_based", &s->zero_based, why) == -1)
			goto err;
	} else if (parse_table(s, o, why) == -1)
		goto err;
	return (s);
err:
	sv_schema_free(s);
	return (NULL);
}

/* Set a member of ${o}, whose value is stolen; NULL is out of memory. */
static int
set(json_t *o, const char *key, json_t *value)
{

	return (json_object_set_new(o, key, value));
}

static int
set_columns(const struct sv_schema *s, json_t *o)
{
	json_t *columns = json_array(), *c;

	if (set(o, "columns", columns) == -1)
		return (-1);
	for (size_t i = 0; i < s->ncolumns; i++) {
		enum sv_schema_use as = s->columns[i].as;

		c = json_pack("{s:s, s:s*}", "name", s->columns[i].name, "as",
		    as == SV_SCHEMA_NUMBER ? NULL : uses[as]);
		if (json_array_append_new(columns, c) == -1)
			return (-1);
	}
	if (!s->header && set(o, "header", json_false()) == -1)
		return (-1);
	if (s->buckets > 0 && (set(o, "hash", json_string(hash)) == -1 ||
	    set(o, "buckets", json_integer((json_int_t)s->buckets)) == -1))
		return (-1);
	/* Whole numbers look like them. */
	if (s->fills && set(o, "missing", s->missing == 0 ? json_integer(0) :
	    json_real(s->missing)) == -1)
		return (-1);
	return (0);
}

json_t *
sv_schema_json(const struct sv_schema *s)
{
	json_t *o = json_pack("{s:s}", "format", formats[s->format]);

	if (o == NULL)
		return (NULL);
	if ((s->zero_based && set(o, "zero_based", json_true()) == -1) ||
	    (s->format != SV_SCHEMA_LIBSVM && set_columns(s, o) == -1) ||
	    (s->positive != NULL &&
	    set(o, "positive", json_string(s->positive)) == -1) ||
	    (s->negative != NULL &&
	    set(o, "negative", json_string(s->negative)) == -1)) {
		json_decref(o);
		return (NULL);
	}
	return (o);
}

uint64_t
sv_schema_features(const struct sv_schema *s)
{

	return (s->numbers + s->buckets);
}

const char *
sv_schema_feature(const struct sv_schema *s, uint64_t j, char *buf, size_t len)
{

	if (j < s->numbers)
		return (s->columns[s->numbered[j]].name);
	if (j - s->numbers >= s->buckets)
		return (NULL);
	snprintf(buf, len, "hash:%" PRIu64, j - s->numbers);
	return (buf);
}

uint32_t
sv_schema_category(const struct sv_schema *s, const char *pair, size_t len)
{

	return ((uint32_t)(s->numbers + XXH3_64bits(pair, len) % s->buckets));
}

/* Is ${text} a number and nothing else? */
static int
is_number(const char *text, double *x)
{
	const char *end;

	*x = sv_number_parse(text, &end);
	return (end != text && *end == '\0');
}

int
sv_schema_same(const char *a, const char *b)
{
	double x, y;

	if (is_number(a, &x) && is_number(b, &y))
		return (x == y);
	return (strcmp(a, b) == 0);
}
