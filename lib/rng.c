#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "rng.h"

int
sv_rng_init(struct sv_rng *g, const char *context, uint64_t seed)
{
	crypto_generichash_state state;
	uint8_t bytes[8];

	/* Chooses the fastest code for this machine; harmless when repeated. */
	if (sodium_init() == -1) {
		errno = ENOSYS;
		return (-1);
	}
	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(seed >> (8 * i));
	crypto_generichash_init(&state, NULL, 0, sizeof(g->key));
	crypto_generichash_update(&state, (const uint8_t *)context,
	    strlen(context));
	crypto_generichash_update(&state, bytes, sizeof(bytes));
	crypto_generichash_final(&state, g->key, sizeof(g->key));
	return (0);
}

void
sv_rng_blocks(const struct sv_rng *g, uint64_t first, size_t n, uint64_t *words)
{
	static const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];
	uint8_t *p = (uint8_t *)words;
	size_t len = n * SV_RNG_WORDS * sizeof(*words);

	/* Zeros xor the stream; the machine is little-endian (configure). */
	memset(p, 0, len);
	crypto_stream_chacha20_xor_ic(p, p, len, nonce, first, g->key);
}
