#include "COpenSSLKeys.h"

#include <limits.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

static X509 *read_certificate(const uint8_t *der, size_t count, size_t *size) {
  if (count == 0 || count > INT_MAX) return NULL;
  const unsigned char *cursor = der;
  X509 *certificate = d2i_X509(NULL, &cursor, (long)count);
  if (certificate != NULL) *size = (size_t)(cursor - der);
  ERR_clear_error();
  return certificate;
}

/* The first element of the certificate, with its head: RFC 5280, section 4.1. */
static void find_signed_part(const uint8_t *der, cossl_certificate *out) {
  const unsigned char *cursor = der;
  long length = 0;
  int tag = 0, class = 0;
  if (ASN1_get_object(&cursor, &length, &tag, &class, (long)out->der_count) & 0x80) return;
  const unsigned char *start = cursor;
  long rest = (long)out->der_count - (start - der);
  if (ASN1_get_object(&cursor, &length, &tag, &class, rest) & 0x80) return;
  out->signed_start = (size_t)(start - der);
  out->signed_count = (size_t)(cursor - start) + (size_t)length;
}

static int64_t seconds(const ASN1_TIME *time) {
  ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
  int days = 0, rest = 0;
  int64_t result = 0;
  if (epoch != NULL && ASN1_TIME_diff(&days, &rest, epoch, time) == 1) result = (int64_t)days * 86400 + rest;
  ASN1_TIME_free(epoch);
  return result;
}

static void write_name(const X509_NAME *name, char *text, size_t room) {
  text[0] = 0;
  BIO *bio = BIO_new(BIO_s_mem());
  if (bio == NULL) return;
  if (X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0) {
    int size = BIO_read(bio, text, (int)room - 1);
    text[size > 0 ? size : 0] = 0;
  }
  BIO_free(bio);
}

static int allows_attestation(X509 *certificate) {
  EXTENDED_KEY_USAGE *uses = X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
  if (uses == NULL) return X509_get_ext_by_NID(certificate, NID_ext_key_usage, -1) < 0 ? 1 : 0;
  int allowed = 0;
  for (int i = 0; i < sk_ASN1_OBJECT_num(uses); i++) {
    char text[64];
    OBJ_obj2txt(text, sizeof text, sk_ASN1_OBJECT_value(uses, i), 1);
    if (strcmp(text, "2.23.133.8.3") == 0) allowed = 2;                     /* tcg-kp-AIKCertificate */
    if (strcmp(text, "2.5.29.37.0") == 0 && allowed == 0) allowed = 1;      /* anyExtendedKeyUsage */
  }
  sk_ASN1_OBJECT_pop_free(uses, ASN1_OBJECT_free);
  return allowed;
}

int cossl_certificate_read(const uint8_t *der, size_t count, cossl_certificate *out) {
  memset(out, 0, sizeof *out);
  X509 *certificate = read_certificate(der, count, &out->der_count);
  if (certificate == NULL) return 0;
  out->not_before = seconds(X509_get0_notBefore(certificate));
  out->not_after = seconds(X509_get0_notAfter(certificate));
  find_signed_part(der, out);
  out->attestation_use = allows_attestation(certificate);
  out->signs = (X509_get_key_usage(certificate) & X509v3_KU_DIGITAL_SIGNATURE) != 0;
  out->is_authority = X509_check_ca(certificate) != 0;
  write_name(X509_get_subject_name(certificate), out->subject, sizeof out->subject);
  write_name(X509_get_issuer_name(certificate), out->issuer, sizeof out->issuer);
  X509_free(certificate);
  ERR_clear_error();
  return 1;
}

size_t cossl_certificate_key(const uint8_t *der, size_t count, uint8_t *spki, size_t room) {
  size_t size = 0, result = 0;
  X509 *certificate = read_certificate(der, count, &size);
  if (certificate == NULL) return 0;
  unsigned char *key = NULL;
  int key_size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key);
  if (key_size > 0) result = cossl_key_from_spki(key, (size_t)key_size, spki, room);
  OPENSSL_free(key);
  X509_free(certificate);
  ERR_clear_error();
  return result;
}

/* Pushes every certificate of the row to `stack`. */
static void read_row(const uint8_t *row, size_t count, STACK_OF(X509) *stack) {
  size_t size = 0;
  while (count > 0) {
    X509 *certificate = read_certificate(row, count, &size);
    if (certificate == NULL || size == 0) break;
    if (sk_X509_push(stack, certificate) == 0) {
      X509_free(certificate);
      break;
    }
    row += size;
    count -= size;
  }
}

int cossl_chain_verify(const uint8_t *leaf_der, size_t leaf_count, const uint8_t *others, size_t others_count,
                       const uint8_t *anchors, size_t anchors_count, int check_time, int64_t time,
                       char message[256], char at[512]) {
  int code = X509_V_ERR_UNSPECIFIED;
  size_t size = 0;
  message[0] = at[0] = 0;
  X509 *leaf = read_certificate(leaf_der, leaf_count, &size);
  STACK_OF(X509) *untrusted = sk_X509_new_null(), *roots = sk_X509_new_null();
  X509_STORE *store = X509_STORE_new();
  X509_STORE_CTX *context = X509_STORE_CTX_new();
  if (leaf != NULL && untrusted != NULL && roots != NULL && store != NULL && context != NULL) {
    read_row(others, others_count, untrusted);
    read_row(anchors, anchors_count, roots);
    for (int i = 0; i < sk_X509_num(roots); i++) X509_STORE_add_cert(store, sk_X509_value(roots, i));
    if (X509_STORE_CTX_init(context, store, leaf, untrusted) == 1) {
      X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(context);
      /* An anchor may be an intermediate: whoever names it pins it. */
      X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
      if (check_time)
        X509_VERIFY_PARAM_set_time(parameters, (time_t)time);
      else
        X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_NO_CHECK_TIME);
      int holds = X509_verify_cert(context);
      code = X509_STORE_CTX_get_error(context);
      if (holds == 1) code = X509_V_OK;
      else if (code == X509_V_OK) code = X509_V_ERR_UNSPECIFIED;
      if (code != X509_V_OK) {
        strncpy(message, X509_verify_cert_error_string(code), 255);
        message[255] = 0;
        X509 *fault = X509_STORE_CTX_get_current_cert(context);
        if (fault != NULL) write_name(X509_get_subject_name(fault), at, 512);
      }
    }
  }
  X509_STORE_CTX_free(context);
  X509_STORE_free(store);
  sk_X509_pop_free(untrusted, X509_free);
  sk_X509_pop_free(roots, X509_free);
  X509_free(leaf);
  ERR_clear_error();
  return code;
}

int cossl_chain_error_kind(int code) {
  switch (code) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
      return 1;
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return 2;
    default:
      return 0;
  }
}
