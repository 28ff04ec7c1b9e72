#ifndef SV_PRICE_H
#define SV_PRICE_H

/*
 * What AWS Lambda asks for, in US dollars: us-east-1, as the provider's price
 * list (aws.amazon.com/lambda/pricing, "US East (N. Virginia)") had it at the
 * end of 2025; see price.c for the numbers.  It is the price of the first tier,
 * which ends at 6 thousand million GB-seconds a month; the month's free
 * requests and GB-seconds belong to the account and are not subtracted.
 */
#define SV_PRICE_REGION "us-east-1"

enum sv_price_arch { SV_PRICE_X86_64, SV_PRICE_ARM64 };

/**
 * sv_price_arch_name(arch), sv_price_arch_parse(name, arch):
 * "x86_64" or "arm64"; set ${*arch} to the one called ${name}.  Return 0, or
 * -1 where there is none of that name.
 */
const char *sv_price_arch_name(enum sv_price_arch arch);
int sv_price_arch_parse(const char *name, enum sv_price_arch *arch);

/**
 * sv_price_requests(n):
 * Dollars for ${n} invocations that were begun.
 */
double sv_price_requests(double n);

/**
 * sv_price_duration(arch, gb_seconds):
 * Dollars for so many GB-seconds: configured MB / 1024, times billed seconds.
 */
double sv_price_duration(enum sv_price_arch arch, double gb_seconds);

#endif /* !SV_PRICE_H */
