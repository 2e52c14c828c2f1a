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

/* Where the digests of one algorithm go, one after another. */
struct cossl_output {
  uint16_t algorithm;
  uint8_t *digests;
  /* Unless NULL, gets 1 for every message whose digest is the recorded one, else 0. */
  uint8_t *same;
};

/* Digests of `count` messages in each of the algorithms.
 * The caller answers for all pieces and recorded digests lying inside `bytes`.
 * Returns 1, or 0 when OpenSSL lacks an algorithm. */
int cossl_digest_messages(const uint8_t *bytes, const struct cossl_message *messages, size_t count,
                          const struct cossl_output *outputs, size_t output_count);

/* The registers of one bank and what they are extended with. */
struct cossl_bank {
  uint16_t algorithm;
  /* 24 values of the bank's width. */
  uint8_t *registers;
  /* Digests of `digest_count` bytes each; shorter ones than the bank's are followed by zeros. */
  const uint8_t *digests;
  size_t digest_count;
  /* Unless NULL, gets after every record the value of its register; zeros for a record that is passed over. */
  uint8_t *values;
};

enum { COSSL_BANK_LIMIT = 4 };

/* Extends the registers of at most COSSL_BANK_LIMIT banks with `count` digests each, in order. Banks are worked on in
 * turn, record by record, because each is a chain in which the processor would have to wait.
 * `indexes` holds the register of each record; from 24 on the record is passed over.
 * Returns 1, or 0 when OpenSSL lacks an algorithm, digests are too long or banks too many. */
int cossl_extend_banks(const struct cossl_bank *banks, size_t bank_count, const uint8_t *indexes, size_t count);

/* Extends one register with `count` digests of the bank's width, in order, and stops as soon as it has one of the
 * wanted values. `value` is the register before and after. Writes to *extended how many digests were taken.
 * Returns 1 + the index of the wanted value, 0 when the register never had one, -1 when OpenSSL lacks the algorithm. */
int cossl_extend_until(uint16_t algorithm, uint8_t *value, const uint8_t *digests, size_t count,
                       const uint8_t *wanted, size_t wanted_count, size_t *extended);

#endif
