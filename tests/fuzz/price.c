#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "price.h"

/* Tables of prices (lib/price.c): what is taken makes sense. */

static void
check(const struct sv_price *p)
{

	MUST(p->provider[0] != '\0' && p->region[0] != '\0');
	MUST(p->request >= 0 && isfinite(p->request));
	MUST(p->nmachine <= SV_PRICE_MACHINES);
	for (size_t i = 0; i < p->nmachine; i++) {
		MUST(p->machine[i].cores > 0 && p->machine[i].hour >= 0);
		MUST(sv_price_machine(p, p->machine[i].name) ==
		    &p->machine[i]);
	}
	for (int a = 0; a < SV_PRICE_ARCH_N; a++) {
		enum sv_price_arch arch = (enum sv_price_arch)a;
		double before = 0;

		MUST(p->ntier[a] > 0 && p->ntier[a] <= SV_PRICE_TIERS);
		MUST(isinf(p->tier[a][p->ntier[a] - 1].upto));
		for (double v = 1; v < 1e18; v *= 10) {
			double d = sv_price_duration(p, arch, v, 0);

			/* More never costs less, and nothing less than free. */
			MUST(d >= before);
			MUST(sv_price_duration(p, arch, v, 1) <= d);
			before = d;
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_price p, q;

	if (sv_price_parse(&p, (const char *)data, size, "fuzz") == 0)
		check(&p);
	(void)fuzz_fd(data, size);
	if (sv_price_read(&q, fuzz_path()) == 0)
		MUST(memcmp(&p, &q, sizeof(p)) == 0);
	return (0);
}
