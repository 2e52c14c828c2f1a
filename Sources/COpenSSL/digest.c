#include "COpenSSL.h"

#include <openssl/evp.h>
#include <pthread.h>

static EVP_MD *algorithms[8];
static pthread_once_t fetched = PTHREAD_ONCE_INIT;

static void fetch_algorithms(void) {
  static const char *names[8] = {"SHA1", "SHA256", "SHA384", "SHA512", "SM3", "SHA3-256", "SHA3-384", "SHA3-512"};
  for (int i = 0; i < 8; i++) algorithms[i] = EVP_MD_fetch(NULL, names[i], NULL);
}

static const EVP_MD *algorithm_of(uint16_t algorithm) {
  pthread_once(&fetched, fetch_algorithms);
  switch (algorithm) {
    case 0x0004: return algorithms[0];
    case 0x000b: return algorithms[1];
    case 0x000c: return algorithms[2];
    case 0x000d: return algorithms[3];
    case 0x0012: return algorithms[4];
    case 0x0027: return algorithms[5];
    case 0x0028: return algorithms[6];
    case 0x0029: return algorithms[7];
    default: return NULL;
  }
}

int cossl_digest(uint16_t algorithm, const uint8_t *a, size_t a_count, const uint8_t *b, size_t b_count,
                 uint8_t *out) {
  static _Thread_local EVP_MD_CTX *context;
  const EVP_MD *md = algorithm_of(algorithm);
  if (md == NULL) return 0;
  if (context == NULL && (context = EVP_MD_CTX_new()) == NULL) return 0;
  unsigned int size = 0;
  if (EVP_DigestInit_ex2(context, md, NULL) != 1 || EVP_DigestUpdate(context, a, a_count) != 1 ||
      (b_count > 0 && EVP_DigestUpdate(context, b, b_count) != 1) ||
      EVP_DigestFinal_ex(context, out, &size) != 1)
    return 0;
  return (int)size;
}

void *cossl_stream_start(uint16_t algorithm) {
  const EVP_MD *md = algorithm_of(algorithm);
  EVP_MD_CTX *context = md == NULL ? NULL : EVP_MD_CTX_new();
  if (context != NULL && EVP_DigestInit_ex2(context, md, NULL) != 1) {
    EVP_MD_CTX_free(context);
    return NULL;
  }
  return context;
}

int cossl_stream_add(void *stream, const uint8_t *bytes, size_t count) {
  return EVP_DigestUpdate(stream, bytes, count) == 1;
}

int cossl_stream_end(void *stream, uint8_t *out) {
  unsigned int size = 0;
  if (out != NULL && EVP_DigestFinal_ex(stream, out, &size) != 1) size = 0;
  EVP_MD_CTX_free(stream);
  return (int)size;
}
