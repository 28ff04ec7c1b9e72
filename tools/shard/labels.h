#ifndef SV_SHARD_LABELS_H
#define SV_SHARD_LABELS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The distinct labels of rows, and how many rows have each, while they are few.
 */

#define LABELS_MOST 16u

struct labels {
	double y[LABELS_MOST];		/* ascending */
	uint64_t rows[LABELS_MOST];
	unsigned n;		/* LABELS_MOST + 1: too many to tell */
};

/**
 * labels_add(l, y):
 * There is one more row with the label ${y}.
 */
void labels_add(struct labels *l, double y);

/**
 * labels_are(l, a, b):
 * Are there just these two, a < b?
 */
int labels_are(const struct labels *l, double a, double b);

/**
 * labels_json(l):
 * The member "labels" of a problem: an array, null if there are more than
 * three; NULL if memory is out.
 */
json_t *labels_json(const struct labels *l);

/**
 * labels_number(y):
 * A label as JSON: a whole number if it is one; NULL if memory is out.
 */
json_t *labels_number(double y);

/**
 * labels_text(l, text, len):
 * "labels: -1 (1,234 rows), 1 (567)", or that they are many, for a person.
 */
void labels_text(const struct labels *l, char *text, size_t len);

#endif /* !SV_SHARD_LABELS_H */
