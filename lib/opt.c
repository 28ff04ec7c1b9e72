#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "err.h"
#include "opt.h"

int
sv_opt_u64(const char *name, const char *arg, uint64_t min, uint64_t max,
    uint64_t *value)
{
	char *end;
	uintmax_t v;

	errno = 0;
	v = strtoumax(arg, &end, 10);
	/* strtoumax() would take " 5" and turn "-1" into a large number. */
	if (!isdigit((unsigned char)arg[0]) || *end != '\0' || errno != 0 ||
	    v < min || v > max) {
		sv_warnx("%s %s: expected a whole number from %" PRIu64
		    " to %" PRIu64, name, arg, min, max);
		return (-1);
	}
	*value = (uint64_t)v;
	return (0);
}

int
sv_opt_u32(const char *name, const char *arg, uint32_t min, uint32_t max,
    uint32_t *value)
{
	uint64_t v;

	if (sv_opt_u64(name, arg, min, max, &v) == -1)
		return (-1);
	*value = (uint32_t)v;
	return (0);
}

int
sv_opt_double(const char *name, const char *arg, double min, double max,
    double *value)
{
	char *end;
	double v;

	errno = 0;
	v = strtod(arg, &end);
	if (end == arg || *end != '\0' || isspace((unsigned char)arg[0]) ||
	    !isfinite(v) || v < min || v > max) {
		sv_warnx("%s %s: expected a number from %g to %g", name, arg,
		    min, max);
		return (-1);
	}
	*value = v;
	return (0);
}

int
sv_opt_usage(void)
{

	fprintf(stderr, "try '%s --help'\n", sv_err_name());
	return (SV_EXIT_USAGE);
}

int
sv_opt_version(void)
{

	printf("%s (sv) %s\n", sv_err_name(), PACKAGE_VERSION);
	return (sv_opt_printed());
}

int
sv_opt_printed(void)
{

	if (fflush(stdout) == 0 && !ferror(stdout))
		return (SV_EXIT_DONE);
	sv_warn("standard output");
	return (SV_EXIT_FAILED);
}
