/* Signatures over digests, key identifiers, and signatures appended to files. Included by COpenSSL.h. */
#ifndef COPENSSL_FILE_SIGNATURES_H
#define COPENSSL_FILE_SIGNATURES_H

#include <stddef.h>
#include <stdint.h>

/* Verifies a signature over a digest: RSA with PKCS #1 v1.5, or ECDSA in DER. `hash` is a TPM_ALG_ID.
 * Returns 1 when it verifies, 0 when it does not, -1 when the key, the algorithm or the digest's size does not fit.
 * The last keys are kept read, per thread. */
int cossl_digest_verify(const uint8_t *spki, size_t spki_count, uint16_t hash, const uint8_t *digest,
                        size_t digest_count, const uint8_t *signature, size_t signature_count);

/* SHA-1 of the key's BIT STRING: the PKCS #1 key, or the point of the curve. Writes 20 bytes. Returns 1, or 0 for no key. */
int cossl_key_digest(const uint8_t *spki, size_t count, uint8_t identifier[20]);
/* The certificate's subject key identifier. Returns its size, or 0 when it has none or it is larger than `room`. */
size_t cossl_certificate_key_identifier(const uint8_t *der, size_t count, uint8_t *identifier, size_t room);

/* What became of a PKCS #7 signature over content of which only the digest is known, and one certificate. */
enum {
  COSSL_APPENDED_UNREADABLE = -1,      /* no signed data in DER, or bytes behind it */
  COSSL_APPENDED_OTHER_SIGNER = 0,     /* the certificate is that of no signer */
  COSSL_APPENDED_VERIFIES = 1,
  COSSL_APPENDED_INVALID = 2,
  COSSL_APPENDED_OTHER_DIGEST = 3,     /* the signer used another digest algorithm than `hash` */
  COSSL_APPENDED_UNSUPPORTED = 4,
};
int cossl_appended_verify(const uint8_t *der, size_t count, uint16_t hash, const uint8_t *digest, size_t digest_count,
                          const uint8_t *certificate, size_t certificate_count);

/* Names the first signer: its key identifier or serial number. Returns its size; 0 when there is none, or it is larger than
 * `room`; -1 when the bytes are no signed data in DER. */
int cossl_appended_signer(const uint8_t *der, size_t count, uint8_t *name, size_t room);

#endif
