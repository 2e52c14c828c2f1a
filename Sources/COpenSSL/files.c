#include "COpenSSL.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

enum { ALGORITHM_COUNT = 9 };

/* OpenPGP's numbers, and 240 for SM3, which has none. */
static const uint8_t numbers[ALGORITHM_COUNT] = {1, 2, 8, 9, 10, 11, 12, 14, 240};
static const char *const names[ALGORITHM_COUNT] = {"MD5", "SHA1", "SHA256", "SHA384", "SHA512",
                                                   "SHA224", "SHA3-256", "SHA3-512", "SM3"};
static EVP_MD *algorithms[ALGORITHM_COUNT];
static pthread_once_t fetched = PTHREAD_ONCE_INIT;

static void fetch_algorithms(void) {
  for (int i = 0; i < ALGORITHM_COUNT; i++) algorithms[i] = EVP_MD_fetch(NULL, names[i], NULL);
}

static const EVP_MD *algorithm_of(uint8_t number) {
  for (int i = 0; i < ALGORITHM_COUNT; i++)
    if (numbers[i] == number) return algorithms[i];
  return NULL;
}

struct digest_set {
  size_t count;
  EVP_MD_CTX *contexts[ALGORITHM_COUNT];
};

void *cossl_files_new(const uint8_t *wanted, size_t count) {
  pthread_once(&fetched, fetch_algorithms);
  if (count > ALGORITHM_COUNT) return NULL;
  struct digest_set *set = calloc(1, sizeof *set);
  if (set == NULL) return NULL;
  for (; set->count < count; set->count++) {
    const EVP_MD *md = algorithm_of(wanted[set->count]);
    EVP_MD_CTX *context = md == NULL ? NULL : EVP_MD_CTX_new();
    set->contexts[set->count] = context;
    if (context == NULL || EVP_DigestInit_ex2(context, md, NULL) != 1) {
      EVP_MD_CTX_free(context);
      cossl_files_free(set);
      return NULL;
    }
  }
  return set;
}

int cossl_files_add(void *opaque, const uint8_t *bytes, size_t count) {
  struct digest_set *set = opaque;
  int good = 1;
  /* Pieces that stay in the first-level cache while every algorithm reads them. */
  enum { PIECE = 16384 };
  for (size_t start = 0; start < count; start += PIECE) {
    size_t size = count - start < PIECE ? count - start : PIECE;
    for (size_t i = 0; i < set->count; i++) good &= EVP_DigestUpdate(set->contexts[i], bytes + start, size) == 1;
  }
  return good;
}

size_t cossl_files_finish(void *opaque, uint8_t *out, size_t room) {
  struct digest_set *set = opaque;
  size_t written = 0;
  int good = 1;
  for (size_t i = 0; i < set->count; i++) {
    EVP_MD_CTX *context = set->contexts[i];
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    good &= EVP_DigestFinal_ex(context, digest, &size) == 1 && size <= room - written;
    for (unsigned int k = 0; good && k < size; k++) out[written++] = digest[k];
    /* Without an algorithm, the context keeps the one it has. */
    good &= EVP_DigestInit_ex2(context, NULL, NULL) == 1;
  }
  return good ? written : 0;
}

void cossl_files_free(void *opaque) {
  struct digest_set *set = opaque;
  if (set == NULL) return;
  for (size_t i = 0; i < set->count; i++) EVP_MD_CTX_free(set->contexts[i]);
  free(set);
}
