#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "invocation.h"
#include "json.h"
#include "secret.h"

#define JOB_DIGITS 16

json_t *
sv_invocation_json(uint64_t job, uint32_t shard, uint32_t workers,
    uint32_t generation, const char *hub, json_t *share,
    const struct sv_curve_keys *keys)
{
	char digits[JOB_DIGITS + 1];
	json_t *o;

	snprintf(digits, sizeof(digits), "%016" PRIx64, job);
	o = json_pack("{s:i, s:s, s:I, s:I, s:I, s:s, s:s, s:O}",
	    "sv", (int)SV_INVOCATION_VERSION, "job", digits,
	    "shard", (json_int_t)shard, "workers", (json_int_t)workers,
	    "generation", (json_int_t)generation, "hub", hub, "wire", "f64",
	    "problem", share);
	if (o == NULL || keys == NULL)
		return (o);
	if (json_object_set_new(o, "keys", sv_curve_json(keys)) == -1) {
		json_decref(o);
		return (NULL);
	}
	return (o);
}

/* The number in exactly 16 lower-case hexadecimal digits; 0 if it is none. */
static uint64_t
job_number(const char *s)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t job = 0;

	if (strlen(s) != JOB_DIGITS)
		return (0);
	for (; *s != '\0'; s++) {
		const char *p = strchr(digits, *s);

		if (p == NULL)
			return (0);
		job = job << 4 | (uint64_t)(p - digits);
	}
	return (job);
}

/* An address that ZeroMQ can connect to, and that fits into a message. */
static int
hub_ok(const char *hub)
{

	if (strlen(hub) > SV_INVOCATION_HUB)
		return (0);
	for (const char *p = hub; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return (0);
	return (strncmp(hub, "tcp://", 6) == 0 ||
	    strncmp(hub, "ipc://", 6) == 0);
}

/* The numbers; returns NULL, or what was expected. */
static const char *
parse_numbers(struct sv_invocation *inv)
{
	uint32_t max = UINT32_MAX - 1;
	const char *job;

	if (sv_json_string(inv->json, "job", &job) == -1 ||
	    (inv->job = job_number(job)) == 0)
		return ("\"job\" must be 16 lower-case hexadecimal digits, "
		    "not all zero");
	if (sv_json_u32(inv->json, "workers", 1, max, &inv->workers) == -1)
		return ("\"workers\" must be a whole number from 1");
	if (sv_json_u32(inv->json, "shard", 0, inv->workers - 1,
	    &inv->shard) == -1)
		return ("\"shard\" must be a whole number below \"workers\"");
	if (sv_json_u32(inv->json, "generation", 1, max,
	    &inv->generation) == -1)
		return ("\"generation\" must be a whole number from 1");
	return (NULL);
}

/* The keys, if there are any; what is left of the text tells nothing of them. */
static const char *
parse_keys(struct sv_invocation *inv)
{
	const json_t *keys = json_object_get(inv->json, "keys");

	if (keys == NULL)
		return (NULL);
	if (sv_curve_of(&inv->keys, keys) == -1)
		return ("\"keys\" must be the hub's key and a pair, as Z85");
	inv->encrypted = 1;
	(void)json_object_del(inv->json, "keys");
	return (NULL);
}

/* The rest; likewise. */
static const char *
parse_members(struct sv_invocation *inv)
{
	const char *what, *wire;

	if ((what = parse_numbers(inv)) != NULL)
		return (what);
	if (sv_json_string(inv->json, "hub", &inv->hub) == -1 ||
	    !hub_ok(inv->hub))
		return ("\"hub\" must be an address, tcp://HOST:PORT or "
		    "ipc://PATH");
	if (sv_json_string(inv->json, "wire", &wire) == -1 ||
	    strcmp(wire, "f64") != 0)
		return ("\"wire\" must be \"f64\"");
	inv->wire = SV_F64;
	inv->share = json_object_get(inv->json, "problem");
	if (!json_is_object(inv->share))
		return ("\"problem\" must be an object");
	return (parse_keys(inv));
}

int
sv_invocation_parse(struct sv_invocation *inv, const char *text, size_t len,
    char why[SV_WHY])
{
	json_error_t error;
	uint32_t version;
	const char *what;
	char *near;

	memset(inv, 0, sizeof(*inv));
	if (len > SV_INVOCATION_MAX) {
		snprintf(why, SV_WHY, "longer than %zu bytes",
		    SV_INVOCATION_MAX);
		return (-1);
	}
	inv->json = json_loadb(len > 0 ? text : "", len,
	    JSON_REJECT_DUPLICATES, &error);
	if (inv->json == NULL) {
		/* What the fault is near to may be a key. */
		if ((near = strstr(error.text, " near '")) != NULL)
			*near = '\0';
		snprintf(why, SV_WHY, "not JSON: line %d, column %d: %s",
		    error.line, error.column, error.text);
		return (-1);
	}
	/* The version first: another one may mean other members. */
	if (!json_is_object(inv->json))
		what = "expected a JSON object";
	else if (sv_json_u32(inv->json, "sv", SV_INVOCATION_VERSION,
	    SV_INVOCATION_VERSION, &version) == -1)
		what = "\"sv\" must be 1, the version of invocations known here";
	else
		what = parse_members(inv);
	if (what == NULL)
		return (0);
	snprintf(why, SV_WHY, "%s", what);
	sv_invocation_fini(inv);
	return (-1);
}

void
sv_invocation_fini(struct sv_invocation *inv)
{

	json_decref(inv->json);
	sv_secret_wipe(inv, sizeof(*inv));
}
