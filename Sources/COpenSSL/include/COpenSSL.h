/* The one door to OpenSSL. Plain buffers in, plain buffers out; no OpenSSL type leaves this target. */
#ifndef COPENSSL_H
#define COPENSSL_H

#include <stddef.h>
#include <stdint.h>

#include "COpenSSLKeys.h"
#include "COpenSSLBatch.h"
#include "COpenSSLOpenPGP.h"
#include "COpenSSLFiles.h"
#include "COpenSSLFileSignatures.h"
#include "COpenSSLImages.h"

/* Digest of a followed by b (either may be empty). `algorithm` is a TPM_ALG_ID.
 * Writes the digest to `out` (64 bytes of room) and returns its size, or 0 when OpenSSL lacks the algorithm. */
int cossl_digest(uint16_t algorithm, const uint8_t *a, size_t a_count, const uint8_t *b, size_t b_count,
                 uint8_t *out);

/* A digest made piece by piece. `cossl_stream_start` gives NULL when OpenSSL lacks the algorithm; `cossl_stream_end`
 * writes the digest (64 bytes of room; none when `out` is NULL), returns its size, and frees the stream. */
void *cossl_stream_start(uint16_t algorithm);
int cossl_stream_add(void *stream, const uint8_t *bytes, size_t count);
int cossl_stream_end(void *stream, uint8_t *out);

#endif
