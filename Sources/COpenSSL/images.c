#include "COpenSSL.h"

#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

/* A signature with its chain is a few KiB. */
static const size_t largest_signature = 1 << 20;

static int is_signer_of(STACK_OF(PKCS7_SIGNER_INFO) *signers, X509 *certificate) {
  for (int i = 0; i < sk_PKCS7_SIGNER_INFO_num(signers) && i < 8; i++) {
    PKCS7_ISSUER_AND_SERIAL *named = sk_PKCS7_SIGNER_INFO_value(signers, i)->issuer_and_serial;
    if (named != NULL && named->issuer != NULL && named->serial != NULL &&
        X509_NAME_cmp(named->issuer, X509_get_issuer_name(certificate)) == 0 &&
        ASN1_INTEGER_cmp(named->serial, X509_get0_serialNumber(certificate)) == 0)
      return 1;
  }
  return 0;
}

long cossl_signed_certificate(const uint8_t *der, size_t count, int index, uint8_t *certificate, size_t room,
                              int *is_signer) {
  *is_signer = 0;
  if (count == 0 || count > largest_signature) return -1;
  const unsigned char *cursor = der;
  /* The content is Authenticode's own and no octet string, which the CMS functions do not take. */
  PKCS7 *message = d2i_PKCS7(NULL, &cursor, (long)count);
  long result = -1;
  if (message != NULL && PKCS7_type_is_signed(message) && message->d.sign != NULL) {
    result = 0;
    X509 *found = index < 0 ? NULL : sk_X509_value(message->d.sign->cert, index);
    int size = found == NULL ? 0 : i2d_X509(found, NULL);
    if (size > 0 && (size_t)size <= room) {
      unsigned char *end = certificate;
      result = i2d_X509(found, &end);
      *is_signer = is_signer_of(message->d.sign->signer_info, found);
    }
  }
  PKCS7_free(message);
  ERR_clear_error();
  return result;
}
