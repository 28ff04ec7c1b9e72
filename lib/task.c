#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fista.h"
#include "json.h"
#include "newton.h"
#include "newtoncg.h"
#include "task.h"

#define MAXITER 1000000000u

static const struct sv_local * const solvers[] = {
	&sv_newton, &sv_newtoncg, &sv_fista
};

const struct sv_local *
sv_task_solver(const char *name)
{

	for (size_t i = 0; i < sizeof(solvers) / sizeof(solvers[0]); i++)
		if (strcmp(solvers[i]->name, name) == 0)
			return (solvers[i]);
	return (NULL);
}

/* A member that is not known changes the meaning of those that are. */
static int
strange(json_t *o, char why[SV_WHY])
{
	static const char * const known[] = {
		"task", "loss", "param", "intercept", "weights", "memory",
		"solver", "kmin", "kmax", "eps_g", "eps_f"
	};
	const char *key;
	json_t *m;
	size_t i;

	json_object_foreach(o, key, m) {
		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (strcmp(key, known[i]) == 0)
				break;
		if (i == sizeof(known) / sizeof(known[0])) {
			snprintf(why, SV_WHY, "task: \"%.80s\" is not known here",
			    key);
			return (1);
		}
	}
	return (0);
}

/* A finite number, 0 or more. */
static int
tolerance(const json_t *o, const char *key, double *value)
{

	if (sv_json_double(o, key, value) == -1)
		return (-1);
	return (isfinite(*value) && *value >= 0.0 ? 0 : -1);
}

static const char *
parse_options(struct sv_local_options *p, const json_t *o)
{

	if (sv_json_u64(o, "kmax", 1, MAXITER, &p->kmax) == -1)
		return ("\"kmax\" must be a whole number from 1");
	if (sv_json_u64(o, "kmin", 1, p->kmax, &p->kmin) == -1)
		return ("\"kmin\" must be a whole number from 1 to \"kmax\"");
	if (tolerance(o, "eps_g", &p->eps_g) == -1)
		return ("\"eps_g\" must be a number, not below 0");
	if (tolerance(o, "eps_f", &p->eps_f) == -1)
		return ("\"eps_f\" must be a number, not below 0");
	return (NULL);
}

/* Weights of the two classes, if the loss knows any. */
static const char *
parse_weights(struct sv_task *task, const json_t *o)
{
	const json_t *w = json_object_get(o, "weights");

	task->weight[0] = task->weight[1] = 1.0;
	if (w == NULL)
		return (NULL);
	if (!task->loss->classes)
		return ("\"weights\" are for a loss of two classes");
	if (json_array_size(w) != 2)
		return ("\"weights\" must be two numbers");
	for (size_t i = 0; i < 2; i++) {
		task->weight[i] = json_is_number(json_array_get(w, i)) ?
		    json_number_value(json_array_get(w, i)) : -1.0;
		if (!(isfinite(task->weight[i]) && task->weight[i] >= 0.0))
			return ("\"weights\" must be numbers, not below 0");
	}
	return (NULL);
}

/* What may be absent. */
static const char *
parse_model(struct sv_task *task, const json_t *o)
{
	const json_t *intercept = json_object_get(o, "intercept");

	task->param = task->loss->param;
	if (json_object_get(o, "param") != NULL &&
	    (!(task->loss->param > 0.0) ||
	    sv_json_double(o, "param", &task->param) == -1 ||
	    !isfinite(task->param) || task->param <= 0.0))
		return ("\"param\" must be a number above 0, and the loss must "
		    "have one");
	if (intercept != NULL && !json_is_boolean(intercept))
		return ("\"intercept\" must be true or false");
	task->intercept = json_is_true(intercept);
	task->memory = 0;
	if (json_object_get(o, "memory") != NULL &&
	    sv_json_u32(o, "memory", 0, SV_TASK_MEMORY, &task->memory) == -1)
		return ("\"memory\" must be a whole number up to 60");
	return (parse_weights(task, o));
}

/* Loss and solver, by their names. */
static int
parse_names(struct sv_task *task, const json_t *o, char why[SV_WHY])
{
	const char *name;

	if (sv_json_string(o, "loss", &name) == -1)
		name = "";
	if ((task->loss = sv_loss_find(name)) == NULL) {
		snprintf(why, SV_WHY, "task: loss \"%.80s\" is not known", name);
		return (-1);
	}
	if (sv_json_string(o, "solver", &name) == -1)
		name = "";
	if ((task->solver = sv_task_solver(name)) == NULL) {
		snprintf(why, SV_WHY, "task: solver \"%.80s\" is not known",
		    name);
		return (-1);
	}
	return (0);
}

static int
parse_members(struct sv_task *task, json_t *o, char why[SV_WHY])
{
	const char *what;
	uint32_t version;

	if (sv_json_u32(o, "task", 1, 1, &version) == -1) {
		snprintf(why, SV_WHY, "task: \"task\" must be 1, the version "
		    "known here");
		return (-1);
	}
	if (strange(o, why) || parse_names(task, o, why) == -1)
		return (-1);
	if ((what = parse_model(task, o)) != NULL ||
	    (what = parse_options(&task->options, o)) != NULL) {
		snprintf(why, SV_WHY, "task: %s", what);
		return (-1);
	}
	return (0);
}

int
sv_task_parse(struct sv_task *task, const char *text, size_t len,
    char why[SV_WHY])
{
	json_error_t error;
	json_t *o;
	int rc;

	o = json_loadb(len > 0 ? text : "", len, JSON_REJECT_DUPLICATES, &error);
	if (o == NULL) {
		snprintf(why, SV_WHY, "task: not JSON: %s", error.text);
		return (-1);
	}
	rc = parse_members(task, o, why);
	json_decref(o);
	return (rc);
}

char *
sv_task_text(const struct sv_task *task)
{
	const struct sv_local_options *p = &task->options;
	char *text = NULL;
	json_t *o;

	o = json_pack("{s:i, s:s, s:b, s:I, s:s, s:I, s:I, s:f, s:f}",
	    "task", 1, "loss", task->loss->name, "intercept", task->intercept,
	    "memory", (json_int_t)task->memory, "solver", task->solver->name,
	    "kmin", (json_int_t)p->kmin, "kmax", (json_int_t)p->kmax,
	    "eps_g", p->eps_g, "eps_f", p->eps_f);
	if (o == NULL)
		return (NULL);
	if ((!(task->loss->param > 0.0) ||
	    json_object_set_new(o, "param", json_real(task->param)) == 0) &&
	    (!task->loss->classes || json_object_set_new(o, "weights",
	    json_pack("[f, f]", task->weight[0], task->weight[1])) == 0))
		text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return (text);
}
