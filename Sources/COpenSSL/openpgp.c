#include "COpenSSLOpenPGP.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

/* Larger keys and signatures than anybody makes are refused before OpenSSL sees them. */
enum { largest_number = 1 << 14 };

static const char *hash_name(uint8_t hash) {
  switch (hash) {
    case 1: return "MD5";
    case 2: return "SHA1";
    case 3: return "RIPEMD160";
    case 8: return "SHA256";
    case 9: return "SHA384";
    case 10: return "SHA512";
    case 11: return "SHA224";
    case 12: return "SHA3-256";
    case 14: return "SHA3-512";
    default: return NULL;
  }
}

int cossl_openpgp_digest(uint8_t hash, const uint8_t *a, size_t a_count, const uint8_t *b, size_t b_count,
                         uint8_t *out) {
  const char *name = hash_name(hash);
  EVP_MD *md = name == NULL ? NULL : EVP_MD_fetch(NULL, name, NULL);
  EVP_MD_CTX *context = md == NULL ? NULL : EVP_MD_CTX_new();
  unsigned int size = 0;
  if (context == NULL || EVP_DigestInit_ex2(context, md, NULL) != 1 ||
      (a_count > 0 && EVP_DigestUpdate(context, a, a_count) != 1) ||
      (b_count > 0 && EVP_DigestUpdate(context, b, b_count) != 1) || EVP_DigestFinal_ex(context, out, &size) != 1)
    size = 0;
  EVP_MD_CTX_free(context);
  EVP_MD_free(md);
  ERR_clear_error();
  return (int)size;
}

static int verify_message(EVP_PKEY *key, const uint8_t *message, size_t count, const uint8_t *signature,
                          size_t signature_count) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  int result = -1;
  if (context != NULL && EVP_DigestVerifyInit_ex(context, NULL, NULL, NULL, NULL, key, NULL) == 1)
    result = EVP_DigestVerify(context, signature, signature_count, message, count) == 1;
  EVP_MD_CTX_free(context);
  return result;
}

static int verify_digest(EVP_PKEY *key, const char *hash, const uint8_t *digest, size_t count,
                         const uint8_t *signature, size_t signature_count) {
  EVP_MD *md = EVP_MD_fetch(NULL, hash, NULL);
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
  int result = -1;
  if (md != NULL && context != NULL && EVP_PKEY_verify_init(context) == 1 &&
      (!EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1) &&
      EVP_PKEY_CTX_set_signature_md(context, md) == 1)
    result = EVP_PKEY_verify(context, signature, signature_count, digest, count) == 1;
  EVP_PKEY_CTX_free(context);
  EVP_MD_free(md);
  return result;
}

int cossl_openpgp_verify(const uint8_t *spki, size_t spki_count, uint8_t hash, const uint8_t *digest,
                         size_t digest_count, const uint8_t *signature, size_t signature_count) {
  const char *name = hash_name(hash);
  if (name == NULL || spki_count > largest_number || signature_count > largest_number) return -1;
  const unsigned char *cursor = spki;
  EVP_PKEY *key = d2i_PUBKEY(NULL, &cursor, (long)spki_count);
  int result = -1;
  if (key != NULL && EVP_PKEY_is_a(key, "ED25519"))
    result = verify_message(key, digest, digest_count, signature, signature_count);
  else if (key != NULL && (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "DSA") || EVP_PKEY_is_a(key, "EC")))
    result = verify_digest(key, name, digest, digest_count, signature, signature_count);
  EVP_PKEY_free(key);
  ERR_clear_error();
  return result;
}
