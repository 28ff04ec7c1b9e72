#include "config.h"

#include <signal.h>

#include "err.h"
#include "info.h"
#include "job.h"
#include "options.h"

int
main(int argc, char **argv)
{
	struct options o = { .seed = 1, .elem = SV_F64 };
	int status;

	sv_err_init(argv[0]);
	if ((status = options_read(&o, argc, argv)) != -1)
		return (status);

	/* A reader that has gone, and a file that may not grow, are errors. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (o.info)
		return (info_run(o.format, o.source.names, o.source.n));
	return (job_run(&o));
}
