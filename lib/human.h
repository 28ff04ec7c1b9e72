#ifndef SV_HUMAN_H
#define SV_HUMAN_H

/*
 * Numbers with their units, for a person: three significant digits.  Each
 * function writes a string into ${buf} and returns it; what is not finite is
 * "-".
 */
#define SV_HUMAN 32u

/**
 * sv_human_seconds(buf, s):
 * 12.3 us, 4.56 ms, 7.89 s, 2 min 03 s, 4 h 05 min.
 */
char *sv_human_seconds(char buf[SV_HUMAN], double s);

/**
 * sv_human_bytes(buf, bytes):
 * 512 B, 1.23 kB, 45.6 MB; powers of 1000.
 */
char *sv_human_bytes(char buf[SV_HUMAN], double bytes);

/**
 * sv_human_count(buf, n):
 * A whole number with commas: 600,000.
 */
char *sv_human_count(char buf[SV_HUMAN], double n);

/**
 * sv_human_dollars(buf, v):
 * $12.34; of less than a dollar three significant digits and no zeros behind
 * the cents: $0.123, $0.10, $0.0000432.
 */
char *sv_human_dollars(char buf[SV_HUMAN], double v);

#endif /* !SV_HUMAN_H */
