#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "isa.h"

#ifdef __x86_64__

#include <immintrin.h>

static int
usable(void)
{

	return (__builtin_cpu_supports("avx2") != 0);
}

/* Without FMA, which would change the last bits. */
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif

#define VL 4
#define ISA sv_isa_avx2
#define ISA_NAME "avx2"
#include "isa-body.inc"

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif
