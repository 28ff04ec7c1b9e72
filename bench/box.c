/*
 * box BYTES...: what encryption costs at the least: libsodium's crypto_box with
 * the shared key computed, as CurveZMQ uses it, on messages of so many bytes.
 * Prints lines of name and GB/s of one core, sealing and opening.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

#define REPEATS 7u

struct box {
	unsigned char key[crypto_box_BEFORENMBYTES];
	unsigned char nonce[crypto_box_NONCEBYTES];
	unsigned char *plain, *sealed;
	size_t n;
};

static void
work(struct box *b, int opening)
{
	int rc;

	if (opening)
		rc = crypto_box_open_easy_afternm(b->plain, b->sealed, b->n +
		    crypto_box_MACBYTES, b->nonce, b->key);
	else
		rc = crypto_box_easy_afternm(b->sealed, b->plain, b->n, b->nonce,
		    b->key);
	if (rc != 0)
		bench_die("box");
}

/* GB/s: the median of several repeats. */
static double
speed(struct box *b, int opening)
{
	size_t times = 40000000 / b->n + 1;
	double v[REPEATS];

	for (unsigned r = 0; r < REPEATS; r++) {
		double start = bench_now();

		for (size_t i = 0; i < times; i++)
			work(b, opening);
		v[r] = (double)times * (double)b->n / 1e9 /
		    (bench_now() - start);
	}
	return (bench_median(v, REPEATS));
}

int
main(int argc, char **argv)
{
	unsigned char public[crypto_box_PUBLICKEYBYTES];
	unsigned char secret[crypto_box_SECRETKEYBYTES];
	struct box b;

	if (argc < 2) {
		fprintf(stderr, "usage: box BYTES...\n");
		return (2);
	}
	if (sodium_init() == -1 || crypto_box_keypair(public, secret) != 0 ||
	    crypto_box_beforenm(b.key, public, secret) != 0)
		bench_die("sodium");
	memset(b.nonce, 0, sizeof(b.nonce));
	for (int i = 1; i < argc; i++) {
		b.n = bench_number(argv[i], 1, 1000000000);
		b.plain = calloc(1, b.n);
		b.sealed = calloc(1, b.n + crypto_box_MACBYTES);
		if (b.plain == NULL || b.sealed == NULL)
			bench_die("calloc");
		printf("seal-%zu %.3f\n", b.n, speed(&b, 0));
		printf("open-%zu %.3f\n", b.n, speed(&b, 1));
		free(b.plain);
		free(b.sealed);
	}
	return (0);
}
