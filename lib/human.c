#include <math.h>
#include <stdio.h>
#include <string.h>

#include "human.h"

char *
sv_human_count(char buf[SV_HUMAN], double n)
{
	char plain[SV_HUMAN];
	size_t len, at = 0;

	if (!isfinite(n) || fabs(n) >= 1e18) {
		snprintf(buf, SV_HUMAN, isfinite(n) ? "%g" : "-", n);
		return (buf);
	}
	len = (size_t)snprintf(plain, sizeof(plain), "%.0f", fabs(n));
	if (n < 0)
		buf[at++] = '-';
	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf[at++] = ',';
		buf[at++] = plain[i];
	}
	buf[at] = '\0';
	return (buf);
}

/* Three significant digits without an exponent, for values below 1000. */
static int
three(double v)
{
	double a = fabs(v);

	return (a < 9.995 ? 2 : a < 99.95 ? 1 : 0);
}

char *
sv_human_seconds(char buf[SV_HUMAN], double s)
{
	double a = fabs(s);

	if (!isfinite(s))
		snprintf(buf, SV_HUMAN, "-");
	else if (a >= 7200)
		snprintf(buf, SV_HUMAN, "%.0f h %02.0f min",
		    trunc(s / 3600), trunc(fmod(a, 3600) / 60));
	else if (a >= 120)
		snprintf(buf, SV_HUMAN, "%.0f min %02.0f s",
		    trunc(s / 60), trunc(fmod(a, 60)));
	else if (a >= 0.9995 || s == 0)
		snprintf(buf, SV_HUMAN, "%.*f s", three(s), s);
	else if (a >= 0.9995e-3)
		snprintf(buf, SV_HUMAN, "%.*f ms", three(s * 1e3), s * 1e3);
	else
		snprintf(buf, SV_HUMAN, "%.*f us", three(s * 1e6), s * 1e6);
	return (buf);
}

char *
sv_human_bytes(char buf[SV_HUMAN], double bytes)
{
	static const char * const unit[] = { "kB", "MB", "GB", "TB", "PB" };
	size_t u = 0;
	double v = bytes / 1000;

	if (!isfinite(bytes)) {
		snprintf(buf, SV_HUMAN, "-");
		return (buf);
	}
	if (fabs(bytes) < 999.5) {
		snprintf(buf, SV_HUMAN, "%.0f B", bytes);
		return (buf);
	}
	while (fabs(v) >= 999.5 && u + 1 < sizeof(unit) / sizeof(unit[0])) {
		v /= 1000;
		u++;
	}
	snprintf(buf, SV_HUMAN, "%.*f %s", three(v), v, unit[u]);
	return (buf);
}

char *
sv_human_dollars(char buf[SV_HUMAN], double v)
{
	int places = 2;
	size_t len;

	if (!isfinite(v) || fabs(v) >= 1e15) {
		snprintf(buf, SV_HUMAN, isfinite(v) ? "$%.3g" : "-", v);
		return (buf);
	}
	for (double a = fabs(v) * 100; a < 99.95 && places < 15; a *= 10)
		places++;
	len = (size_t)snprintf(buf, SV_HUMAN, "$%.*f", places, v);
	for (; places > 2 && buf[len - 1] == '0'; places--)
		buf[--len] = '\0';
	return (buf);
}
