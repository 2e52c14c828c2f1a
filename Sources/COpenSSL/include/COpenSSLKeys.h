/* Public keys, signatures and certificates through OpenSSL. Keys and certificates travel as DER. */
#ifndef COPENSSL_KEYS_H
#define COPENSSL_KEYS_H

#include <stddef.h>
#include <stdint.h>

/* Reads the next PEM block of `text`, from *position on, and moves *position behind it.
 * Writes its label (room for 64 bytes, ended by NUL) and its DER. Returns the DER's size, or 0 when no further block
 * stands there or it is larger than `room`. */
size_t cossl_pem_next(const uint8_t *text, size_t count, size_t *position, char label[64], uint8_t *der, size_t room);

/* Each gives a key as DER SubjectPublicKeyInfo, written anew so that equal keys give equal bytes.
 * Returns its size, or 0 when the input is no public key or the key is larger than `room`. */
size_t cossl_key_from_spki(const uint8_t *der, size_t count, uint8_t *spki, size_t room);
size_t cossl_key_from_pkcs1(const uint8_t *der, size_t count, uint8_t *spki, size_t room);
size_t cossl_key_from_rsa(const uint8_t *modulus, size_t count, uint32_t exponent, uint8_t *spki, size_t room);
/* `curve` is a TPM_ECC_CURVE; x and y are big-endian and may lack leading zeros. */
size_t cossl_key_from_point(uint16_t curve, const uint8_t *x, size_t x_count, const uint8_t *y, size_t y_count,
                            uint8_t *spki, size_t room);

/* Describes a key: writes for example "RSA 2048" or "ECDSA P-256". Returns the key's bits, 0 when it is no key. */
int cossl_key_describe(const uint8_t *spki, size_t count, char text[64]);

/* Verifies `signature` over `message`. `scheme` is 0x0014 (RSASSA), 0x0016 (RSAPSS) or 0x0018 (ECDSA, signature in
 * DER), `hash` a TPM_ALG_ID. Returns 1 when it verifies, 0 when it does not, -1 when the key or algorithm does not fit.
 * Writes the salt length of a good RSAPSS signature to *salt. */
int cossl_verify(const uint8_t *spki, size_t spki_count, uint16_t scheme, uint16_t hash, const uint8_t *signature,
                 size_t signature_count, const uint8_t *message, size_t message_count, int *salt);

/* Verifies an Ed25519 or Ed448 signature over `message` (RFC 8032, without prehashing or context). Returns as cossl_verify. */
int cossl_eddsa_verify(const uint8_t *spki, size_t spki_count, const uint8_t *signature, size_t signature_count,
                       const uint8_t *message, size_t message_count);

/* r and s (big-endian) as the DER of an ECDSA signature. Returns its size or 0. */
size_t cossl_ecdsa_der(const uint8_t *r, size_t r_count, const uint8_t *s, size_t s_count, uint8_t *der, size_t room);

typedef struct {
  size_t der_count;      /* bytes of the certificate itself; what follows is padding or something else */
  int64_t not_before;    /* seconds since 1970-01-01 UTC */
  int64_t not_after;
  int attestation_use;   /* extended key usage: 2 names an attestation key, 1 is absent or any, 0 is for other uses only */
  int is_authority;      /* 1: may issue certificates */
  size_t signed_start;   /* where the signed part starts, with its head; both 0 when it is not told */
  size_t signed_count;
  int signs;             /* 1: key usage allows digital signatures or is absent */
  char subject[512];     /* RFC 2253 text, escaped, cut at the room */
  char issuer[512];
} cossl_certificate;

/* Reads a DER certificate at the start of `der`. Returns 1, or 0 when none stands there. */
int cossl_certificate_read(const uint8_t *der, size_t count, cossl_certificate *certificate);
size_t cossl_certificate_key(const uint8_t *der, size_t count, uint8_t *spki, size_t room);

/* Builds and verifies a chain from `leaf` to one of `anchors`. `others` and `anchors` hold DER certificates one after
 * another. With `check_time` 0 no validity period is looked at, else `time` is the moment asked about.
 * Returns 0 when the chain holds, otherwise an X509_V_ERR code; writes its text to `message` and the subject of the
 * certificate at fault to `at`. */
int cossl_chain_verify(const uint8_t *leaf, size_t leaf_count, const uint8_t *others, size_t others_count,
                       const uint8_t *anchors, size_t anchors_count, int check_time, int64_t time,
                       char message[256], char at[512]);
/* 1 when the code says that an issuer or an anchor is absent, 2 when it speaks of a validity period, else 0. */
int cossl_chain_error_kind(int code);

#endif
