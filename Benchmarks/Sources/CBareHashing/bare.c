#define OPENSSL_SUPPRESS_DEPRECATED
#include "CBareHashing.h"

#include <openssl/sha.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

#define SHA_INSTRUCTIONS __attribute__((target("sha,sse4.1,ssse3")))

bool bare_has_sha_instructions(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
  return (b >> 29 & 1) != 0;
}

static const uint32_t K256[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

SHA_INSTRUCTIONS static inline void sha256_hardware(uint32_t h[8], const uint8_t *block, size_t count) {
  const __m128i order = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
  __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)h), 0xb1);
  __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(h + 4)), 0x1b);
  __m128i abef = _mm_alignr_epi8(low, high, 8);
  __m128i cdgh = _mm_blend_epi16(high, low, 0xf0);
  for (; count > 0; count--, block += 64) {
    const __m128i abef_before = abef, cdgh_before = cdgh;
    __m128i w[4];
#pragma clang loop unroll(full)
    for (int g = 0; g < 16; g++) {
      if (g < 4) {
        w[g] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(block + 16 * g)), order);
      } else {
        __m128i next = _mm_sha256msg1_epu32(w[g & 3], w[(g + 1) & 3]);
        next = _mm_add_epi32(next, _mm_alignr_epi8(w[(g + 3) & 3], w[(g + 2) & 3], 4));
        w[g & 3] = _mm_sha256msg2_epu32(next, w[(g + 3) & 3]);
      }
      __m128i wk = _mm_add_epi32(w[g & 3], _mm_load_si128((const __m128i *)(K256 + 4 * g)));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, wk);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(wk, 0x0e));
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }
  low = _mm_shuffle_epi32(abef, 0x1b);
  high = _mm_shuffle_epi32(cdgh, 0xb1);
  _mm_storeu_si128((__m128i *)h, _mm_blend_epi16(low, high, 0xf0));
  _mm_storeu_si128((__m128i *)(h + 4), _mm_alignr_epi8(high, low, 8));
}

SHA_INSTRUCTIONS static inline void sha1_hardware(uint32_t h[5], const uint8_t *block, size_t count) {
  const __m128i order = _mm_set_epi64x(0x0001020304050607LL, 0x08090a0b0c0d0e0fLL);
  __m128i abcd = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)h), 0x1b);
  __m128i e = _mm_set_epi32((int)h[4], 0, 0, 0);
  for (; count > 0; count--, block += 64) {
    const __m128i abcd_start = abcd, e_start = e;
    __m128i before = abcd;
    __m128i w[4];
#pragma clang loop unroll(full)
    for (int g = 0; g < 20; g++) {
      if (g < 4) {
        w[g] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(block + 16 * g)), order);
      } else {
        __m128i next = _mm_sha1msg1_epu32(w[g & 3], w[(g + 1) & 3]);
        w[g & 3] = _mm_sha1msg2_epu32(_mm_xor_si128(next, w[(g + 2) & 3]), w[(g + 3) & 3]);
      }
      __m128i we = g == 0 ? _mm_add_epi32(e, w[0]) : _mm_sha1nexte_epu32(before, w[g & 3]);
      before = abcd;
      if (g < 5) abcd = _mm_sha1rnds4_epu32(abcd, we, 0);
      else if (g < 10) abcd = _mm_sha1rnds4_epu32(abcd, we, 1);
      else if (g < 15) abcd = _mm_sha1rnds4_epu32(abcd, we, 2);
      else abcd = _mm_sha1rnds4_epu32(abcd, we, 3);
    }
    e = _mm_sha1nexte_epu32(before, e_start);
    abcd = _mm_add_epi32(abcd, abcd_start);
  }
  _mm_storeu_si128((__m128i *)h, _mm_shuffle_epi32(abcd, 0x1b));
  h[4] = (uint32_t)_mm_extract_epi32(e, 3);
}

#else
bool bare_has_sha_instructions(void) { return false; }
#endif

static void sha256_openssl(uint32_t h[8], const uint8_t *block, size_t count) {
  SHA256_CTX c = {.num = 0};
  memcpy(c.h, h, 32);
  for (size_t i = 0; i < count; i++) SHA256_Transform(&c, block + 64 * i);
  memcpy(h, c.h, 32);
}

static void sha1_openssl(uint32_t h[5], const uint8_t *block, size_t count) {
  SHA_CTX c = {.h0 = h[0], .h1 = h[1], .h2 = h[2], .h3 = h[3], .h4 = h[4]};
  for (size_t i = 0; i < count; i++) SHA1_Transform(&c, block + 64 * i);
  h[0] = c.h0; h[1] = c.h1; h[2] = c.h2; h[3] = c.h3; h[4] = c.h4;
}

size_t bare_pad(uint8_t *out, size_t count) {
  size_t total = (count + 9 + 63) / 64 * 64;
  uint64_t bits = __builtin_bswap64((uint64_t)count * 8);
  out[count] = 0x80;
  memset(out + count + 1, 0, total - count - 9);
  memcpy(out + total - 8, &bits, 8);
  return total / 64;
}

static const uint32_t START1[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
static const uint32_t START256[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                     0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

static inline void store(uint8_t *out, const uint32_t *h, int words) {
  for (int i = 0; i < words; i++) {
    uint32_t value = __builtin_bswap32(h[i]);
    memcpy(out + 4 * i, &value, 4);
  }
}

#define REPLAY(SHA1, SHA256)                                                                \
  uint8_t extend1[128], extend256[128];                                                     \
  memcpy(extend1, sha1, 20);                                                                \
  memcpy(extend256, sha256, 32);                                                            \
  bare_pad(extend1, 40);                                                                    \
  bare_pad(extend256, 64);                                                                  \
  for (size_t i = 0; i < count; i++) {                                                      \
    uint32_t h1[5], h256[8];                                                                \
    memcpy(h1, START1, 20);                                                                 \
    SHA1(h1, blocks, block_counts[i]);                                                      \
    memcpy(h256, START256, 32);                                                             \
    SHA256(h256, blocks, block_counts[i]);                                                  \
    blocks += 64 * (size_t)block_counts[i];                                                 \
    store(extend1 + 20, h1, 5);                                                             \
    store(extend256 + 32, h256, 8);                                                         \
    if (violations[i]) {                                                                    \
      memset(extend1 + 20, 0xff, 20);                                                       \
      memset(extend256 + 32, 0xff, 32);                                                     \
    }                                                                                       \
    memcpy(h1, START1, 20);                                                                 \
    SHA1(h1, extend1, 1);                                                                   \
    store(extend1, h1, 5);                                                                  \
    memcpy(h256, START256, 32);                                                             \
    SHA256(h256, extend256, 2);                                                             \
    store(extend256, h256, 8);                                                              \
  }                                                                                         \
  memcpy(sha1, extend1, 20);                                                                \
  memcpy(sha256, extend256, 32);

#if defined(__x86_64__)
SHA_INSTRUCTIONS static void replay_hardware(const uint8_t *blocks, const uint8_t *block_counts,
                                             const uint8_t *violations, size_t count, uint8_t *sha1, uint8_t *sha256) {
  REPLAY(sha1_hardware, sha256_hardware)
}
#endif

static void replay_openssl(const uint8_t *blocks, const uint8_t *block_counts, const uint8_t *violations, size_t count,
                           uint8_t *sha1, uint8_t *sha256) {
  REPLAY(sha1_openssl, sha256_openssl)
}

void bare_replay(const uint8_t *blocks, const uint8_t *block_counts, const uint8_t *violations, size_t count,
                 uint8_t *sha1, uint8_t *sha256) {
#if defined(__x86_64__)
  if (bare_has_sha_instructions()) {
    replay_hardware(blocks, block_counts, violations, count, sha1, sha256);
    return;
  }
#endif
  replay_openssl(blocks, block_counts, violations, count, sha1, sha256);
}
