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

static inline __attribute__((always_inline)) int digest_messages(uint16_t algorithm, size_t size, size_t block_count,
                                                                 size_t length_count, const uint8_t *bytes,
                                                                 const struct cossl_message *messages, size_t count,
                                                                 uint8_t *digests, uint8_t *same) {
  uint8_t blocks[PADDED_COUNT + 256];
  uint8_t longest[64];
  SHA512_CTX start;
  if (algorithm == 0x000c) SHA384_Init(&start); else SHA512_Init(&start);
  for (size_t i = 0; i < count; i++) {
    const struct cossl_message *m = messages + i;
    uint8_t *out = digests + i * size;
    uint64_t total = (uint64_t)m->first_count + m->second_count + m->zero_count;
    if (total <= PADDED_COUNT) {
      memcpy(blocks, bytes + m->first_start, m->first_count);
      if (m->second_count > 0) memcpy(blocks + m->first_count, bytes + m->second_start, m->second_count);
      if (m->zero_count > 0) memset(blocks + m->first_count + m->second_count, 0, m->zero_count);
      digest_blocks(algorithm, &start, blocks, pad(blocks, total, block_count, length_count), out);
    } else {
      if (!digest_pieces(algorithm, bytes, m, longest)) return 0;
      memcpy(out, longest, size);
    }
    if (same != NULL) same[i] = memcmp(out, bytes + m->recorded_start, size) == 0;
  }
  return 1;
}

int cossl_digest_messages(uint16_t algorithm, const uint8_t *bytes, const struct cossl_message *messages, size_t count,
                          uint8_t *digests, uint8_t *same) {
  switch (algorithm) {
    case 0x0004: return digest_messages(0x0004, 20, 64, 8, bytes, messages, count, digests, same);
    case 0x000b: return digest_messages(0x000b, 32, 64, 8, bytes, messages, count, digests, same);
    case 0x000c: return digest_messages(0x000c, 48, 128, 16, bytes, messages, count, digests, same);
    case 0x000d: return digest_messages(0x000d, 64, 128, 16, bytes, messages, count, digests, same);
    default: break;
  }
  size_t size = digest_count_of(algorithm);
  uint8_t out[64];
  if (size == 0) return 0;
  for (size_t i = 0; i < count; i++) {
    if (!digest_pieces(algorithm, bytes, messages + i, out)) return 0;
    memcpy(digests + i * size, out, size);
    if (same != NULL) same[i] = memcmp(out, bytes + messages[i].recorded_start, size) == 0;
  }
  return 1;
}

static inline __attribute__((always_inline)) int extend_registers(uint16_t algorithm, size_t size, size_t block_count,
                                                                  size_t length_count, uint8_t *registers,
                                                                  const uint8_t *indexes, const uint8_t *digests,
                                                                  size_t digest_count, size_t count, uint8_t *values) {
  /* Old value, digest, zeros of a digest that is too short, and the same padding every time. */
  uint8_t blocks[256] = {0};
  SHA512_CTX start;
  if (algorithm == 0x000c) SHA384_Init(&start); else SHA512_Init(&start);
  size_t total = pad(blocks, 2 * size, block_count, length_count);
  for (size_t i = 0; i < count; i++) {
    if (indexes[i] >= REGISTER_COUNT) {
      if (values != NULL) memset(values + i * size, 0, size);
      continue;
    }
    uint8_t *value = registers + indexes[i] * size;
    memcpy(blocks, value, size);
    memcpy(blocks + size, digests + i * digest_count, digest_count);
    digest_blocks(algorithm, &start, blocks, total, value);
    if (values != NULL) memcpy(values + i * size, value, size);
  }
  return 1;
}

int cossl_extend_registers(uint16_t algorithm, uint8_t *registers, const uint8_t *indexes, const uint8_t *digests,
                           size_t digest_count, size_t count, uint8_t *values) {
  size_t size = digest_count_of(algorithm);
  if (size == 0 || digest_count > size) return 0;
  switch (algorithm) {
    case 0x0004:
      return extend_registers(0x0004, 20, 64, 8, registers, indexes, digests, digest_count, count, values);
    case 0x000b:
      return extend_registers(0x000b, 32, 64, 8, registers, indexes, digests, digest_count, count, values);
    case 0x000c:
      return extend_registers(0x000c, 48, 128, 16, registers, indexes, digests, digest_count, count, values);
    case 0x000d:
      return extend_registers(0x000d, 64, 128, 16, registers, indexes, digests, digest_count, count, values);
    default: break;
  }
  uint8_t next[64];
  uint8_t out[64] = {0};
  for (size_t i = 0; i < count; i++) {
    memset(next, 0, sizeof next);
    if (indexes[i] < REGISTER_COUNT) {
      uint8_t *value = registers + indexes[i] * size;
      memcpy(next, digests + i * digest_count, digest_count);
      if (!cossl_digest(algorithm, value, size, next, size, out)) return 0;
      memcpy(value, out, size);
      if (values != NULL) memcpy(values + i * size, value, size);
    } else if (values != NULL) {
      memset(values + i * size, 0, size);
    }
  }
  return 1;
}
