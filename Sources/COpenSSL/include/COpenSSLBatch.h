/* Digests and extends of many records in one call. Included by COpenSSL.h. */
#ifndef COPENSSL_BATCH_H
#define COPENSSL_BATCH_H

#include <stddef.h>
#include <stdint.h>

/* One text to hash: two pieces of a common buffer, then zeros. All counts in bytes. */
struct cossl_message {
  uint32_t first_start;
  uint32_t first_count;
  uint32_t second_start;
  uint32_t second_count;
  uint32_t zero_count;
  /* Where in the buffer the digest is recorded that `same` compares with. */
  uint32_t recorded_start;
};

/* Digests of `count` messages, written one after another to `digests`.
 * `same`, unless NULL, gets 1 for every message whose digest is the recorded one, else 0.
 * The caller answers for all pieces and recorded digests lying inside `bytes`.
 * Returns 1, or 0 when OpenSSL lacks the algorithm. */
int cossl_digest_messages(uint16_t algorithm, const uint8_t *bytes, const struct cossl_message *messages, size_t count,
                          uint8_t *digests, uint8_t *same);

/* Extends registers with `count` digests of `digest_count` bytes each, in order; shorter ones than the bank's are
 * followed by zeros, longer ones are refused. `registers` holds 24 values of the bank. A record whose index is 24 or
 * more is passed over. `values`, unless NULL, gets after every record the value of its register (of a record passed
 * over: zeros).
 * Returns 1, or 0 when OpenSSL lacks the algorithm or the digests are too long. */
int cossl_extend_registers(uint16_t algorithm, uint8_t *registers, const uint8_t *indexes, const uint8_t *digests,
                           size_t digest_count, size_t count, uint8_t *values);

#endif
