#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "err.h"
#include "json.h"
#include "secret.h"

json_t *
sv_json_parse(const char *text, size_t len, const char *what)
{
	json_error_t error;
	json_t *o;

	o = json_loadb(len > 0 ? text : "", len, JSON_REJECT_DUPLICATES, &error);
	if (o == NULL) {
		sv_warnx("%s: not JSON: line %d: %s", what, error.line,
		    error.text);
		return (NULL);
	}
	if (!json_is_object(o)) {
		sv_warnx("%s: expected a JSON object", what);
		json_decref(o);
		return (NULL);
	}
	return (o);
}

json_t *
sv_json_of(const struct sv_frame *f)
{
	char what[40];

	snprintf(what, sizeof(what), "%s frame", sv_frame_type_name(f->type));
	return (sv_json_parse(sv_frame_text(f), f->ntext, what));
}

json_t *
sv_json_peek(const struct sv_frame *f)
{
	json_t *o;

	if (f->ntext == 0)
		return (NULL);
	o = json_loadb(sv_frame_text(f), f->ntext, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(o))
		return (o);
	json_decref(o);
	return (NULL);
}

int
sv_json_frame(struct sv_frame *f, enum sv_type type, json_t *o)
{
	char *text;
	int rc;

	text = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	if (text == NULL) {
		errno = ENOMEM;
		return (-1);
	}
	rc = sv_frame_make(f, type, text, 0, SV_BYTES, 0);
	/* It may hold keys. */
	sv_secret_free_text(text);
	return (rc);
}

int
sv_json_u64(const json_t *o, const char *key, uint64_t min, uint64_t max,
    uint64_t *value)
{
	const json_t *m = json_object_get(o, key);
	json_int_t v;

	if (!json_is_integer(m))
		return (-1);
	v = json_integer_value(m);
	if (v < 0 || (uint64_t)v < min || (uint64_t)v > max)
		return (-1);
	*value = (uint64_t)v;
	return (0);
}

int
sv_json_u32(const json_t *o, const char *key, uint32_t min, uint32_t max,
    uint32_t *value)
{
	uint64_t v;

	if (sv_json_u64(o, key, min, max, &v) == -1)
		return (-1);
	*value = (uint32_t)v;
	return (0);
}

int
sv_json_double(const json_t *o, const char *key, double *value)
{
	const json_t *m = json_object_get(o, key);

	if (!json_is_number(m))
		return (-1);
	*value = json_number_value(m);
	return (0);
}

int
sv_json_string(const json_t *o, const char *key, const char **value)
{
	const json_t *m = json_object_get(o, key);

	if (!json_is_string(m))
		return (-1);
	*value = json_string_value(m);
	return (0);
}

json_t *
sv_json_real(double value)
{

	return (isfinite(value) ? json_real(value) : json_null());
}
