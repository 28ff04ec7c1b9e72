#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "json.h"
#include "price.h"

/* The lines of prices.json. */
static const char * const lines[] = {
#include "prices.inc"
};

static const char * const names[SV_PRICE_ARCH_N] = {
	[SV_PRICE_X86_64] = "x86_64",
	[SV_PRICE_ARM64] = "arm64"
};

const char *
sv_price_arch_name(enum sv_price_arch arch)
{

	return (names[arch]);
}

int
sv_price_arch_parse(const char *name, enum sv_price_arch *arch)
{

	for (size_t i = 0; i < SV_PRICE_ARCH_N; i++) {
		if (strcmp(name, names[i]) == 0) {
			*arch = (enum sv_price_arch)i;
			return (0);
		}
	}
	return (-1);
}

int
sv_price_arch_option(const char *name, enum sv_price_arch *arch)
{

	if (sv_price_arch_parse(name, arch) == 0)
		return (0);
	sv_warnx("--arch %s: expected x86_64 or arm64", name);
	return (-1);
}

/* Complain of the member ${key} of ${where}, a path of members or "". */
static int
bad(const char *what, const char *where, const char *key, const char *expected)
{

	sv_warnx("%s: %s%s%s: expected %s", what, where,
	    where[0] != '\0' ? "." : "", key, expected);
	return (-1);
}

/* A name that a terminal can be shown; ${plain}: also an option's part. */
static int
take_name(const json_t *o, const char *key, int plain, char *name,
    const char *what, const char *where)
{
	const char *s;
	size_t len;

	if (sv_json_string(o, key, &s) == -1 || (len = strlen(s)) == 0 ||
	    len >= SV_PRICE_NAME)
		return (bad(what, where, key, "a string of 1 to 63 bytes"));
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f ||
		    (plain && (s[i] == ',' || s[i] == ' ' || s[i] == '=')))
			return (bad(what, where, key, plain ?
			    "a name without comma, blank and equals sign" :
			    "a string without control characters"));
	memcpy(name, s, len + 1);
	return (0);
}

static int
take_amount(const json_t *o, const char *key, double *v, const char *what,
    const char *where)
{

	if (sv_json_double(o, key, v) == -1 || !isfinite(*v) || *v < 0)
		return (bad(what, where, key, "a number, not negative"));
	return (0);
}

static int
take_tiers(struct sv_price *p, enum sv_price_arch arch, const json_t *duration,
    const char *what)
{
	const json_t *list = json_object_get(duration, names[arch]);
	size_t n = json_array_size(list);
	double before = 0;
	char where[64];

	if (n == 0 || n > SV_PRICE_TIERS)
		return (bad(what, "duration", names[arch],
		    "an array of 1 to 8 tiers"));
	for (size_t i = 0; i < n; i++) {
		struct sv_price_tier *t = &p->tier[arch][i];
		const json_t *o = json_array_get(list, i);

		snprintf(where, sizeof(where), "duration.%s[%zu]", names[arch],
		    i);
		if (take_amount(o, "rate", &t->rate, what, where) == -1)
			return (-1);
		t->upto = INFINITY;
		if (i == n - 1) {
			if (json_object_get(o, "upto") != NULL)
				return (bad(what, where, "upto",
				    "none in the last tier"));
		} else if (sv_json_double(o, "upto", &t->upto) == -1 ||
		    !isfinite(t->upto) || t->upto <= before)
			return (bad(what, where, "upto",
			    "a number larger than the tier's before"));
		before = t->upto;
	}
	p->ntier[arch] = n;
	return (0);
}

static int
take_machines(struct sv_price *p, const json_t *list, const char *what)
{
	size_t n = json_array_size(list);
	char where[64];

	if (!json_is_array(list) || n > SV_PRICE_MACHINES)
		return (bad(what, "", "machines",
		    "an array of at most 32 machines"));
	for (size_t i = 0; i < n; i++) {
		struct sv_price_machine *m = &p->machine[i];
		const json_t *o = json_array_get(list, i);

		snprintf(where, sizeof(where), "machines[%zu]", i);
		if (take_name(o, "name", 1, m->name, what, where) == -1 ||
		    take_amount(o, "hour", &m->hour, what, where) == -1)
			return (-1);
		if (sv_json_u32(o, "cores", 1, SV_PRICE_CORES, &m->cores) == -1)
			return (bad(what, where, "cores",
			    "a whole number from 1 to 4096"));
		if (sv_price_machine(p, m->name) != NULL)
			return (bad(what, where, "name",
			    "a name that no other machine has"));
		p->nmachine++;
	}
	return (0);
}

static int
take_all(struct sv_price *p, const json_t *o, const char *what)
{
	const json_t *share = json_object_get(o, "free");
	const json_t *duration = json_object_get(o, "duration");

	memset(p, 0, sizeof(*p));
	if (take_name(o, "provider", 0, p->provider, what, "") == -1 ||
	    take_name(o, "region", 0, p->region, what, "") == -1 ||
	    take_name(o, "date", 0, p->date, what, "") == -1 ||
	    take_amount(o, "request", &p->request, what, "") == -1 ||
	    take_amount(share, "requests", &p->free_requests, what,
	    "free") == -1 ||
	    take_amount(share, "gb_seconds", &p->free_gb_seconds, what,
	    "free") == -1)
		return (-1);
	for (int i = 0; i < SV_PRICE_ARCH_N; i++)
		if (take_tiers(p, (enum sv_price_arch)i, duration, what) == -1)
			return (-1);
	return (take_machines(p, json_object_get(o, "machines"), what));
}

int
sv_price_parse(struct sv_price *p, const char *text, size_t len,
    const char *what)
{
	json_t *o;
	int rc;

	if (len > SV_PRICE_FILE) {
		sv_warnx("%s: expected a table of at most %u bytes", what,
		    SV_PRICE_FILE);
		return (-1);
	}
	if ((o = sv_json_parse(text, len, what)) == NULL)
		return (-1);
	rc = take_all(p, o, what);
	json_decref(o);
	return (rc);
}

int
sv_price_builtin(struct sv_price *p)
{
	size_t len = 0, n;
	char *text;
	int rc;

	if ((text = malloc(SV_PRICE_FILE)) == NULL) {
		sv_warn("prices");
		return (-1);
	}
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		n = strlen(lines[i]);
		if (n > SV_PRICE_FILE - len)
			break;
		memcpy(text + len, lines[i], n);
		len += n;
	}
	rc = sv_price_parse(p, text, len, "prices.json");
	free(text);
	return (rc);
}

int
sv_price_read(struct sv_price *p, const char *path)
{
	size_t len = 0;
	ssize_t n = -1;
	char *text;
	int fd, rc;

	if (path == NULL)
		return (sv_price_builtin(p));
	if ((text = malloc(SV_PRICE_FILE + 1)) == NULL ||
	    (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1) {
		sv_warn("%s", path);
		free(text);
		return (-1);
	}
	/* One byte more than may be there tells a file that is too large. */
	while (len <= SV_PRICE_FILE) {
		n = read(fd, text + len, SV_PRICE_FILE + 1 - len);
		if (n == 0 || (n == -1 && errno != EINTR))
			break;
		if (n > 0)
			len += (size_t)n;
	}
	if (n == -1) {
		sv_warn("%s", path);
		rc = -1;
	} else
		rc = sv_price_parse(p, text, len, path);
	close(fd);
	free(text);
	return (rc);
}

const struct sv_price_machine *
sv_price_machine(const struct sv_price *p, const char *name)
{

	for (size_t i = 0; i < p->nmachine; i++)
		if (strcmp(p->machine[i].name, name) == 0)
			return (&p->machine[i]);
	return (NULL);
}

double
sv_price_requests(const struct sv_price *p, double n, int share)
{

	return (fmax(n - (share ? p->free_requests : 0), 0) * p->request);
}

double
sv_price_duration(const struct sv_price *p, enum sv_price_arch arch,
    double gb_seconds, int share)
{
	double v = fmax(gb_seconds - (share ? p->free_gb_seconds : 0), 0);
	double from = 0, sum = 0;

	for (size_t i = 0; i < p->ntier[arch] && v > from; i++) {
		const struct sv_price_tier *t = &p->tier[arch][i];

		sum += (fmin(v, t->upto) - from) * t->rate;
		from = t->upto;
	}
	return (sum);
}

double
sv_price_rate(const struct sv_price *p, enum sv_price_arch arch, double mb)
{

	return (mb / 1024 * p->tier[arch][0].rate);
}
