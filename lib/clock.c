#include <sys/resource.h>
#include <time.h>

#include "clock.h"

double
sv_clock_mono(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec);
}

int64_t
sv_clock_real_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ((int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec);
}

double
sv_clock_cpu(void)
{
	struct rusage ru;

	if (getrusage(RUSAGE_SELF, &ru) == -1)
		return (0.0);
	return ((double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
	    1e-6 * (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec));
}
