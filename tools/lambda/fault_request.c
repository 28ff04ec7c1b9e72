#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "err.h"
#include "fault.h"
#include "lambda.h"

void
fault_request(struct lambda *l, struct fault_answer *a)
{
	struct faults *f = l->faults;

	memset(a, 0, sizeof(*a));
	if (f->o == NULL)
		return;
	fault_answer(f, f->requests++, sv_clock_mono() - f->began, a);
	if (a->status == 0)
		return;
	f->counts[a->kind]++;
	if (l->o->verbose)
		sv_warnx("fault: request %llu: %u%s%s",
		    (unsigned long long)f->requests, a->status,
		    a->kind == FAULT_STORM ? ", a storm" : "",
		    a->cut ? ", unanswered, but called" :
		    a->begun ? ", but called" : "");
}

void
fault_reply(struct request *r, const struct fault_answer *a)
{
	char id[LAMBDA_ID], after[16], *text;
	int throttled = a->status == 429;
	struct http_field fields[] = {
		{ "Content-Type", "application/json" },
		{ "x-amzn-RequestId", id },
		{ "x-amzn-ErrorType", throttled ? "TooManyRequestsException" :
		    "ServiceException" },
		{ a->retry_after > 0 ? "Retry-After" : NULL, after },
		{ NULL, NULL }
	};
	json_t *o;

	if (a->cut) {
		http_drop(r);
		return;
	}
	lambda_uuid(id);
	snprintf(after, sizeof(after), "%u", a->retry_after);
	if (throttled)
		o = json_pack("{s:s, s:s, s:s}", "Reason",
		    a->kind == FAULT_STORM ? "CallerRateLimitExceeded" :
		    "ConcurrentInvocationLimitExceeded", "Type", "User",
		    "message", "Rate Exceeded.");
	else
		o = json_pack("{s:s, s:s}", "Type", "Service", "Message",
		    a->status == 502 ? "Bad Gateway" :
		    "An error occurred and the request cannot be processed.");
	text = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	http_reply(r, a->status, fields, text, text != NULL ? strlen(text) : 0);
	free(text);
}

int
fault_call(struct lambda *l, double *after)
{
	struct faults *f = l->faults;

	if (f->o == NULL)
		return (0);
	*after = fault_duplicate(f, f->calls++);
	return (*after >= 0);
}

void
fault_called(const struct call *c)
{
	struct lambda *l = c->function->l;

	l->faults->counts[FAULT_DUPLICATE]++;
	if (l->o->verbose)
		sv_warnx("fault: function %s, call %s: delivered again",
		    c->function->name, c->id);
}
