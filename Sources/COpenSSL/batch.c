/* The hot loops. OpenSSL 3 marks its low-level functions as deprecated, but they are the ones without a lookup,
 * a lock or a context switch per message: an update of whole padded blocks runs nothing but the block function. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "COpenSSL.h"

#include <openssl/sha.h>
#include <stdbool.h>
#include <string.h>

/* Messages up to this size are padded here and hashed by one update of whole blocks. */
enum { PADDED_COUNT = 1024 };

enum { REGISTER_COUNT = 24 };

static size_t digest_count_of(uint16_t algorithm) {
  switch (algorithm) {
    case 0x0004: return 20;
    case 0x000b: case 0x0012: case 0x0027: return 32;
    case 0x000c: case 0x0028: return 48;
    case 0x000d: case 0x0029: return 64;
    default: return 0;
  }
}

static inline void store32(uint8_t *out, uint32_t value) {
  value = __builtin_bswap32(value);
  memcpy(out, &value, 4);
}

static inline void store64(uint8_t *out, uint64_t value) {
  value = __builtin_bswap64(value);
  memcpy(out, &value, 8);
}

/* One algorithm: start values, whole blocks, result. The byte counters of the contexts are never used, because the
 * padding is ours. */

static inline void sha1_blocks(const uint8_t *blocks, size_t count, uint8_t *out) {
  SHA_CTX c;
  c.h0 = 0x67452301; c.h1 = 0xefcdab89; c.h2 = 0x98badcfe; c.h3 = 0x10325476; c.h4 = 0xc3d2e1f0;
  c.Nl = c.Nh = 0;
  c.num = 0;
  SHA1_Update(&c, blocks, count);
  store32(out, c.h0); store32(out + 4, c.h1); store32(out + 8, c.h2); store32(out + 12, c.h3); store32(out + 16, c.h4);
}

static inline void sha256_blocks(const uint8_t *blocks, size_t count, uint8_t *out) {
  static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  SHA256_CTX c;
  for (int i = 0; i < 8; i++) c.h[i] = start[i];
  c.Nl = c.Nh = 0;
  c.num = 0;
  SHA256_Update(&c, blocks, count);
  for (int i = 0; i < 8; i++) store32(out + 4 * i, c.h[i]);
}

static inline void sha512_blocks(const SHA512_CTX *start, const uint8_t *blocks, size_t count, uint8_t *out,
                                 int words) {
  SHA512_CTX c = *start;
  SHA512_Update(&c, blocks, count);
  for (int i = 0; i < words; i++) store64(out + 8 * i, c.h[i]);
}

static inline void digest_blocks(uint16_t algorithm, const SHA512_CTX *start, const uint8_t *blocks, size_t count,
                                 uint8_t *out) {
  switch (algorithm) {
    case 0x0004: sha1_blocks(blocks, count, out); break;
    case 0x000b: sha256_blocks(blocks, count, out); break;
    case 0x000c: sha512_blocks(start, blocks, count, out, 6); break;
    default: sha512_blocks(start, blocks, count, out, 8); break;
  }
}

/* Puts the end mark and the length behind `count` bytes; returns the size of the whole blocks. */
static inline size_t pad(uint8_t *blocks, size_t count, size_t block_count, size_t length_count) {
  size_t total = (count + 1 + length_count + block_count - 1) & ~(block_count - 1);
  blocks[count] = 0x80;
  memset(blocks + count + 1, 0, total - count - 1 - 8);
  store64(blocks + total - 8, (uint64_t)count * 8);
  return total;
}

/* What OpenSSL hashes in pieces: long messages, and algorithms without low-level functions. */
static int digest_pieces(uint16_t algorithm, const uint8_t *bytes, const struct cossl_message *m, uint8_t *out) {
  static const uint8_t zeros[256];
  if (m->zero_count == 0)
    return cossl_digest(algorithm, bytes + m->first_start, m->first_count, bytes + m->second_start, m->second_count,
                        out) > 0;
  /* Zeros only follow the template `ima`, whose first piece is a digest and whose name is shorter than 256 bytes. */
  uint8_t joined[PADDED_COUNT];
  size_t count = (size_t)m->first_count + m->second_count;
  if (m->zero_count > sizeof zeros || count + m->zero_count > sizeof joined) return 0;
  memcpy(joined, bytes + m->first_start, m->first_count);
  memcpy(joined + m->first_count, bytes + m->second_start, m->second_count);
  return cossl_digest(algorithm, joined, count, zeros, m->zero_count, out) > 0;
}

/* Whether OpenSSL has block functions for the algorithm: SHA-1, SHA-256; SHA-384, SHA-512. */
static bool has_short_blocks(uint16_t algorithm) { return algorithm == 0x0004 || algorithm == 0x000b; }
static bool has_long_blocks(uint16_t algorithm) { return algorithm == 0x000c || algorithm == 0x000d; }

static inline size_t gather(uint8_t *blocks, const uint8_t *bytes, const struct cossl_message *m) {
  memcpy(blocks, bytes + m->first_start, m->first_count);
  if (m->second_count > 0) memcpy(blocks + m->first_count, bytes + m->second_start, m->second_count);
  if (m->zero_count > 0) memset(blocks + m->first_count + m->second_count, 0, m->zero_count);
  return (size_t)m->first_count + m->second_count + m->zero_count;
}

int cossl_digest_messages(const uint8_t *bytes, const struct cossl_message *messages, size_t count,
                          const struct cossl_output *outputs, size_t output_count) {
  /* Messages end in the middle of a block, whose rest is overwritten by each padding. */
  uint8_t blocks[PADDED_COUNT + 256];
  uint8_t longest[64];
  SHA512_CTX start384, start512;
  SHA384_Init(&start384);
  SHA512_Init(&start512);
  for (size_t i = 0; i < count; i++) {
    const struct cossl_message *m = messages + i;
    uint64_t total = (uint64_t)m->first_count + m->second_count + m->zero_count;
    bool is_gathered = total <= PADDED_COUNT;
    if (is_gathered) gather(blocks, bytes, m);
    size_t padded_for = 0, padded = 0;
    for (size_t k = 0; k < output_count; k++) {
      uint16_t algorithm = outputs[k].algorithm;
      size_t size = digest_count_of(algorithm);
      uint8_t *out = outputs[k].digests + i * size;
      size_t block_count = has_short_blocks(algorithm) ? 64 : has_long_blocks(algorithm) ? 128 : 0;
      if (is_gathered && block_count > 0) {
        if (padded_for != block_count) {
          padded = pad(blocks, total, block_count, block_count / 8);
          padded_for = block_count;
        }
        digest_blocks(algorithm, algorithm == 0x000c ? &start384 : &start512, blocks, padded, out);
      } else {
        if (size == 0 || !digest_pieces(algorithm, bytes, m, longest)) return 0;
        memcpy(out, longest, size);
      }
      if (outputs[k].same != NULL) outputs[k].same[i] = memcmp(out, bytes + m->recorded_start, size) == 0;
    }
  }
  return 1;
}

/* A bank while it is extended. Old value, digest, zeros of a digest that is too short, and padding stand ready as the
 * next text; the new value takes the place of the old one at once. */
struct chain {
  uint8_t blocks[256];
  size_t size;
  size_t total;
  unsigned current;
};

static inline __attribute__((always_inline)) void select_register(struct chain *chain, uint8_t *registers,
                                                                  unsigned index) {
  if (chain->current < REGISTER_COUNT) memcpy(registers + chain->current * chain->size, chain->blocks, chain->size);
  chain->current = index;
  if (index < REGISTER_COUNT) memcpy(chain->blocks, registers + index * chain->size, chain->size);
}

/* Copies of known size are a few moves; others are a call. */
static inline __attribute__((always_inline)) void copy_digest(uint8_t *to, const uint8_t *from, size_t count) {
  switch (count) {
    case 20: memcpy(to, from, 20); break;
    case 32: memcpy(to, from, 32); break;
    default: memcpy(to, from, count); break;
  }
}

int cossl_extend_banks(const struct cossl_bank *banks, size_t bank_count, const uint8_t *indexes, size_t count) {
  struct chain chains[COSSL_BANK_LIMIT];
  SHA512_CTX start384, start512;
  SHA384_Init(&start384);
  SHA512_Init(&start512);
  if (bank_count > COSSL_BANK_LIMIT) return 0;
  for (size_t k = 0; k < bank_count; k++) {
    struct chain *chain = chains + k;
    memset(chain, 0, sizeof *chain);
    chain->size = digest_count_of(banks[k].algorithm);
    chain->current = REGISTER_COUNT;
    if (chain->size == 0 || banks[k].digest_count > chain->size) return 0;
    size_t block_count = has_long_blocks(banks[k].algorithm) ? 128 : 64;
    chain->total = pad(chain->blocks, 2 * chain->size, block_count, block_count / 8);
  }
  for (size_t i = 0; i < count; i++) {
    unsigned index = indexes[i];
    for (size_t k = 0; k < bank_count; k++) {
      const struct cossl_bank *bank = banks + k;
      struct chain *chain = chains + k;
      uint16_t algorithm = bank->algorithm;
      uint8_t *value = bank->values != NULL ? bank->values + i * chain->size : NULL;
      if (index >= REGISTER_COUNT) {
        if (value != NULL) memset(value, 0, chain->size);
        continue;
      }
      if (index != chain->current) select_register(chain, bank->registers, index);
      copy_digest(chain->blocks + chain->size, bank->digests + i * bank->digest_count, bank->digest_count);
      if (has_short_blocks(algorithm) || has_long_blocks(algorithm)) {
        digest_blocks(algorithm, algorithm == 0x000c ? &start384 : &start512, chain->blocks, chain->total,
                      chain->blocks);
      } else {
        uint8_t out[64];
        if (cossl_digest(algorithm, chain->blocks, 2 * chain->size, NULL, 0, out) == 0) return 0;
        memcpy(chain->blocks, out, chain->size);
      }
      if (value != NULL) copy_digest(value, chain->blocks, chain->size);
    }
  }
  for (size_t k = 0; k < bank_count; k++) select_register(chains + k, banks[k].registers, REGISTER_COUNT);
  return 1;
}

int cossl_extend_until(uint16_t algorithm, uint8_t *value, const uint8_t *digests, size_t count,
                       const uint8_t *wanted, size_t wanted_count, size_t *extended) {
  uint8_t blocks[256];
  SHA512_CTX start384, start512;
  SHA384_Init(&start384);
  SHA512_Init(&start512);
  *extended = 0;
  size_t size = digest_count_of(algorithm);
  if (size == 0) return -1;
  bool has_blocks = has_short_blocks(algorithm) || has_long_blocks(algorithm);
  size_t block_count = has_long_blocks(algorithm) ? 128 : 64;
  memset(blocks, 0, sizeof blocks);
  size_t total = pad(blocks, 2 * size, block_count, block_count / 8);
  memcpy(blocks, value, size);
  int found = 0;
  for (size_t i = 0; i < count && found == 0; i++) {
    copy_digest(blocks + size, digests + i * size, size);
    if (has_blocks) {
      digest_blocks(algorithm, algorithm == 0x000c ? &start384 : &start512, blocks, total, blocks);
    } else {
      uint8_t out[64];
      if (cossl_digest(algorithm, blocks, 2 * size, NULL, 0, out) == 0) return -1;
      memcpy(blocks, out, size);
    }
    for (size_t k = 0; k < wanted_count; k++) {
      const uint8_t *one = wanted + k * size;
      if (blocks[0] == one[0] && memcmp(blocks, one, size) == 0) {
        found = 1 + (int)k;
        break;
      }
    }
    *extended = i + 1;
  }
  memcpy(value, blocks, size);
  return found;
}
