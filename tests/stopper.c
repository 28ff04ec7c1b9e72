/*
 * stopper FILE [within]
 *
 * Pass on what sv-spawn writes.  As soon as there is a FILE, ask the hub to stop
 * the job, for the reason that stands in it, within so many seconds.  Where FILE
 * is "-", nobody is ever told to stop.
 */
#include "config.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "io.h"
#include "json.h"

/* The reason, without the end of its line, or NULL: there is no file yet. */
static char *
reason(const char *path, char why[512])
{
	FILE *f = fopen(path, "r");
	size_t n;

	if (f == NULL)
		return (NULL);
	n = fread(why, 1, 511, f);
	fclose(f);
	why[n] = '\0';
	why[strcspn(why, "\n")] = '\0';
	return (why);
}

static int
stop(uint64_t job, const char *why, const char *within)
{
	json_t *o = json_pack("{s:s, s:s}", "event", "stop", "why", why);
	struct sv_frame f;

	if (within != NULL)
		json_object_set_new(o, "within_s", json_real(atof(within)));
	if (sv_json_frame(&f, SV_EVENT, o) == -1)
		return (-1);
	f.job = job;
	return (sv_frame_send(STDOUT_FILENO, &f));
}

int
main(int argc, char **argv)
{
	struct pollfd p = { STDIN_FILENO, POLLIN, 0 };
	struct sv_reader *in;
	struct sv_frame f;
	enum sv_io rc = SV_IO_AGAIN;
	uint64_t job = 0;
	int done = 0;
	char why[512];

	sv_err_init(argv[0]);
	if (argc < 2 || (in = sv_reader_new(STDIN_FILENO, "spawn")) == NULL)
		return (1);
	while (rc != SV_IO_EOF) {
		if (!done && job != 0 && reason(argv[1], why) != NULL) {
			done = 1;
			if (stop(job, why, argv[2]) == -1)
				return (1);
		}
		if (poll(&p, 1, 10) <= 0)
			continue;
		rc = sv_reader_next(in, &f);
		if (rc == SV_IO_ERROR)
			return (1);
		if (rc != SV_IO_FRAME)
			continue;
		if (f.type == SV_JOB)
			job = f.job;
		if ((f.type != SV_EVENT || strcmp(argv[1], "-") != 0) &&
		    sv_frame_write(STDOUT_FILENO, &f) == -1)
			return (1);
		sv_frame_fini(&f);
	}
	sv_reader_free(in);
	return (0);
}
