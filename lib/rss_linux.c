/* Memory of this process, as Linux has it in /proc. */
#include <stdio.h>
#include <sys/resource.h>

#include "rss.h"

int64_t
sv_rss_peak(void)
{
	struct rusage ru = { .ru_maxrss = 0 };
	unsigned long kb = 0;
	char line[128];
	FILE *f;

	if ((f = fopen("/proc/self/status", "re")) != NULL) {
		while (kb == 0 && fgets(line, sizeof(line), f) != NULL)
			if (sscanf(line, "VmHWM: %lu kB", &kb) != 1)
				kb = 0;
		fclose(f);
	}
	if (kb == 0 && getrusage(RUSAGE_SELF, &ru) == 0)
		kb = (unsigned long)ru.ru_maxrss;
	return ((int64_t)kb * 1024);
}
