#ifndef API_H
#define API_H

#include "lambda.h"

/*
 * The Lambda API.  One request is taken apart by api.c, which finds the
 * function that it is about, and answered by the handler of its path:
 *
 *	api.c		paths, names, errors
 *	api_check.c	what requests ask for, checked
 *	api_show.c	functions as answers show them
 *	api_functions.c	functions: made, changed, listed, deleted
 *	api_versions.c	versions, tags, permissions
 *	api_config.c	concurrency, asynchronous calls, function URLs
 *	api_aliases.c	aliases
 *	api_layers.c	layers
 *	api_misc.c	the account, packages handed out
 *	api_invoke.c	calls
 */

#define API_SEGMENTS 8u
#define API_PARAMETERS 32u
#define API_QUALIFIER 129u

struct api_parameter {
	char *name;
	char *value;
};

/* A request, taken apart; all strings are UTF-8. */
struct api {
	struct request *r;
	struct lambda *l;
	char *segments[API_SEGMENTS];	/* of the path */
	size_t nsegments;
	struct api_parameter query[API_PARAMETERS];
	size_t nquery;
	json_t *body;	/* an object, empty if there is no body; owned */
	char name[LAMBDA_NAME];	/* of the function; "": the path has none */
	char qualifier[API_QUALIFIER];	/* "": none */
	char arn[400];	/* of the function as named, with its qualifier */
	struct function *function;
	struct config *config;	/* that the qualifier means */
};

/**
 * api_error(a, status, type, fmt, ...):
 * Reply with an error.  Returns -1.
 */
int api_error(struct api *a, unsigned status, const char *type,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The most frequent ones: 400 ValidationException, InvalidParameterValue... */
int api_invalid(struct api *a, const char *value, const char *member,
    const char *constraint);
int api_bad(struct api *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int api_no_memory(struct api *a);

/**
 * api_reply(a, status, o):
 * Reply with ${o} (reference stolen); NULL is that memory is out, except for
 * 204, which has none.
 */
void api_reply(struct api *a, unsigned status, json_t *o);

/**
 * api_query(a, name):
 * The first value of a query parameter, or NULL.
 */
const char *api_query(const struct api *a, const char *name);

/**
 * api_name(a, text):
 * Take a function's name apart, in any of its forms: a->name, a->qualifier,
 * a->arn.  0, or -1 after a reply.
 */
int api_name(struct api *a, const char *text);

/* --- api_check.c */

/**
 * api_string(a, o, key, value), api_integer(a, o, key, shown, min, max, value):
 * A member of ${o}: 1 with ${*value} set, 0 if it is missing or null, or -1
 * after a reply.  ${shown} is what the reply calls it.
 */
int api_string(struct api *a, const json_t *o, const char *key,
    const char **value);
int api_integer(struct api *a, const json_t *o, const char *key,
    const char *shown, int64_t min, int64_t max, int64_t *value);

/**
 * api_object(a, o, key, value):
 * Likewise an object; borrowed.
 */
int api_object(struct api *a, const json_t *o, const char *key,
    json_t **value);

/**
 * api_settings(a, c):
 * Put all settings that the body has into ${c}, checked.  0, or -1 after a
 * reply.
 */
int api_settings(struct api *a, struct config *c);
int api_architecture(struct api *a, struct config *c);

/**
 * api_code(a, o, operation):
 * The code that ${o} has in it, or NULL after a reply.
 */
struct code *api_code(struct api *a, const json_t *o, const char *operation);

/**
 * api_tags(a, tags):
 * The tags that the body has, a new object, or NULL if it has none.  0, or -1
 * after a reply.
 */
int api_tags(struct api *a, json_t **tags);

/**
 * api_page(a, max):
 * How many items a list may have.  0, or -1 after a reply.
 */
int api_page(struct api *a, size_t *max);

/* --- api_show.c */

/**
 * api_configuration(a, f, c, qualified):
 * A function's configuration; with a qualified ARN or not.  NULL if memory is
 * out.
 */
json_t *api_configuration(struct api *a, const struct function *f,
    const struct config *c, int qualified);

/* --- api_aliases.c */

/**
 * api_unaliased(a):
 * 0 if no alias means the version a->config, or -1 after a reply.
 */
int api_unaliased(struct api *a);

/* --- api_layers.c */

/**
 * api_layer_code(l, id):
 * The content of a layer by its id, or NULL.
 */
const struct code *api_layer_code(const struct lambda *l, const char *id);

/* --- handlers: each replies */

void api_create(struct api *a);
void api_list(struct api *a);
void api_get(struct api *a);
void api_get_configuration(struct api *a);
void api_update_code(struct api *a);
void api_update_configuration(struct api *a);
void api_delete(struct api *a);

void api_publish(struct api *a);
void api_list_versions(struct api *a);
void api_add_permission(struct api *a);
void api_remove_permission(struct api *a);
void api_get_policy(struct api *a);
void api_tag(struct api *a);
void api_untag(struct api *a);
void api_list_tags(struct api *a);

void api_put_concurrency(struct api *a);
void api_delete_concurrency(struct api *a);
void api_get_concurrency(struct api *a);
void api_put_invoke_config(struct api *a);
void api_update_invoke_config(struct api *a);
void api_get_invoke_config(struct api *a);
void api_delete_invoke_config(struct api *a);
void api_create_url(struct api *a);
void api_update_url(struct api *a);
void api_get_url(struct api *a);
void api_delete_url(struct api *a);

void api_create_alias(struct api *a);
void api_update_alias(struct api *a);
void api_get_alias(struct api *a);
void api_delete_alias(struct api *a);
void api_list_aliases(struct api *a);

void api_publish_layer(struct api *a);
void api_get_layer(struct api *a);
void api_delete_layer(struct api *a);
void api_list_layer(struct api *a);
void api_list_layers(struct api *a);

void api_account(struct api *a);
void api_package(struct api *a);

void api_invoke(struct api *a);

#endif /* !API_H */
