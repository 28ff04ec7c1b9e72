#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "env.h"

/*
 * What the process of a function finds in its environment: what it finds on
 * provided.al2023 and the function's own variables, nothing of ours.
 */

#define FIXED 32u	/* more than there are below */

/* What the service sets; the values live as long as the environment. */
struct fixed {
	char values[FIXED][256];
	const char *names[FIXED];
	size_t n;
};

/* Add a variable, made like printf() does. */
static void set(struct fixed *x, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
set(struct fixed *x, const char *name, const char *fmt, ...)
{
	va_list ap;

	if (x->n == FIXED)
		return;
	va_start(ap, fmt);
	vsnprintf(x->values[x->n], sizeof(x->values[0]), fmt, ap);
	va_end(ap);
	x->names[x->n++] = name;
}

static void
set_function(struct fixed *x, const struct env *env)
{
	const char *name = env->function->name;
	const struct config *c = env->config;

	set(x, "_HANDLER", "%s", c->handler);
	set(x, "AWS_LAMBDA_FUNCTION_NAME", "%s", name);
	set(x, "AWS_LAMBDA_FUNCTION_VERSION", "%s", c->version);
	set(x, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "%" PRIu32, c->memory);
	set(x, "AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
	set(x, "AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/%s", name);
	set(x, "AWS_LAMBDA_LOG_STREAM_NAME", "%s", env->stream);
}

static void
set_service(struct fixed *x, const struct env *env, const char *root)
{
	const char *region = env->l->o->region;

	set(x, "AWS_LAMBDA_RUNTIME_API", "127.0.0.1:%" PRIu16, env->port);
	set(x, "LAMBDA_TASK_ROOT", "%s", root);
	set(x, "LAMBDA_RUNTIME_DIR", "/var/runtime");
	set(x, "AWS_REGION", "%s", region);
	set(x, "AWS_DEFAULT_REGION", "%s", region);
	/* Those of the function's role, good for nothing here. */
	set(x, "AWS_ACCESS_KEY_ID", "ASIASVLAMBDALOCAL000");
	set(x, "AWS_SECRET_ACCESS_KEY", "of-no-use");
	set(x, "AWS_SESSION_TOKEN", "of-no-use");
	set(x, "LANG", "en_US.UTF-8");
	set(x, "TZ", ":UTC");
	set(x, "PATH",
	    "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin");
	set(x, "AWS_XRAY_DAEMON_ADDRESS", "169.254.100.1:2000");
	set(x, "AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR");
	set(x, "_AWS_XRAY_DAEMON_ADDRESS", "169.254.100.1");
	set(x, "_AWS_XRAY_DAEMON_PORT", "2000");
}

/* NAME=VALUE, or NULL. */
static char *
join(const char *name, const char *value)
{
	size_t size = strlen(name) + strlen(value) + 2;
	char *s;

	if ((s = malloc(size)) != NULL)
		snprintf(s, size, "%s=%s", name, value);
	return (s);
}

/* LD_LIBRARY_PATH, in which the package's directory stands twice. */
static char *
library_path(const char *root)
{
	static const char format[] = "LD_LIBRARY_PATH=/var/lang/lib:/lib64:"
	    "/usr/lib64:/var/runtime:/var/runtime/lib:%s:%s/lib:/opt/lib";
	size_t size = sizeof(format) + 2 * strlen(root);
	char *s;

	if ((s = malloc(size)) != NULL)
		snprintf(s, size, format, root, root);
	return (s);
}

/* Has the function a variable of that name? */
static int
own(const struct config *c, const char *name)
{

	for (size_t i = 0; i < c->nvariables; i++)
		if (strcmp(c->variables[i].name, name) == 0)
			return (1);
	return (0);
}

char **
variables_new(const struct env *env)
{
	const struct config *c = env->config;
	const char *root = env->root != NULL ? "/var/task" : c->code->dir;
	struct fixed x = { .n = 0 };
	char **v;
	size_t n = 0, want = 0;

	set_function(&x, env);
	set_service(&x, env, root);
	v = calloc(x.n + c->nvariables + 2, sizeof(*v));
	if (v == NULL)
		return (NULL);
	/* Whatever may not be overridden was refused with the configuration. */
	for (size_t i = 0; i < x.n; i++)
		if (!own(c, x.names[i])) {
			v[n] = join(x.names[i], x.values[i]);
			n += v[n] != NULL;
			want++;
		}
	if (!own(c, "LD_LIBRARY_PATH")) {
		v[n] = library_path(root);
		n += v[n] != NULL;
		want++;
	}
	for (size_t i = 0; i < c->nvariables; i++, want++) {
		v[n] = join(c->variables[i].name, c->variables[i].value);
		n += v[n] != NULL;
	}
	if (n < want) {
		variables_free(v);
		return (NULL);
	}
	return (v);
}

void
variables_free(char **variables)
{

	if (variables == NULL)
		return;
	for (char **v = variables; *v != NULL; v++)
		free(*v);
	free(variables);
}
