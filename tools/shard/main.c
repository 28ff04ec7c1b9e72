#include "config.h"

#include <signal.h>

#include "err.h"
#include "info.h"
#include "job.h"
#include "options.h"
#include "remote.h"

int
main(int argc, char **argv)
{
	struct options o = { .seed = 1, .elem = SV_F64 };
	struct remote_options remote;
	int status;

	sv_err_init(argv[0]);
	if ((status = options_read(&o, argc, argv)) != -1)
		return (status);

	/* A reader that has gone, and a file that may not grow, are errors. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (o.info)
		return (info_run(o.format, o.source.names, o.source.n));
	if (o.remote == NULL)
		return (job_run(&o));
	remote = (struct remote_options){ .url = o.remote,
	    .workers = o.workers, .d = o.source.text.d,
	    .zero_based = o.source.text.zero_based,
	    .positive = o.source.text.positive, .elem = o.elem,
	    .verbose = o.verbose, .quiet = o.quiet };
	return (remote_run(&remote));
}
