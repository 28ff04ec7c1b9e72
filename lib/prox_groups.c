#include <errno.h>
#include <stdlib.h>

#include "prox.h"

struct sv_groups *
sv_prox_groups_blocks(size_t d, size_t size)
{
	struct sv_groups *s;

	if (size == 0 || d % size != 0) {
		errno = EINVAL;
		return (NULL);
	}
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (NULL);
	s->d = d;
	s->n = d / size;
	s->size = size;
	return (s);
}

/* A coordinate and its group's number. */
struct pair {
	uint32_t number;
	size_t j;
};

static int
compare(const void *a, const void *b)
{
	const struct pair *p = a, *q = b;

	if (p->number != q->number)
		return (p->number < q->number ? -1 : 1);
	return (p->j < q->j ? -1 : p->j > q->j);
}

/* Fill s from the sorted pairs. */
static void
fill(struct sv_groups *s, const struct pair *pairs)
{

	for (size_t i = 0; i < s->d; i++) {
		if (i == 0 || pairs[i].number != pairs[i - 1].number)
			s->start[s->n++] = i;
		s->member[i] = pairs[i].j;
	}
	s->start[s->n] = s->d;
}

struct sv_groups *
sv_prox_groups_table(const uint32_t *number, size_t d)
{
	struct sv_groups *s;
	struct pair *pairs;

	if (d == SIZE_MAX) {
		errno = ENOMEM;
		return (NULL);
	}
	if ((pairs = calloc(d + 1, sizeof(*pairs))) == NULL)
		goto err0;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		goto err1;
	s->d = d;
	s->start = calloc(d + 1, sizeof(*s->start));
	s->member = calloc(d + 1, sizeof(*s->member));
	if (s->start == NULL || s->member == NULL)
		goto err2;
	for (size_t j = 0; j < d; j++)
		pairs[j] = (struct pair){ number[j], j };
	qsort(pairs, d, sizeof(*pairs), compare);
	fill(s, pairs);
	free(pairs);
	return (s);

err2:
	sv_prox_groups_free(s);
err1:
	free(pairs);
err0:
	return (NULL);
}

void
sv_prox_groups_free(struct sv_groups *groups)
{

	if (groups == NULL)
		return;
	free(groups->member);
	free(groups->start);
	free(groups);
}
