#ifndef SV_PRICE_H
#define SV_PRICE_H

#include <stddef.h>
#include <stdint.h>

/*
 * What a provider asks for, in US dollars.  The numbers are in a file, dated,
 * with their source: lib/prices.json, which is installed and also compiled in.
 * A table is one JSON object:
 *
 *	provider, region, date	strings of at most 63 bytes, none empty
 *	request		dollars for an invocation
 *	duration	an object of the two architectures: each an array of
 *			tiers in order, {"upto": GB-seconds of a month, "rate":
 *			dollars for one}; the last without upto
 *	free		{"requests": n, "gb_seconds": n} of each month
 *	machines	an array, perhaps empty, of {"name": a name once,
 *			without comma, blank and equals sign, "cores": n,
 *			"hour": dollars}
 *
 * Numbers are finite and not negative, tiers go up, and cores are 1 to 4096.
 * Other members are for people.
 */

enum sv_price_arch { SV_PRICE_X86_64, SV_PRICE_ARM64, SV_PRICE_ARCH_N };

#define SV_PRICE_TIERS 8u	/* at most */
#define SV_PRICE_NAME 64u	/* room for a name, with its end */
#define SV_PRICE_MACHINES 32u	/* at most */
#define SV_PRICE_CORES 4096u	/* of a machine, at most */
#define SV_PRICE_FILE 65536u	/* bytes of a table, at most */

/* GB-seconds of a month up to ${upto} cost ${rate} each; the last: infinite. */
struct sv_price_tier {
	double upto;
	double rate;
};

/* A machine by the hour, which one could take instead. */
struct sv_price_machine {
	char name[SV_PRICE_NAME];
	uint32_t cores;
	double hour;	/* dollars */
};

struct sv_price {
	char provider[SV_PRICE_NAME];	/* "AWS Lambda" */
	char region[SV_PRICE_NAME];
	char date[SV_PRICE_NAME];	/* of the table: "2025-12" */
	double request;
	struct sv_price_tier tier[SV_PRICE_ARCH_N][SV_PRICE_TIERS];
	size_t ntier[SV_PRICE_ARCH_N];	/* one at least */
	double free_requests;	/* a month */
	double free_gb_seconds;
	struct sv_price_machine machine[SV_PRICE_MACHINES];
	size_t nmachine;	/* the first is the one to compare with */
};

/**
 * sv_price_builtin(p):
 * The table that is compiled in.  Return 0, or -1 after a line on stderr where
 * memory is out.
 */
int sv_price_builtin(struct sv_price *p);

/**
 * sv_price_read(p, path):
 * Read the table in the file ${path}, or the one that is compiled in where it
 * is NULL.  Return 0, or -1 after a line on stderr that names the file and says
 * what was expected; ${*p} is then not to be used.
 */
int sv_price_read(struct sv_price *p, const char *path);

/**
 * sv_price_parse(p, text, len, what):
 * The same of ${len} bytes of text, called ${what} in messages.
 */
int sv_price_parse(struct sv_price *p, const char *text, size_t len,
    const char *what);

/**
 * sv_price_machine(p, name):
 * The machine of that name, or NULL.  It lives as long as ${p}.
 */
const struct sv_price_machine *sv_price_machine(const struct sv_price *p,
    const char *name);

/**
 * sv_price_arch_name(arch), sv_price_arch_parse(name, arch):
 * "x86_64" or "arm64"; set ${*arch} to the one called ${name}.  Return 0, or
 * -1 where there is none of that name.
 */
const char *sv_price_arch_name(enum sv_price_arch arch);
int sv_price_arch_parse(const char *name, enum sv_price_arch *arch);

/**
 * sv_price_arch_option(name, arch):
 * The same for the value of --arch: -1 after a line on stderr.
 */
int sv_price_arch_option(const char *name, enum sv_price_arch *arch);

/**
 * sv_price_requests(p, n, share):
 * Dollars for ${n} invocations that were begun; with ${share} the month's free
 * ones are taken off, as if there were no others.
 */
double sv_price_requests(const struct sv_price *p, double n, int share);

/**
 * sv_price_duration(p, arch, gb_seconds, share):
 * Dollars for so many GB-seconds in one month, configured MB / 1024, times
 * billed seconds; tier by tier, and ${share} likewise.  The free ones are those
 * of the first tier, and the tiers are counted from behind them.
 */
double sv_price_duration(const struct sv_price *p, enum sv_price_arch arch,
    double gb_seconds, int share);

/**
 * sv_price_rate(p, arch, mb):
 * Dollars a second for a function of ${mb} MB in the first tier.
 */
double sv_price_rate(const struct sv_price *p, enum sv_price_arch arch,
    double mb);

#endif /* !SV_PRICE_H */
