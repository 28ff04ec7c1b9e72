#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "api.h"
#include "err.h"

/* What requests ask for, checked before it is taken. */

#define ROLE_RE "arn:(aws[a-zA-Z-]*)?:iam::[0-9]{12}:role/?" \
	"[a-zA-Z_0-9+=,.@/-]+"
#define ROLE_SHOWN "arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?" \
	"[a-zA-Z_0-9+=,.@\\-_/]+"
#define VARIABLES_MAX 4096u
#define NO_VARIABLES "Lambda was unable to configure your environment " \
	"variables because the environment variables you have provided "

/* What the service sets itself. */
static const char *const reserved[] = { "_HANDLER", "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_MAX_CONCURRENCY",
    "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY",
    "AWS_SECRET_KEY", "AWS_SESSION_TOKEN", "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT" };

/* Members that mean nothing here, and are shown as they came. */
static const char *const kept[] = { "VpcConfig", "DeadLetterConfig",
    "KMSKeyArn", "TracingConfig", "LoggingConfig", "FileSystemConfigs" };

/* The member, if it is there and not null. */
static json_t *
member(const json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);

	return (json_is_null(v) ? NULL : v);
}

static int
wrong_type(struct api *a, const char *key, const char *wanted)
{

	return (api_error(a, 400, "SerializationException",
	    "%s is to be %s", key, wanted));
}

int
api_string(struct api *a, const json_t *o, const char *key,
    const char **value)
{
	const json_t *v = member(o, key);

	if (v == NULL)
		return (0);
	if (!json_is_string(v))
		return (wrong_type(a, key, "a string"));
	*value = json_string_value(v);
	return (1);
}

int
api_object(struct api *a, const json_t *o, const char *key, json_t **value)
{
	json_t *v = member(o, key);

	if (v == NULL)
		return (0);
	if (!json_is_object(v))
		return (wrong_type(a, key, "an object"));
	*value = v;
	return (1);
}

int
api_integer(struct api *a, const json_t *o, const char *key,
    const char *shown, int64_t min, int64_t max, int64_t *value)
{
	const json_t *v = member(o, key);
	char text[32], bound[96];
	json_int_t n;

	if (v == NULL)
		return (0);
	if (!json_is_integer(v))
		return (wrong_type(a, key, "an integer"));
	n = json_integer_value(v);
	if (n < min || n > max) {
		snprintf(text, sizeof(text), "%lld", (long long)n);
		snprintf(bound, sizeof(bound),
		    "have value %s than or equal to %lld",
		    n < min ? "greater" : "less",
		    (long long)(n < min ? min : max));
		return (api_invalid(a, text, shown, bound));
	}
	*value = n;
	return (1);
}

/* A member of ${c} from a string of at most ${max} bytes; as api_string(). */
static int
take_string(struct api *a, char **to, const char *key, const char *shown,
    size_t max)
{
	char bound[64];
	const char *s = NULL;
	int got = api_string(a, a->body, key, &s);

	if (got != 1)
		return (got);
	if (strlen(s) > max) {
		snprintf(bound, sizeof(bound),
		    "have length less than or equal to %zu", max);
		return (api_invalid(a, s, shown, bound));
	}
	if (config_string(to, s) == -1)
		return (api_no_memory(a));
	return (1);
}

static int
take_number(struct api *a, const json_t *o, const char *key,
    const char *shown, uint32_t min, uint32_t max, uint32_t *to)
{
	int64_t n = *to;
	int got = api_integer(a, o, key, shown, min, max, &n);

	*to = (uint32_t)n;
	return (got == -1 ? -1 : 0);
}

static int
is_like(const char *s, const char *re)
{
	regex_t r;
	char anchored[128];
	int yes;

	snprintf(anchored, sizeof(anchored), "^%s$", re);
	if (regcomp(&r, anchored, REG_EXTENDED | REG_NOSUB) != 0)
		return (0);
	yes = regexec(&r, s, 0, NULL, 0) == 0;
	regfree(&r);
	return (yes);
}

static int
take_texts(struct api *a, struct config *c)
{
	int got;

	if (take_string(a, &c->description, "Description", "description",
	    256) == -1)
		return (-1);
	if ((got = take_string(a, &c->role, "Role", "role", 512)) == -1)
		return (-1);
	if (got == 1 && !is_like(c->role, ROLE_RE))
		return (api_invalid(a, c->role, "role",
		    "satisfy regular expression pattern: " ROLE_SHOWN));
	if ((got = take_string(a, &c->handler, "Handler", "handler", 128)) ==
	    -1)
		return (-1);
	if (got == 1 && (c->handler[0] == '\0' ||
	    strpbrk(c->handler, " \t\n\v\f\r") != NULL))
		return (api_invalid(a, c->handler, "handler",
		    "satisfy regular expression pattern: [^\\s]+"));
	if ((got = take_string(a, &c->runtime, "Runtime", "runtime", 64)) ==
	    -1)
		return (-1);
	if (got == 1 && strcmp(c->runtime, "provided.al2023") != 0 &&
	    strcmp(c->runtime, "provided.al2") != 0)
		return (api_bad(a, "Value %s at 'runtime' failed to satisfy "
		    "constraint: Member must satisfy enum value set: "
		    "[provided.al2023, provided.al2] (sv-lambda has no other "
		    "runtimes)", c->runtime));
	return (0);
}

static int
take_numbers(struct api *a, struct config *c)
{
	json_t *tmp = NULL;
	int got;

	if (take_number(a, a->body, "MemorySize", "memorySize", 128, 10240,
	    &c->memory) == -1 ||
	    take_number(a, a->body, "Timeout", "timeout", 1, 900,
	    &c->timeout) == -1)
		return (-1);
	if ((got = api_object(a, a->body, "EphemeralStorage", &tmp)) != 1)
		return (got);
	return (take_number(a, tmp, "Size", "ephemeralStorage.size", 512,
	    10240, &c->tmp));
}

static int
check_variable(struct api *a, const char *name, const json_t *value)
{

	if (!json_is_string(value))
		return (wrong_type(a, name, "a string"));
	if (!isalpha((unsigned char)name[0]) || strlen(name) < 2 ||
	    !is_like(name, "[a-zA-Z][a-zA-Z0-9_]+")) {
		for (size_t i = 0; i < 2; i++)
			if (strcmp(name, reserved[i]) == 0)
				return (0);	/* told apart below */
		return (api_error(a, 400, "ValidationException",
		    "1 validation error detected: Value at 'environment."
		    "variables' failed to satisfy constraint: Map keys must "
		    "satisfy constraint: [Member must satisfy regular "
		    "expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]"));
	}
	return (0);
}

static int
check_variables(struct api *a, json_t *variables)
{
	char names[512] = "";
	const char *name;
	json_t *value;
	char *text;
	size_t used = 0;

	json_object_foreach(variables, name, value)
		if (check_variable(a, name, value) == -1)
			return (-1);
	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++)
		if (json_object_get(variables, reserved[i]) != NULL)
			used += (size_t)snprintf(names + used,
			    sizeof(names) - used, "%s%s",
			    used > 0 ? ", " : "", reserved[i]);
	if (used > 0)
		return (api_bad(a, NO_VARIABLES "contains reserved keys that "
		    "are currently not supported for modification. Reserved "
		    "keys used in this request: %s", names));
	if ((text = json_dumps(variables, JSON_COMPACT)) == NULL)
		return (api_no_memory(a));
	used = strlen(text);
	free(text);
	if (used > VARIABLES_MAX)
		return (api_bad(a, NO_VARIABLES "exceeded the 4KB limit. "
		    "String measured: %zu bytes", used));
	return (0);
}

static int
take_variables(struct api *a, struct config *c)
{
	json_t *environment = NULL, *variables = NULL, *value;
	const char *name;
	int got;

	if ((got = api_object(a, a->body, "Environment", &environment)) != 1)
		return (got);
	if ((got = api_object(a, environment, "Variables", &variables)) == -1)
		return (-1);
	if (got == 1 && check_variables(a, variables) == -1)
		return (-1);
	config_no_variables(c);
	json_object_foreach(variables, name, value)
		if (config_variable(c, name, json_string_value(value)) == -1)
			return (api_no_memory(a));
	return (0);
}

/* What there is no way to do here. */
static int
check_unknown(struct api *a)
{
	const char *type = "Zip";

	if (json_array_size(json_object_get(a->body, "Layers")) > 0)
		return (api_bad(a, "sv-lambda runs no function with layers: "
		    "put what is in them into the package"));
	if (api_string(a, a->body, "PackageType", &type) == -1)
		return (-1);
	if (strcmp(type, "Zip") != 0)
		return (api_bad(a, "sv-lambda runs packages of type Zip "
		    "only"));
	return (0);
}

int
api_architecture(struct api *a, struct config *c)
{
	const json_t *v = member(a->body, "Architectures");
	struct utsname host;
	const char *s;

	if (v == NULL)
		return (0);
	s = json_string_value(json_array_get(v, 0));
	if (json_array_size(v) != 1 || s == NULL ||
	    (strcmp(s, "x86_64") != 0 && strcmp(s, "arm64") != 0))
		return (api_invalid(a, s == NULL ? "[]" : s, "architectures",
		    "satisfy constraint: [Member must satisfy enum value "
		    "set: [x86_64, arm64]], and have length less than or "
		    "equal to 1"));
	snprintf(c->architecture, sizeof(c->architecture), "%s", s);
	if (uname(&host) != -1 && strcmp(host.machine,
	    strcmp(s, "arm64") == 0 ? "aarch64" : s) != 0)
		sv_warnx("a function for %s: this machine is %s", s,
		    host.machine);
	return (0);
}

int
api_settings(struct api *a, struct config *c)
{
	json_t *v;

	if (check_unknown(a) == -1 || take_texts(a, c) == -1 ||
	    take_numbers(a, c) == -1 || take_variables(a, c) == -1)
		return (-1);
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		if ((v = member(a->body, kept[i])) != NULL &&
		    json_object_set(c->kept, kept[i], v) == -1)
			return (api_no_memory(a));
	return (0);
}

/* Unpack a zip; NULL after a reply. */
static struct code *
unpack(struct api *a, const void *zip, size_t length, const char *operation)
{
	struct code *code;
	char why[256];

	if (length > LAMBDA_ZIP_MAX) {
		api_error(a, 413, "RequestEntityTooLargeException", "Request "
		    "must be smaller than %zu bytes for the %s operation",
		    (LAMBDA_ZIP_MAX + 2) / 3 * 4, operation);
		return (NULL);
	}
	if ((code = package_unpack(a->l, zip, length, why)) != NULL)
		return (code);
	if (errno == EINVAL || errno == EFBIG)
		api_bad(a, "%s", why);
	else {
		sv_warnx("%s", why);
		api_error(a, 500, "ServiceException", "%s", why);
	}
	return (NULL);
}

struct code *
api_code(struct api *a, const json_t *o, const char *operation)
{
	struct code *code = NULL;
	unsigned char *zip;
	const char *text = NULL;
	size_t length;
	int got;

	if (member(o, "S3Bucket") != NULL || member(o, "S3Key") != NULL ||
	    member(o, "ImageUri") != NULL) {
		api_bad(a, "sv-lambda takes code from ZipFile only: it knows "
		    "of no S3 bucket and no image");
		return (NULL);
	}
	if ((got = api_string(a, o, "ZipFile", &text)) == -1)
		return (NULL);
	if (got == 0) {
		api_bad(a, "Please provide a source for function code.");
		return (NULL);
	}
	length = strlen(text) / 4 * 3 + 3;
	if ((zip = malloc(length)) == NULL) {
		api_no_memory(a);
		return (NULL);
	}
	if (sodium_base642bin(zip, length, text, strlen(text), "\r\n", &length,
	    NULL, sodium_base64_VARIANT_ORIGINAL) == -1)
		api_error(a, 400, "SerializationException",
		    "ZipFile is to be base64");
	else
		code = unpack(a, zip, length, operation);
	free(zip);
	return (code);
}
