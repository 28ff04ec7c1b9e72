#ifndef FUNCTION_H
#define FUNCTION_H

#include "lambda.h"

/*
 * Functions, their configurations, and the code that they run.  A part of
 * lambda.h, which includes it.
 */

/* --- packages (package.c) */

/* Unpacked code, shared by the environments that were started with it. */
struct code {
	char *dir;	/* root of the unpacked zip, absolute */
	char *zip;	/* the zip itself, as it came; absolute */
	char id[LAMBDA_ID];	/* by which it is downloaded */
	char sha256[45];	/* base64 */
	size_t size;	/* of the zip, bytes */
	uint64_t unzipped;	/* bytes */
	unsigned references;
};

struct package_part {	/* one zip */
	const void *data;
	size_t length;
};

/**
 * package_unpack(l, zip, length, why):
 * Unpack a zip in memory into a new directory of its own below the state
 * directory.  Return the code, with one reference; or NULL with the reason in
 * ${why} (of size 256) and errno EINVAL: it is not a zip, or not one that is
 * accepted; EFBIG: more than LAMBDA_UNZIPPED_MAX; anything else: the system.
 *
 * Refused are names that are absolute, have ".." in them, or are not UTF-8;
 * links, devices and encrypted files; a file that is there twice.  All in it
 * is owned by another user on AWS, so that only the mode bits for others
 * count, and nothing can be written.
 */
struct code *package_unpack(struct lambda *l, const void *zip, size_t length,
    char why[256]);

struct code *code_ref(struct code *c);
void code_unref(struct code *c);	/* and its files, with the last one */

/* --- configurations (settings.c) */

struct variable {
	char *name;
	char *value;
};

/* What an environment is made from; a new one for each update. */
struct config {
	uint32_t memory;	/* MB */
	uint32_t timeout;	/* s */
	uint32_t tmp;	/* MB of /tmp */
	char *handler;
	char *runtime;
	char *role;
	char *description;
	char architecture[8];
	struct variable *variables;
	size_t nvariables;
	struct code *code;	/* a reference */
	json_t *kept;	/* members that mean nothing here, shown as they came */
	char revision[LAMBDA_ID];
	char modified[32];	/* 2026-01-31T23:59:59.000+0000 */
	uint64_t serial;	/* the same in a version and what it was made of */
	unsigned references;
	char version[16];	/* "$LATEST" or a number */
};

/**
 * config_new(base):
 * A configuration with one reference: a copy of ${base}, or, for NULL, of
 * what CreateFunction gives where nothing is said; without code then.  Its
 * revision is new.  NULL if memory is out.
 */
struct config *config_new(const struct config *base);

struct config *config_ref(struct config *c);
void config_unref(struct config *c);	/* and its code; NULL is fine */

/**
 * config_string(member, value):
 * Set a string, such as &c->role, to a copy of ${value}.  0 or -1.
 */
int config_string(char **member, const char *value);

/**
 * config_variable(c, name, value):
 * Add an environment variable.  0 or -1.
 */
int config_variable(struct config *c, const char *name, const char *value);
void config_no_variables(struct config *c);

/**
 * config_touch(c):
 * A new revision, modified now.
 */
void config_touch(struct config *c);

/**
 * config_time(text, zone):
 * The time as in 2026-11-22T15:30:00.123, and what ${zone} calls UTC: in
 * configurations CONFIG_ZONE, in logs "Z".
 */
#define CONFIG_ZONE "+0000"
void config_time(char text[32], const char *zone);

/* --- functions (function.c) */

enum function_state { FUNCTION_PENDING, FUNCTION_ACTIVE, FUNCTION_FAILED };

#define FUNCTION_RETRIES 2	/* of asynchronous calls */
#define FUNCTION_MAX_AGE 21600	/* s */

struct function {
	struct lambda *l;
	struct function *next;
	char name[LAMBDA_NAME];
	char arn[192];	/* unqualified */
	enum function_state state;
	int updating;	/* LastUpdateStatus is InProgress */
	struct config *latest;	/* a reference; NULL once it is deleted */
	struct config **versions;	/* published; [i] is i + 1, NULL: deleted */
	size_t nversions;
	struct timer settle;	/* until Active, Successful */
	int64_t reserved;	/* concurrency; -1: none */
	int64_t retries;	/* of asynchronous calls, 0-2 */
	int64_t max_age;	/* s of asynchronous events */
	double invoke_config_at;	/* epoch; 0: there is none */
	char url_id[33];	/* "" : no function URL */
	int url_iam;	/* AuthType AWS_IAM */
	char url_created[32];
	char url_modified[32];
	json_t *url_cors;	/* or NULL */
	json_t *destinations;	/* of asynchronous calls; or NULL */
	json_t *policy;	/* statements, kept and not enforced; or NULL */
	json_t *tags;	/* or NULL */
	json_t *aliases;	/* each with its FunctionVersion; or NULL */
	int deleted;	/* not found any more, but still in the list */
	/* invoke.c's */
	struct invoke_state *calls;
};

/**
 * function_find(l, name):
 * The function of that plain name, or NULL.
 */
struct function *function_find(struct lambda *l, const char *name);

/**
 * function_by_url(l, id):
 * The function that has this URL id, or NULL.
 */
struct function *function_by_url(struct lambda *l, const char *id);

/**
 * function_config(f, qualifier):
 * The configuration behind a qualifier (NULL, "$LATEST", a number, an alias),
 * or NULL; the caller takes a reference with config_ref() if it keeps it.
 */
struct config *function_config(struct function *f, const char *qualifier);

/**
 * function_new(l, name, config):
 * Add a function, pending, that settles soon; takes the reference to
 * ${config}.  NULL if memory is out; the reference is gone in any case.
 */
struct function *function_new(struct lambda *l, const char *name,
    struct config *config);

/**
 * function_update(f, config):
 * Let ${config} be the latest from now on; takes the reference.
 */
void function_update(struct function *f, struct config *config);

/**
 * function_publish(f):
 * A version of what is the latest; the last version again if nothing has
 * changed since.  NULL if memory is out.
 */
struct config *function_publish(struct function *f);

/**
 * function_delete(f), function_delete_version(f, qualifier):
 * It is not found any more; what has begun goes on with what it has.
 */
void function_delete(struct function *f);
void function_delete_version(struct function *f, const char *qualifier);

/**
 * function_seed(l, s):
 * Make the function that -F asks for, active at once.  0, or -1 after a line.
 */
int function_seed(struct lambda *l, const struct lambda_seed *s);

/**
 * function_gone(f):
 * Called by invoke.c, from the loop, for a function that is deleted and has
 * neither a call nor an environment left: free it.
 */
void function_gone(struct function *f);

/**
 * function_free_all(l):
 * Forget all functions and layers, at the end, when no environment is left.
 */
void function_free_all(struct lambda *l);

#endif /* !FUNCTION_H */
