#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The library's, which does the work. */
#include <upload.h>

#include "clock.h"
#include "err.h"
#include "human.h"
#include "s3.h"
#include "upload.h"
#include "web.h"

#define EVERY 0.2	/* s between two lines of progress */

struct upload {
	struct sv_upload *up;
	int quiet;
	int (*stopped)(void);
	double began;	/* s, monotonic */
	double shown;
};

int
upload_wanted(const char *output)
{

	return (sv_s3_is(output) || sv_web_is(output));
}

/* Show how far it is, now and then; is it to stop? */
static int
step(void *ctx, uint64_t done, uint64_t all)
{
	char bytes[SV_HUMAN], speed[SV_HUMAN], left[SV_HUMAN];
	struct upload *u = ctx;
	double now = sv_clock_mono(), took = now - u->began;

	if (u->stopped != NULL && u->stopped())
		return (1);
	if (u->quiet || done == 0 || now - u->shown < EVERY)
		return (0);
	u->shown = now;
	sv_err_progress("uploading: %.0f %%, %s, %s/s, %s left",
	    100 * (double)done / (double)all,
	    sv_human_bytes(bytes, (double)done),
	    sv_human_bytes(speed, (double)done / took),
	    sv_human_seconds(left, took * (double)(all - done) /
	    (double)done));
	return (0);
}

struct upload *
upload_new(const char *url)
{
	struct sv_upload_options o = { .step = step };
	char why[SV_WHY];
	struct upload *u;

	if ((u = calloc(1, sizeof(*u))) == NULL) {
		sv_warn("-o");
		return (NULL);
	}
	o.ctx = u;
	if ((u->up = sv_upload_new(url, &o, why)) != NULL)
		return (u);
	sv_warnx("-o: %s", why);
	free(u);
	return (NULL);
}

void
upload_quiet(struct upload *u)
{

	u->quiet = 1;
}

char *
upload_url(const struct upload *u, const char *name)
{

	return (sv_upload_url(u->up, name));
}

json_t *
upload_where(const struct upload *u)
{

	return (sv_upload_where(u->up));
}

/* "DIR/NAME" for ${u}; -1 with a reason. */
static int
add(struct upload *u, const char *dir, const char *name, char why[SV_WHY])
{
	size_t room = strlen(dir) + strlen(name) + 2;
	char *path = malloc(room);
	int rc;

	if (path == NULL) {
		snprintf(why, SV_WHY, "%.200s: out of memory", name);
		return (-1);
	}
	snprintf(path, room, "%s/%s", dir, name);
	rc = sv_upload_add(u->up, path, name, why);
	free(path);
	return (rc);
}

int
upload_all(struct upload *u, const char *dir, char *const *names, size_t n,
    int (*stopped)(void))
{
	char why[SV_WHY];
	int rc = 0, canceled;

	u->stopped = stopped;
	u->began = u->shown = sv_clock_mono();
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = add(u, dir, names[i], why);
	if (rc == 0)
		rc = sv_upload_run(u->up, why);
	canceled = rc == -1 && errno == ECANCELED && why[0] == '\0';
	sv_err_progress("%s", "");
	if (rc == 0)
		return (0);
	if (!canceled)
		sv_warnx("%s", why);
	upload_undo(u);
	return (-1);
}

void
upload_undo(struct upload *u)
{
	char why[SV_WHY];
	uint64_t left = sv_upload_undo(u->up, why);

	if (left > 0)
		sv_warnx("%" PRIu64 " of the files that were uploaded may be"
		    " there still: %s", left, why);
}

void
upload_free(struct upload *u)
{

	if (u == NULL)
		return;
	sv_upload_free(u->up);
	free(u);
}
