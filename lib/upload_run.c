#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "upload_state.h"

#define PATIENCE 50	/* ms between two looks at everything, at most */
#define DRAIN 2.0	/* s for answers to what has been sent */
#define UNDO_TRIES 3u

/* What is to be done next?  Fill ${j}; 0 if there is nothing now. */
static int
next(struct sv_upload *u, struct sv_upload_job *j)
{

	while (u->first < u->files &&
	    u->file[u->first].stage == SV_UPLOAD_DONE)
		u->first++;
	for (size_t i = u->first; i < u->files; i++) {
		struct sv_upload_file *f = &u->file[i];

		if (f->stage == SV_UPLOAD_NEW)
			j->kind = f->parts > 0 ? SV_UPLOAD_BEGIN :
			    SV_UPLOAD_PUT;
		else if (f->stage == SV_UPLOAD_OPEN && f->next < f->parts)
			j->kind = SV_UPLOAD_PIECE;
		else if (f->stage == SV_UPLOAD_FULL)
			j->kind = SV_UPLOAD_END;
		else if (f->stage == SV_UPLOAD_SENT)
			j->kind = SV_UPLOAD_CHECK;
		else
			continue;
		if (j->kind == SV_UPLOAD_PIECE)
			j->piece = f->next++;
		else
			f->stage = SV_UPLOAD_BUSY;
		j->file = f;
		return (1);
	}
	return (0);
}

/* The same of what is to be undone. */
static int
next_undo(struct sv_upload *u, struct sv_upload_job *j)
{

	for (; u->first < u->files; u->first++) {
		struct sv_upload_file *f = &u->file[u->first];

		if (f->id != NULL)
			j->kind = SV_UPLOAD_ABORT;
		else if (f->made)
			j->kind = SV_UPLOAD_DELETE;
		else
			continue;
		j->file = f;
		u->first++;
		return (1);
	}
	return (0);
}

/* S3 has named an upload in parts. */
static int
opened(const struct sv_upload_job *j, char why[SV_WHY])
{
	struct sv_upload_file *f = j->file;
	char id[SV_UPLOAD_ID];

	if (sv_s3_element(j->answer, j->got, "UploadId", id, sizeof(id)) ==
	    -1 || id[0] == '\0') {
		snprintf(why, SV_WHY, "the answer has no UploadId: is this S3?");
		return (-1);
	}
	f->id = strdup(id);
	f->etags = calloc(f->parts, sizeof(*f->etags));
	f->stage = SV_UPLOAD_OPEN;
	if (f->id != NULL && f->etags != NULL)
		return (0);
	snprintf(why, SV_WHY, "out of memory");
	return (-1);
}

/* A request has done what it was to do; -1 with a reason otherwise. */
static int
advance(struct sv_upload *u, struct sv_upload_job *j, char why[SV_WHY])
{
	struct sv_upload_file *f = j->file;

	switch (j->kind) {
	case SV_UPLOAD_PUT:
		u->done += f->size;
		f->stage = u->s3 != NULL ? SV_UPLOAD_DONE : SV_UPLOAD_SENT;
		break;
	case SV_UPLOAD_BEGIN:
		return (opened(j, why));
	case SV_UPLOAD_PIECE:
		u->done += j->length;
		memcpy(f->etags[j->piece], j->etag, sizeof(j->etag));
		if (++f->done == f->parts)
			f->stage = SV_UPLOAD_FULL;
		break;
	case SV_UPLOAD_END:
		f->stage = SV_UPLOAD_SENT;
		break;
	case SV_UPLOAD_CHECK:
		f->stage = SV_UPLOAD_DONE;
		break;
	case SV_UPLOAD_DELETE:
		f->made = 0;
		u->undone++;
		break;
	case SV_UPLOAD_ABORT:
		u->undone++;
		break;
	}
	if (j->kind == SV_UPLOAD_END || j->kind == SV_UPLOAD_ABORT) {
		free(f->id);
		f->id = NULL;
	}
	return (0);
}

/* Put the name of the object before the reason. */
static void
explain(const struct sv_upload_job *j, unsigned times, char why[SV_WHY])
{
	char name[SV_WEB_NAME], reason[SV_WHY];
	size_t n;

	memcpy(reason, why, SV_WHY);
	sv_web_name(j->file->url, name);
	n = strlen(name) + sizeof(": (0000000000 times)");
	n = (size_t)snprintf(why, SV_WHY, "%s: %.*s", name,
	    (int)(SV_WHY - n), reason);
	if (times > 1)
		snprintf(why + n, SV_WHY - n, " (%u times)", times);
}

/* A request is over: 0 to go on, or -1 with a reason. */
static int
over(struct sv_upload *u, struct sv_upload_job *j, CURLcode code,
    unsigned tries, char why[SV_WHY])
{
	curl_off_t after = 0;
	enum sv_web_verdict v = sv_upload_judge(u, j, code, why);
	long status = 0;
	int refused, made = j->file->made;

	curl_easy_getinfo(j->easy, CURLINFO_RETRY_AFTER, &after);
	curl_easy_getinfo(j->easy, CURLINFO_RESPONSE_CODE, &status);
	refused = code == CURLE_OK && (status / 100 == 4 || status == 501);
	sv_upload_end(u, j);
	/* Who refuses it has nothing of it. */
	if (v == SV_WEB_NEVER && refused)
		j->file->made = made;
	j->sent = 0;
	if (v == SV_WEB_FINE && advance(u, j, why) == -1)
		v = SV_WEB_NEVER;
	if (v == SV_WEB_AGAIN && ++j->failed < tries) {
		u->again++;
		j->due = sv_clock_mono() + sv_web_wait(j->failed,
		    (double)after);
		return (0);
	}
	if (v != SV_WEB_FINE)
		explain(j, v == SV_WEB_AGAIN ? j->failed : 0, why);
	else if (j->kind == SV_UPLOAD_ABORT && j->file->made) {
		/* Whether it had ended nobody knows. */
		j->kind = SV_UPLOAD_DELETE;
		j->failed = 0;
		return (0);
	}
	j->file = NULL;
	return (v == SV_WEB_FINE ? 0 : -1);
}

/* Take what is over; how many, or -1 with a reason. */
static int
reap(struct sv_upload *u, unsigned tries, char why[SV_WHY])
{
	struct sv_upload_job *j;
	int left, n = 0;
	CURLMsg *m;

	while ((m = curl_multi_info_read(u->multi, &left)) != NULL) {
		CURLcode code = m->data.result;

		if (m->msg != CURLMSG_DONE || curl_easy_getinfo(m->easy_handle,
		    CURLINFO_PRIVATE, &j) != CURLE_OK)
			continue;
		n++;
		if (over(u, j, code, tries, why) == -1)
			return (-1);
	}
	return (n);
}

/* Begin what can be begun.  How many lanes are at work, or -1 with a reason. */
static int
fill(struct sv_upload *u, int (*what)(struct sv_upload *,
    struct sv_upload_job *), char why[SV_WHY])
{
	int n = 0;

	for (size_t i = 0; i < SV_UPLOAD_LANES; i++) {
		struct sv_upload_job *j = &u->job[i];

		if (j->file == NULL) {
			if (!what(u, j))
				continue;
			j->failed = 0;
			j->due = 0;
		}
		n++;
		if (j->easy != NULL || sv_clock_mono() < j->due)
			continue;
		if (sv_upload_begin(u, j, why) == -1) {
			explain(j, 0, why);
			j->file = NULL;
			return (-1);
		}
	}
	return (n);
}

/* Tell how far it is; not 0: stop. */
static int
step(const struct sv_upload *u)
{
	uint64_t done = u->done;

	if (u->o.step == NULL)
		return (0);
	for (size_t i = 0; i < SV_UPLOAD_LANES; i++)
		if (u->job[i].easy != NULL)
			done += u->job[i].sent;
	return (u->o.step(u->o.ctx, done < u->bytes ? done : u->bytes,
	    u->bytes));
}

/*
 * It has failed: let those answer who have got everything, so that what is there
 * is known.
 */
static void
drain(struct sv_upload *u)
{
	double until = sv_clock_mono() + DRAIN;
	char why[SV_WHY];
	int running;

	for (size_t i = 0; i < SV_UPLOAD_LANES; i++) {
		struct sv_upload_job *j = &u->job[i];

		if (j->easy == NULL || j->sent < j->length) {
			sv_upload_end(u, j);
			j->file = NULL;
		}
	}
	do {
		if (curl_multi_perform(u->multi, &running) != CURLM_OK)
			break;
		while (reap(u, 1, why) != 0)
			continue;
		curl_multi_poll(u->multi, NULL, 0, PATIENCE, NULL);
	} while (running > 0 && sv_clock_mono() < until);
}

int
sv_upload_run(struct sv_upload *u, char why[SV_WHY])
{
	int n, running, error = EIO;

	why[0] = '\0';
	for (;;) {
		if (step(u) != 0) {
			error = ECANCELED;
			break;
		}
		if ((n = fill(u, next, why)) == 0)
			return (0);
		if (n == -1)
			break;
		curl_multi_perform(u->multi, &running);
		if ((n = reap(u, u->o.tries, why)) == -1)
			break;
		if (n == 0)
			curl_multi_poll(u->multi, NULL, 0, PATIENCE, NULL);
	}
	drain(u);
	sv_upload_drop(u);
	errno = error;
	return (-1);
}

uint64_t
sv_upload_undo(struct sv_upload *u, char why[SV_WHY])
{
	double until = sv_clock_mono() + SV_UPLOAD_UNDO;
	uint64_t left = 0, undone = 0;
	char reason[SV_WHY];
	int n, running;

	snprintf(why, SV_WHY, "the server takes too long");
	u->first = 0;
	u->undone = 0;
	while (sv_clock_mono() < until) {
		reason[0] = '\0';
		if ((n = fill(u, next_undo, reason)) == 0)
			break;
		curl_multi_perform(u->multi, &running);
		if (n != -1)
			n = reap(u, UNDO_TRIES, reason);
		if (u->undone > undone) {
			undone = u->undone;
			until = sv_clock_mono() + SV_UPLOAD_UNDO;
		}
		if (n == -1)
			memcpy(why, reason, SV_WHY);
		if (n == 0)
			curl_multi_poll(u->multi, NULL, 0, PATIENCE, NULL);
	}
	sv_upload_drop(u);
	for (size_t i = 0; i < u->files; i++)
		left += u->file[i].made || u->file[i].id != NULL;
	return (left);
}

