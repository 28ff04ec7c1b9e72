#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "lambda.h"

/* Configurations of functions: made, copied, counted, freed. */

int
config_string(char **member, const char *value)
{
	char *copy;

	if ((copy = strdup(value)) == NULL)
		return (-1);
	free(*member);
	*member = copy;
	return (0);
}

void
config_time(char text[32], const char *zone)
{
	int64_t ns = sv_clock_real_ns();
	time_t s = (time_t)(ns / 1000000000);
	struct tm tm;
	size_t n;

	if (gmtime_r(&s, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	n = strftime(text, 32, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, 32 - n, ".%03d%s", (int)(ns % 1000000000 / 1000000),
	    zone);
}

void
config_touch(struct config *c)
{

	lambda_uuid(c->revision);
	config_time(c->modified, CONFIG_ZONE);
}

int
config_variable(struct config *c, const char *name, const char *value)
{
	struct variable *v;

	v = realloc(c->variables, (c->nvariables + 1) * sizeof(*v));
	if (v == NULL)
		return (-1);
	c->variables = v;
	v += c->nvariables;
	v->name = strdup(name);
	v->value = strdup(value);
	if (v->name == NULL || v->value == NULL) {
		free(v->name);
		free(v->value);
		return (-1);
	}
	c->nvariables++;
	return (0);
}

void
config_no_variables(struct config *c)
{

	for (size_t i = 0; i < c->nvariables; i++) {
		free(c->variables[i].name);
		free(c->variables[i].value);
	}
	free(c->variables);
	c->variables = NULL;
	c->nvariables = 0;
}

/* Copy what is behind pointers. */
static int
copy_members(struct config *c, const struct config *base)
{

	if (config_string(&c->handler, base->handler) == -1 ||
	    config_string(&c->runtime, base->runtime) == -1 ||
	    config_string(&c->role, base->role) == -1 ||
	    config_string(&c->description, base->description) == -1)
		return (-1);
	for (size_t i = 0; i < base->nvariables; i++)
		if (config_variable(c, base->variables[i].name,
		    base->variables[i].value) == -1)
			return (-1);
	c->kept = base->kept == NULL ? json_object() :
	    json_deep_copy(base->kept);
	if (c->kept == NULL)
		return (-1);
	if (base->code != NULL)
		c->code = code_ref(base->code);
	return (0);
}

struct config *
config_new(const struct config *base)
{
	static char bootstrap[] = "bootstrap", al2023[] = "provided.al2023",
	    role[] = "arn:aws:iam::" LAMBDA_ACCOUNT ":role/none", none[] = "";
	static const struct config defaults = { .memory = 128, .timeout = 3,
	    .tmp = 512, .handler = bootstrap, .runtime = al2023, .role = role,
	    .description = none, .architecture = "x86_64" };
	static uint64_t serial;
	struct config *c;

	if (base == NULL)
		base = &defaults;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	c->memory = base->memory;
	c->timeout = base->timeout;
	c->tmp = base->tmp;
	memcpy(c->architecture, base->architecture, sizeof(c->architecture));
	snprintf(c->version, sizeof(c->version), "$LATEST");
	c->serial = ++serial;
	c->references = 1;
	config_touch(c);
	if (copy_members(c, base) == -1) {
		config_unref(c);
		return (NULL);
	}
	return (c);
}

struct config *
config_ref(struct config *c)
{

	c->references++;
	return (c);
}

void
config_unref(struct config *c)
{

	if (c == NULL || --c->references > 0)
		return;
	config_no_variables(c);
	free(c->handler);
	free(c->runtime);
	free(c->role);
	free(c->description);
	json_decref(c->kept);
	code_unref(c->code);
	free(c);
}
