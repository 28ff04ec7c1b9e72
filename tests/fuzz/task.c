#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "task.h"

/* The text of a GLOBAL (lib/task.c). */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[SV_WHY] = "";
	struct sv_task task;

	if (sv_task_parse(&task, (const char *)data, size, why) == -1) {
		MUST(why[0] != '\0' && strlen(why) < SV_WHY);
		return (0);
	}
	MUST(task.loss != NULL && task.solver != NULL);
	MUST(task.options.kmin >= 1 && task.options.kmin <= task.options.kmax);
	MUST(isfinite(task.options.eps_g) && task.options.eps_g >= 0.0);
	MUST(isfinite(task.options.eps_f) && task.options.eps_f >= 0.0);
	MUST(isfinite(task.param) && task.param >= 0.0);
	MUST(task.memory <= SV_TASK_MEMORY);
	for (int i = 0; i < 2; i++)
		MUST(isfinite(task.weight[i]) && task.weight[i] >= 0.0);
	return (0);
}
