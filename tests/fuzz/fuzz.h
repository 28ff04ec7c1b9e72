#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/*
 * For the fuzzers, each of which is one file here: what libFuzzer calls, and
 * bytes as the descriptor or file that the library reads.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
    unsigned seed);

/* What must hold, whatever the input. */
#define MUST(condition) ((condition) ? (void)0 : abort())

/**
 * fuzz_fd(data, size):
 * A descriptor of a file with these bytes, at its start.  There is only one
 * file: the next call makes another of it.
 */
int fuzz_fd(const void *data, size_t size);

/**
 * fuzz_path():
 * The path of the file that fuzz_fd() filled last.
 */
const char *fuzz_path(void);

#endif /* !FUZZ_H */
