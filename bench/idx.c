/*
 * idx IMAGES LABELS LABEL: images in the format of MNIST, unpacked (LeCun,
 * Cortes and Burges: "The MNIST database", section FILE FORMATS), as LIBSVM
 * text: 1 for the label LABEL, -1 for the rest; pixels / 255, six digits.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "util.h"

#define IMAGES 0x803u	/* magic number: bytes, three dimensions */
#define LABELS 0x801u	/* bytes, one dimension */
#define PIXELS (1u << 20)	/* of one image, at most */

/* The next number of four bytes, the highest first. */
static uint32_t
big(FILE *f, const char *name)
{
	uint8_t b[4];

	if (fread(b, 1, sizeof(b), f) != sizeof(b)) {
		fprintf(stderr, "idx: %s: too short\n", name);
		exit(1);
	}
	return ((uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	    (uint32_t)b[2] << 8 | b[3]);
}

/* Open a file of this kind; how many things it holds. */
static uint32_t
begin(FILE **f, const char *name, uint32_t magic)
{

	if ((*f = fopen(name, "rb")) == NULL)
		bench_die(name);
	if (big(*f, name) != magic) {
		fprintf(stderr, "idx: %s: not a file of this kind\n", name);
		exit(1);
	}
	return (big(*f, name));
}

static void
image(const uint8_t *pixel, uint32_t n, int positive)
{

	fputs(positive ? "1" : "-1", stdout);
	for (uint32_t i = 0; i < n; i++)
		if (pixel[i] != 0)
			printf(" %u:%.6g", i + 1, pixel[i] / 255.0);
	putchar('\n');
}

int
main(int argc, char **argv)
{
	FILE *images, *labels;
	uint32_t n, height, width;
	uint8_t *pixel;
	size_t label;

	if (argc != 4) {
		fprintf(stderr, "usage: idx IMAGES LABELS LABEL\n");
		return (2);
	}
	label = bench_number(argv[3], 0, 255);
	n = begin(&images, argv[1], IMAGES);
	height = big(images, argv[1]);
	width = big(images, argv[1]);
	if (begin(&labels, argv[2], LABELS) != n || height == 0 ||
	    height > PIXELS || width == 0 || width > PIXELS / height) {
		fprintf(stderr, "idx: %s and %s do not fit each other\n",
		    argv[1], argv[2]);
		return (1);
	}
	if ((pixel = malloc((size_t)height * width)) == NULL)
		bench_die("an image");
	for (uint32_t i = 0; i < n; i++) {
		int y = getc(labels);

		if (y == EOF || fread(pixel, height, width, images) != width) {
			fprintf(stderr, "idx: %s: too short\n", argv[1]);
			return (1);
		}
		image(pixel, height * width, (size_t)y == label);
	}
	free(pixel);
	fclose(images);
	fclose(labels);
	if (fflush(stdout) != 0)
		bench_die("standard output");
	return (0);
}
