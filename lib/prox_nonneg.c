#include <math.h>
#include <stdio.h>

#include "prox.h"

static void
nonneg_text(const struct sv_prox *g, char *text, size_t len)
{

	(void)g;
	snprintf(text, len, "nonneg");
}

static int
nonneg_json(const struct sv_prox *g, json_t *object)
{

	(void)g;
	return (json_object_set_new(object, "nonneg", json_true()));
}

void
sv_prox_nonneg(struct sv_prox *g)
{

	sv_prox_box(g, 0.0, INFINITY);
	g->name = "nonneg";
	g->text = nonneg_text;
	g->json = nonneg_json;
}
