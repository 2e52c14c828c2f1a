/* Digests and signatures as OpenPGP numbers them. Included by COpenSSL.h. */
#ifndef COPENSSL_OPENPGP_H
#define COPENSSL_OPENPGP_H

#include <stddef.h>
#include <stdint.h>

/* Digest of `a` followed by `b`. `hash` is an OpenPGP hash algorithm (RFC 9580, section 9.5).
 * Writes to `out` (64 bytes of room) and returns the digest's size, or 0 when OpenSSL lacks the algorithm. */
int cossl_openpgp_digest(uint8_t hash, const uint8_t *a, size_t a_count, const uint8_t *b, size_t b_count,
                         uint8_t *out);

/* Verifies a signature over a digest. The key is a DER SubjectPublicKeyInfo: RSA (the signature is PKCS #1 v1.5), DSA and
 * EC (the signature is DER), Ed25519 (64 bytes, over the digest as its message).
 * Returns 1 when it verifies, 0 when it does not, -1 when the key or the algorithm can't be used. */
int cossl_openpgp_verify(const uint8_t *spki, size_t spki_count, uint8_t hash, const uint8_t *digest,
                         size_t digest_count, const uint8_t *signature, size_t signature_count);

#endif
