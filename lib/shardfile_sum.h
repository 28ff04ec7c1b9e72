#ifndef SV_SHARDFILE_SUM_H
#define SV_SHARDFILE_SUM_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#include "frame.h"

/*
 * What reading and writing shard files share; no interface of the module.
 */

/**
 * sv_shardfile_chain(sum, next):
 * The checksum of ${sum} and ${next}, 8 bytes each.
 */
static inline uint64_t
sv_shardfile_chain(uint64_t sum, uint64_t next)
{
	uint64_t both[2] = { sum, next };

	return (sv_frame_sum(both, sizeof(both)));
}

/**
 * sv_shardfile_hex(out, n):
 * ${n} as 16 hexadecimal digits and an end.
 */
static inline void
sv_shardfile_hex(char out[17], uint64_t n)
{

	snprintf(out, 17, "%016" PRIx64, n);
}

#endif /* !SV_SHARDFILE_SUM_H */
