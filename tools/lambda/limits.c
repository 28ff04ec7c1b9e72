#include "config.h"

#include "clock.h"
#include "invoke.h"

#define RATE 10.0	/* calls a second for each concurrent one */
#define BURST_S 10.0	/* in which --burst environments may begin */

int
limits_take(struct bucket *b, double room, double rate)
{
	double now = sv_clock_mono();

	/* Token bucket: level += rate * time, up to its room. */
	b->level = b->at > 0 ? b->level + rate * (now - b->at) : room;
	if (b->level > room)
		b->level = room;
	b->at = now;
	if (b->level < 1)
		return (0);
	b->level -= 1;
	return (1);
}

static uint32_t
running(const struct function *f)
{

	return (f->calls == NULL ? 0 : f->calls->running);
}

/* Is what the account has, without what others have reserved, in use? */
static int
account_is_full(const struct lambda *l)
{
	uint64_t reserved = 0, used = 0;

	for (const struct function *f = l->functions; f != NULL; f = f->next)
		if (f->reserved >= 0 && !f->deleted)
			reserved += (uint64_t)f->reserved;
		else
			used += running(f);
	return (used + reserved >= l->o->concurrency);
}

enum refusal
limits_admit(struct function *f, enum call_type type)
{
	double limit = f->reserved >= 0 ? (double)f->reserved :
	    (double)f->l->o->concurrency;

	if (f->reserved >= 0 && running(f) >= (uint64_t)f->reserved)
		return (CALL_THROTTLED_RESERVED);
	if (f->reserved < 0 && account_is_full(f->l))
		return (CALL_THROTTLED_ACCOUNT);
	if (limits_take(&f->calls->rate[type], RATE * limit, RATE * limit))
		return (CALL_ACCEPTED);
	return (f->reserved >= 0 ? CALL_THROTTLED_RESERVED_RATE :
	    CALL_THROTTLED_RATE);
}

enum refusal
limits_grow(struct function *f)
{
	double burst = (double)f->l->o->burst;

	return (limits_take(&f->calls->burst, burst, burst / BURST_S) ?
	    CALL_ACCEPTED : CALL_THROTTLED_RATE);
}

struct throttle {
	enum refusal why;
	const char *reason;
};

static const char *
throttle_reason(enum refusal why)
{
	static const struct throttle reasons[] = {
		{ CALL_THROTTLED_RESERVED,
		    "ReservedFunctionConcurrentInvocationLimitExceeded" },
		{ CALL_THROTTLED_ACCOUNT, "ConcurrentInvocationLimitExceeded" },
		{ CALL_THROTTLED_RATE, "FunctionInvocationRateLimitExceeded" },
		{ CALL_THROTTLED_RESERVED_RATE,
		    "ReservedFunctionInvocationRateLimitExceeded" }
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].why == why)
			return (reasons[i].reason);
	return (NULL);
}

void
invoke_reply_refusal(struct request *r, enum refusal why)
{
	const char *reason = throttle_reason(why);
	const char *error = "ServiceException";
	unsigned status = 500;
	json_t *o;

	if (reason != NULL) {
		status = 429;
		error = "TooManyRequestsException";
		o = json_pack("{s:s, s:s, s:s}", "Reason", reason, "Type",
		    "User", "message", "Rate Exceeded.");
	} else if (why == CALL_TOO_LARGE) {
		status = 413;
		error = "RequestTooLargeException";
		o = json_pack("{s:s, s:o}", "Type", "User", "message",
		    json_sprintf("%zu byte payload is too large for this "
		    "invocation type (limit %zu bytes, %zu for events)",
		    r->length, LAMBDA_SYNC_MAX, LAMBDA_ASYNC_MAX));
	} else if (why == CALL_PENDING) {
		status = 409;
		error = "ResourceConflictException";
		o = json_pack("{s:s, s:s}", "Type", "User", "message",
		    "The operation cannot be performed at this time. The "
		    "function is currently in the following state: Pending");
	} else
		o = json_pack("{s:s, s:s}", "Type", "Service", "Message",
		    why == CALL_ENDING ? "The service is being stopped." :
		    "No environment could be started.");
	http_reply_json(r, status, error, o);
}
