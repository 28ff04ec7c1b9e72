#ifndef SV_RSS_H
#define SV_RSS_H

#include <stdint.h>

/**
 * sv_rss_peak():
 * The most memory in bytes that this program has ever had resident.  Where the
 * system does not say (no Linux, no /proc) it is getrusage()'s figure, in which
 * a program starts with that of whoever started it.
 */
int64_t sv_rss_peak(void);

#endif /* !SV_RSS_H */
