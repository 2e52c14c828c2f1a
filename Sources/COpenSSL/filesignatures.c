#include "COpenSSLFileSignatures.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* Larger keys and signatures than anybody makes are refused before OpenSSL sees them. */
enum { largest_key = 1 << 14, largest_message = 1 << 20, kept_keys = 4 };

static int hash_nid(uint16_t hash) {
  switch (hash) {
    case 0x0004: return NID_sha1;
    case 0x000b: return NID_sha256;
    case 0x000c: return NID_sha384;
    case 0x000d: return NID_sha512;
    case 0x0027: return NID_sha3_256;
    case 0x0028: return NID_sha3_384;
    case 0x0029: return NID_sha3_512;
    default: return NID_undef;
  }
}

static EVP_PKEY *read_spki(const uint8_t *spki, size_t count) {
  if (count == 0 || count > largest_key) return NULL;
  const unsigned char *cursor = spki;
  return d2i_PUBKEY(NULL, &cursor, (long)count);
}

/* Reading a key costs more than verifying with it, and a list has thousands of signatures of a few keys. */
static EVP_PKEY *kept_key(const uint8_t *spki, size_t count) {
  static _Thread_local struct {
    EVP_PKEY *key;
    size_t count;
    uint8_t spki[4096];
  } kept[kept_keys];
  static _Thread_local int next;
  if (count == 0 || count > sizeof kept[0].spki) return NULL;
  for (int i = 0; i < kept_keys; i++)
    if (kept[i].key != NULL && kept[i].count == count && memcmp(kept[i].spki, spki, count) == 0) return kept[i].key;
  EVP_PKEY *key = read_spki(spki, count);
  if (key == NULL) return NULL;
  EVP_PKEY_free(kept[next].key);
  kept[next].key = key;
  kept[next].count = count;
  memcpy(kept[next].spki, spki, count);
  next = (next + 1) % kept_keys;
  return key;
}

static int verify_digest(EVP_PKEY *key, int nid, const uint8_t *digest, size_t digest_count, const uint8_t *signature,
                         size_t signature_count) {
  int result = -1;
  const EVP_MD *md = EVP_get_digestbynid(nid);
  int is_rsa = EVP_PKEY_is_a(key, "RSA");
  if (md == NULL || (size_t)EVP_MD_get_size(md) != digest_count || (!is_rsa && !EVP_PKEY_is_a(key, "EC"))) return -1;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
  if (context != NULL && EVP_PKEY_verify_init(context) == 1 &&
      (!is_rsa || EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1) &&
      EVP_PKEY_CTX_set_signature_md(context, md) == 1)
    result = EVP_PKEY_verify(context, signature, signature_count, digest, digest_count) == 1;
  EVP_PKEY_CTX_free(context);
  return result;
}

int cossl_digest_verify(const uint8_t *spki, size_t spki_count, uint16_t hash, const uint8_t *digest,
                        size_t digest_count, const uint8_t *signature, size_t signature_count) {
  int nid = hash_nid(hash);
  if (nid == NID_undef || signature_count > largest_key) return -1;
  EVP_PKEY *key = kept_key(spki, spki_count);
  int result = key == NULL ? -1 : verify_digest(key, nid, digest, digest_count, signature, signature_count);
  ERR_clear_error();
  return result;
}

int cossl_key_digest(const uint8_t *spki, size_t count, uint8_t identifier[20]) {
  if (count == 0 || count > largest_key) return 0;
  const unsigned char *cursor = spki, *bits = NULL;
  int bit_count = 0, result = 0;
  unsigned int size = 0;
  X509_PUBKEY *key = d2i_X509_PUBKEY(NULL, &cursor, (long)count);
  if (key != NULL && X509_PUBKEY_get0_param(NULL, &bits, &bit_count, NULL, key) == 1 && bit_count > 0)
    result = EVP_Digest(bits, (size_t)bit_count, identifier, &size, EVP_sha1(), NULL) == 1 && size == 20;
  X509_PUBKEY_free(key);
  ERR_clear_error();
  return result;
}

static X509 *read_certificate(const uint8_t *der, size_t count) {
  if (count == 0 || count > largest_message) return NULL;
  const unsigned char *cursor = der;
  return d2i_X509(NULL, &cursor, (long)count);
}

size_t cossl_certificate_key_identifier(const uint8_t *der, size_t count, uint8_t *identifier, size_t room) {
  X509 *certificate = read_certificate(der, count);
  const ASN1_OCTET_STRING *found = certificate == NULL ? NULL : X509_get0_subject_key_id(certificate);
  int size = found == NULL ? 0 : ASN1_STRING_length(found);
  size_t result = 0;
  if (size > 0 && (size_t)size <= room) {
    memcpy(identifier, ASN1_STRING_get0_data(found), (size_t)size);
    result = (size_t)size;
  }
  X509_free(certificate);
  ERR_clear_error();
  return result;
}

/* Signed data that fills `der`. */
static CMS_ContentInfo *read_signed_data(const uint8_t *der, size_t count) {
  if (count == 0 || count > largest_message) return NULL;
  const unsigned char *cursor = der;
  CMS_ContentInfo *message = d2i_CMS_ContentInfo(NULL, &cursor, (long)count);
  if (message != NULL && (cursor != der + count || OBJ_obj2nid(CMS_get0_type(message)) != NID_pkcs7_signed)) {
    CMS_ContentInfo_free(message);
    message = NULL;
  }
  return message;
}

/* The content's digest stands in an attribute, and the signature is over the attributes. */
static int verify_attributes(CMS_SignerInfo *signer, X509 *certificate, const uint8_t *digest, size_t digest_count) {
  const ASN1_OCTET_STRING *found = CMS_signed_get0_data_by_OBJ(signer, OBJ_nid2obj(NID_pkcs9_messageDigest), -3,
                                                               V_ASN1_OCTET_STRING);
  if (found == NULL || (size_t)ASN1_STRING_length(found) != digest_count ||
      memcmp(ASN1_STRING_get0_data(found), digest, digest_count) != 0)
    return COSSL_APPENDED_INVALID;
  CMS_SignerInfo_set1_signer_cert(signer, certificate);
  return CMS_SignerInfo_verify(signer) == 1 ? COSSL_APPENDED_VERIFIES : COSSL_APPENDED_INVALID;
}

static int verify_signer(CMS_SignerInfo *signer, X509 *certificate, int nid, const uint8_t *digest,
                         size_t digest_count) {
  EVP_PKEY *key = X509_get0_pubkey(certificate);
  X509_ALGOR *digest_algorithm = NULL, *signature_algorithm = NULL;
  const ASN1_OBJECT *digest_name = NULL, *signature_name = NULL;
  CMS_SignerInfo_get0_algs(signer, NULL, NULL, &digest_algorithm, &signature_algorithm);
  if (key == NULL || digest_algorithm == NULL || signature_algorithm == NULL) return COSSL_APPENDED_UNSUPPORTED;
  X509_ALGOR_get0(&digest_name, NULL, NULL, digest_algorithm);
  X509_ALGOR_get0(&signature_name, NULL, NULL, signature_algorithm);
  if (OBJ_obj2nid(digest_name) != nid) return COSSL_APPENDED_OTHER_DIGEST;
  /* The kernel reads neither RSA-PSS here nor other kinds of keys. */
  if (OBJ_obj2nid(signature_name) == NID_rsassaPss || (!EVP_PKEY_is_a(key, "RSA") && !EVP_PKEY_is_a(key, "EC")))
    return COSSL_APPENDED_UNSUPPORTED;
  if (CMS_signed_get_attr_count(signer) > 0) return verify_attributes(signer, certificate, digest, digest_count);
  const ASN1_OCTET_STRING *signature = CMS_SignerInfo_get0_signature(signer);
  if (signature == NULL || ASN1_STRING_length(signature) <= 0) return COSSL_APPENDED_INVALID;
  switch (verify_digest(key, nid, digest, digest_count, ASN1_STRING_get0_data(signature),
                        (size_t)ASN1_STRING_length(signature))) {
    case 1: return COSSL_APPENDED_VERIFIES;
    case 0: return COSSL_APPENDED_INVALID;
    default: return COSSL_APPENDED_UNSUPPORTED;
  }
}

int cossl_appended_verify(const uint8_t *der, size_t count, uint16_t hash, const uint8_t *digest, size_t digest_count,
                          const uint8_t *certificate_der, size_t certificate_count) {
  int nid = hash_nid(hash), result = COSSL_APPENDED_UNSUPPORTED;
  CMS_ContentInfo *message = read_signed_data(der, count);
  X509 *certificate = read_certificate(certificate_der, certificate_count);
  STACK_OF(CMS_SignerInfo) *signers = message == NULL ? NULL : CMS_get0_SignerInfos(message);
  if (message == NULL) {
    result = COSSL_APPENDED_UNREADABLE;
  } else if (certificate != NULL && nid != NID_undef) {
    result = COSSL_APPENDED_OTHER_SIGNER;
    for (int i = 0; i < sk_CMS_SignerInfo_num(signers) && i < 8 && result != COSSL_APPENDED_VERIFIES; i++) {
      CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(signers, i);
      if (CMS_SignerInfo_cert_cmp(signer, certificate) == 0)
        result = verify_signer(signer, certificate, nid, digest, digest_count);
    }
  }
  X509_free(certificate);
  CMS_ContentInfo_free(message);
  ERR_clear_error();
  return result;
}

int cossl_appended_signer(const uint8_t *der, size_t count, uint8_t *name, size_t room) {
  CMS_ContentInfo *message = read_signed_data(der, count);
  if (message == NULL) {
    ERR_clear_error();
    return -1;
  }
  int result = 0;
  STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(message);
  CMS_SignerInfo *signer = signers == NULL ? NULL : sk_CMS_SignerInfo_value(signers, 0);
  ASN1_OCTET_STRING *identifier = NULL;
  ASN1_INTEGER *serial = NULL;
  X509_NAME *issuer = NULL;
  if (signer != NULL && CMS_SignerInfo_get0_signer_id(signer, &identifier, &issuer, &serial) == 1) {
    const ASN1_STRING *found = identifier != NULL ? identifier : serial;
    int size = found == NULL ? 0 : ASN1_STRING_length(found);
    if (size > 0 && (size_t)size <= room) {
      memcpy(name, ASN1_STRING_get0_data(found), (size_t)size);
      result = size;
    }
  }
  CMS_ContentInfo_free(message);
  ERR_clear_error();
  return result;
}
