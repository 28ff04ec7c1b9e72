#include <math.h>
#include <string.h>

#include "sparkline.h"

#define STEPS 8

/* The logarithms of the columns' means; return how many columns there are. */
static size_t
columns(const struct trend *t, size_t width, double *y)
{
	double from = t->point[0].x, sum[SPARKLINE_WIDTH] = { 0.0 };
	double range = t->point[t->n - 1].x - from;
	size_t count[SPARKLINE_WIDTH] = { 0 };

	/* No wider than there are rounds. */
	if ((double)width > range + 1.0)
		width = (size_t)(range + 1.0);
	for (size_t i = 0; i < t->n; i++) {
		double at = range > 0.0 ? (t->point[i].x - from) / range : 0.0;
		size_t c = (size_t)(at * (double)width);

		c = c < width ? c : width - 1;
		sum[c] += log(t->point[i].y);
		count[c]++;
	}
	for (size_t c = 0; c < width; c++)
		y[c] = count[c] > 0 ? sum[c] / (double)count[c] : y[c - 1];
	return (width);
}

/* The step of ${y}, 0 to STEPS - 1, of a scale from ${low} to ${high}. */
static int
step(double y, double low, double high)
{
	int s;

	if (!(high > low))
		return (STEPS / 2 - 1);
	s = (int)((y - low) / (high - low) * STEPS);
	return (s < 0 ? 0 : s >= STEPS ? STEPS - 1 : s);
}

size_t
sparkline(char buf[SPARKLINE_TEXT], size_t width, const struct trend *t,
    double floor, int utf8)
{
	static const char ascii[STEPS + 1] = "_.-~=+*#";
	double y[SPARKLINE_WIDTH], low = INFINITY, high = -INFINITY;
	size_t n;

	buf[0] = '\0';
	if (t->n == 0 || width == 0)
		return (0);
	n = columns(t, width < SPARKLINE_WIDTH ? width : SPARKLINE_WIDTH, y);
	for (size_t c = 0; c < n; c++) {
		low = fmin(low, y[c]);
		high = fmax(high, y[c]);
	}
	if (floor > 0.0 && isfinite(floor))
		low = fmin(low, log(floor));
	for (size_t c = 0; c < n; c++) {
		int s = step(y[c], low, high);

		/* U+2581 to U+2588. */
		if (utf8) {
			buf[3 * c] = '\xe2';
			buf[3 * c + 1] = '\x96';
			buf[3 * c + 2] = (char)(0x81 + s - 256);
		} else
			buf[c] = ascii[s];
	}
	buf[utf8 ? 3 * n : n] = '\0';
	return (n);
}
