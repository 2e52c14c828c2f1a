/* The bare hash work of a replay, to compare with: nothing but the processor's SHA instructions on padded blocks. */
#ifndef CBAREHASHING_H
#define CBAREHASHING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the processor has SHA instructions; without them OpenSSL's block functions do the work. */
bool bare_has_sha_instructions(void);

/* Puts SHA padding behind the `count` bytes at `out` (room for 72 more); returns the number of 64-byte blocks. */
size_t bare_pad(uint8_t *out, size_t count);

/* For each record in turn: SHA-1 and SHA-256 of its padded blocks, then one extend of each register with them (with
 * 0xff bytes where `violations` says so). `block_counts` says how many blocks each record has, one after another.
 * Registers are 20 and 32 bytes. */
void bare_replay(const uint8_t *blocks, const uint8_t *block_counts, const uint8_t *violations, size_t count,
                 uint8_t *sha1, uint8_t *sha256);

#endif
