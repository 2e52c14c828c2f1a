#include "COpenSSLKeys.h"

#include <limits.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

/* Larger keys and messages than any TPM makes are refused before OpenSSL sees them. */
enum { largest_input = 1 << 20 };

size_t cossl_pem_next(const uint8_t *text, size_t count, size_t *position, char label[64], uint8_t *der, size_t room) {
  if (*position >= count || count - *position > INT_MAX) return 0;
  BIO *bio = BIO_new_mem_buf(text + *position, (int)(count - *position));
  if (bio == NULL) return 0;
  char *name = NULL, *header = NULL;
  unsigned char *data = NULL;
  long size = 0;
  size_t result = 0;
  int whole = PEM_read_bio(bio, &name, &header, &data, &size) == 1;
  /* A damaged block is passed over, too: it must not hide those that follow. */
  *position = count - (size_t)BIO_pending(bio);
  if (whole) {
    if (size > 0 && (size_t)size <= room && strlen(name) < 64) {
      memcpy(der, data, (size_t)size);
      strcpy(label, name);
      result = (size_t)size;
    }
  }
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_free(data);
  BIO_free(bio);
  ERR_clear_error();
  return result;
}

static size_t write_key(EVP_PKEY *key, uint8_t *spki, size_t room) {
  size_t result = 0;
  unsigned char *der = NULL;
  int size = key == NULL ? 0 : i2d_PUBKEY(key, &der);
  if (size > 0 && (size_t)size <= room) {
    memcpy(spki, der, (size_t)size);
    result = (size_t)size;
  }
  OPENSSL_free(der);
  EVP_PKEY_free(key);
  ERR_clear_error();
  return result;
}

static EVP_PKEY *read_key(const uint8_t *der, size_t count) {
  if (count == 0 || count > largest_input) return NULL;
  const unsigned char *cursor = der;
  EVP_PKEY *key = d2i_PUBKEY(NULL, &cursor, (long)count);
  if (key != NULL && cursor != der + count) {
    EVP_PKEY_free(key);
    key = NULL;
  }
  return key;
}

size_t cossl_key_from_spki(const uint8_t *der, size_t count, uint8_t *spki, size_t room) {
  return write_key(read_key(der, count), spki, room);
}

size_t cossl_key_from_pkcs1(const uint8_t *der, size_t count, uint8_t *spki, size_t room) {
  if (count == 0 || count > largest_input) return 0;
  const unsigned char *cursor = der;
  return write_key(d2i_PublicKey(EVP_PKEY_RSA, NULL, &cursor, (long)count), spki, room);
}

static EVP_PKEY *key_from_parameters(const char *type, OSSL_PARAM_BLD *builder) {
  EVP_PKEY *key = NULL;
  OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
  if (parameters == NULL || context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
      EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
    key = NULL;
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(parameters);
  return key;
}

size_t cossl_key_from_rsa(const uint8_t *modulus, size_t count, uint32_t exponent, uint8_t *spki, size_t room) {
  if (count == 0 || count > 2048) return 0;
  BIGNUM *n = BN_bin2bn(modulus, (int)count, NULL), *e = BN_new();
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  EVP_PKEY *key = NULL;
  if (n != NULL && e != NULL && builder != NULL && BN_set_word(e, exponent) == 1 &&
      OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
      OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1)
    key = key_from_parameters("RSA", builder);
  OSSL_PARAM_BLD_free(builder);
  BN_free(n);
  BN_free(e);
  return write_key(key, spki, room);
}

size_t cossl_key_from_point(uint16_t curve, const uint8_t *x, size_t x_count, const uint8_t *y, size_t y_count,
                            uint8_t *spki, size_t room) {
  const char *group;
  size_t field;
  switch (curve) {
    case 0x0001: group = "P-192"; field = 24; break;
    case 0x0002: group = "P-224"; field = 28; break;
    case 0x0003: group = "P-256"; field = 32; break;
    case 0x0004: group = "P-384"; field = 48; break;
    case 0x0005: group = "P-521"; field = 66; break;
    case 0x0020: group = "SM2"; field = 32; break;
    default: return 0;
  }
  if (x_count > field || y_count > field) return 0;
  uint8_t point[1 + 2 * 66] = {4};
  memcpy(point + 1 + field - x_count, x, x_count);
  memcpy(point + 1 + 2 * field - y_count, y, y_count);
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  EVP_PKEY *key = NULL;
  if (builder != NULL && OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) == 1 &&
      OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * field) == 1)
    key = key_from_parameters("EC", builder);
  OSSL_PARAM_BLD_free(builder);
  return write_key(key, spki, room);
}

int cossl_key_describe(const uint8_t *spki, size_t count, char text[64]) {
  EVP_PKEY *key = read_key(spki, count);
  int bits = key == NULL ? 0 : EVP_PKEY_get_bits(key);
  text[0] = 0;
  if (bits > 0 && EVP_PKEY_is_a(key, "EC")) {
    char group[40] = "";
    size_t size = 0;
    EVP_PKEY_get_group_name(key, group, sizeof group, &size);
    const char *name = strcmp(group, "prime256v1") == 0  ? "P-256"
                       : strcmp(group, "secp384r1") == 0 ? "P-384"
                       : strcmp(group, "secp521r1") == 0 ? "P-521"
                                                         : group;
    BIO_snprintf(text, 64, "ECDSA %s", name);
  } else if (bits > 0) {
    BIO_snprintf(text, 64, "%s %d", EVP_PKEY_get0_type_name(key), bits);
  }
  EVP_PKEY_free(key);
  ERR_clear_error();
  return bits;
}

static const char *hash_name(uint16_t hash) {
  switch (hash) {
    case 0x0004: return "SHA1";
    case 0x000b: return "SHA256";
    case 0x000c: return "SHA384";
    case 0x000d: return "SHA512";
    case 0x0012: return "SM3";
    case 0x0027: return "SHA3-256";
    case 0x0028: return "SHA3-384";
    case 0x0029: return "SHA3-512";
    default: return NULL;
  }
}

/* One verification; `salt` is a length or RSA_PSS_SALTLEN_AUTO. */
static int verify_once(EVP_PKEY *key, const char *hash, int pss, int salt, const uint8_t *signature,
                       size_t signature_count, const uint8_t *message, size_t message_count) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  EVP_PKEY_CTX *key_context = NULL;
  int result = -1;
  if (context != NULL && EVP_DigestVerifyInit_ex(context, &key_context, hash, NULL, NULL, key, NULL) == 1 &&
      (!pss || (EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING) == 1 &&
                EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, salt) == 1)))
    result = EVP_DigestVerify(context, signature, signature_count, message, message_count) == 1;
  EVP_MD_CTX_free(context);
  ERR_clear_error();
  return result;
}

int cossl_verify(const uint8_t *spki, size_t spki_count, uint16_t scheme, uint16_t hash, const uint8_t *signature,
                 size_t signature_count, const uint8_t *message, size_t message_count, int *salt) {
  EVP_PKEY *key = read_key(spki, spki_count);
  const char *name = hash_name(hash);
  int result = -1;
  *salt = -1;
  if (key != NULL && name != NULL && signature_count <= largest_input) {
    int is_rsa = EVP_PKEY_is_a(key, "RSA"), is_ec = EVP_PKEY_is_a(key, "EC");
    if (scheme == 0x0014 && is_rsa) {
      result = verify_once(key, name, 0, 0, signature, signature_count, message, message_count);
    } else if (scheme == 0x0018 && is_ec) {
      result = verify_once(key, name, 0, 0, signature, signature_count, message, message_count);
    } else if (scheme == 0x0016 && is_rsa) {
      result = verify_once(key, name, 1, RSA_PSS_SALTLEN_AUTO, signature, signature_count, message, message_count);
      /* Good: which length was it? The digest's on most chips, the largest on old ones. */
      if (result == 1) {
        if (verify_once(key, name, 1, RSA_PSS_SALTLEN_DIGEST, signature, signature_count, message, message_count) == 1) {
          EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);
          *salt = md == NULL ? -1 : EVP_MD_get_size(md);
          EVP_MD_free(md);
        } else {
          int most = EVP_PKEY_get_size(key);
          for (int length = 0; length < most && *salt < 0; length++)
            if (verify_once(key, name, 1, length, signature, signature_count, message, message_count) == 1)
              *salt = length;
        }
      }
    }
  }
  EVP_PKEY_free(key);
  ERR_clear_error();
  return result;
}

int cossl_eddsa_verify(const uint8_t *spki, size_t spki_count, const uint8_t *signature, size_t signature_count,
                       const uint8_t *message, size_t message_count) {
  EVP_PKEY *key = read_key(spki, spki_count);
  int result = -1;
  if (key != NULL && signature_count <= largest_input && (EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448")))
    result = verify_once(key, NULL, 0, 0, signature, signature_count, message, message_count);
  EVP_PKEY_free(key);
  ERR_clear_error();
  return result;
}

size_t cossl_ecdsa_der(const uint8_t *r, size_t r_count, const uint8_t *s, size_t s_count, uint8_t *der, size_t room) {
  if (r_count > 128 || s_count > 128) return 0;
  ECDSA_SIG *pair = ECDSA_SIG_new();
  BIGNUM *r_number = BN_bin2bn(r, (int)r_count, NULL), *s_number = BN_bin2bn(s, (int)s_count, NULL);
  size_t result = 0;
  if (pair != NULL && r_number != NULL && s_number != NULL && ECDSA_SIG_set0(pair, r_number, s_number) == 1) {
    r_number = s_number = NULL;
    int size = i2d_ECDSA_SIG(pair, NULL);
    if (size > 0 && (size_t)size <= room) {
      unsigned char *cursor = der;
      result = (size_t)i2d_ECDSA_SIG(pair, &cursor);
    }
  }
  BN_free(r_number);
  BN_free(s_number);
  ECDSA_SIG_free(pair);
  ERR_clear_error();
  return result;
}
