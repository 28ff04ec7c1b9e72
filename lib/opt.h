#ifndef SV_OPT_H
#define SV_OPT_H

#include <stdint.h>

/*
 * Option values.  Each function parses the whole of ${arg}, checks it against
 * [${min}, ${max}], stores it in ${*value} and returns 0; otherwise it prints
 * one line that names the option ${name} (as typed, "-w" or "--l1"), the
 * argument and what was expected, and returns -1.
 */
int sv_opt_u64(const char *name, const char *arg, uint64_t min, uint64_t max,
    uint64_t *value);
int sv_opt_u32(const char *name, const char *arg, uint32_t min, uint32_t max,
    uint32_t *value);
int sv_opt_double(const char *name, const char *arg, double min, double max,
    double *value);

/* The options that every tool has, and the end of its table; for getopt.h. */
#define SV_OPT_COMMON \
	{ "verbose", no_argument, NULL, 'v' }, \
	{ "quiet", no_argument, NULL, 'q' }, \
	{ "help", no_argument, NULL, 'h' }, \
	{ "version", no_argument, NULL, 'V' }, \
	{ NULL, 0, NULL, 0 }

/*
 * What main() returns after options that end it.
 *
 * sv_opt_usage():	point at --help on stderr; SV_EXIT_USAGE
 * sv_opt_version():	for -V, print "tool (sv) VERSION"; as sv_opt_printed()
 * sv_opt_printed():	see what was printed on stdout written: SV_EXIT_DONE, or
 *			SV_EXIT_FAILED after a line on stderr
 */
int sv_opt_usage(void);
int sv_opt_version(void);
int sv_opt_printed(void);

#endif /* !SV_OPT_H */
