#include <stdio.h>
#include <string.h>

#include "human.h"
#include "labels.h"

#define MOST_JSON 3u	/* labels that a problem lists */

void
labels_add(struct labels *l, double y)
{
	unsigned i;

	if (l->n > LABELS_MOST)
		return;
	for (i = 0; i < l->n && l->y[i] < y; i++)
		;
	if (i < l->n && l->y[i] <= y) {
		l->rows[i]++;
		return;
	}
	if (l->n++ == LABELS_MOST)
		return;
	memmove(l->y + i + 1, l->y + i, (l->n - 1 - i) * sizeof(*l->y));
	memmove(l->rows + i + 1, l->rows + i,
	    (l->n - 1 - i) * sizeof(*l->rows));
	l->y[i] = y;
	l->rows[i] = 1;
}

int
labels_are(const struct labels *l, double a, double b)
{

	return (l->n == 2 && l->y[0] >= a && l->y[0] <= a && l->y[1] >= b &&
	    l->y[1] <= b);
}

json_t *
labels_number(double y)
{

	if (y >= -1e9 && y <= 1e9 && y == (double)(json_int_t)y)
		return (json_integer((json_int_t)y));
	return (json_real(y));
}

json_t *
labels_json(const struct labels *l)
{
	json_t *a;

	if (l->n > MOST_JSON)
		return (json_null());
	if ((a = json_array()) == NULL)
		return (NULL);
	for (unsigned i = 0; i < l->n; i++) {
		if (json_array_append_new(a, labels_number(l->y[i])) == -1) {
			json_decref(a);
			return (NULL);
		}
	}
	return (a);
}

void
labels_text(const struct labels *l, char *text, size_t len)
{
	char rows[SV_HUMAN];
	size_t at;

	if (l->n > LABELS_MOST) {
		snprintf(text, len, "more than %u different labels",
		    LABELS_MOST);
		return;
	}
	at = (size_t)snprintf(text, len, "labels:");
	for (unsigned i = 0; i < l->n && at < len; i++)
		at += (size_t)snprintf(text + at, len - at, "%s %.15g (%s%s)",
		    i > 0 ? "," : "", l->y[i],
		    sv_human_count(rows, (double)l->rows[i]),
		    i > 0 ? "" : l->rows[i] == 1 ? " row" : " rows");
}
