/* Digests of file content in several algorithms at once, named by OpenPGP's numbers. */
#ifndef COPENSSL_FILES_H
#define COPENSSL_FILES_H

#include <stddef.h>
#include <stdint.h>

/* A set of digests over the same bytes. NULL when there is no memory, OpenSSL lacks one of the algorithms, or there are
 * more than nine. Freed by `cossl_files_free`. */
void *cossl_files_new(const uint8_t *algorithms, size_t count);
int cossl_files_add(void *set, const uint8_t *bytes, size_t count);
/* Writes the digests, one after the other in the order of the algorithms, and begins anew. `out` has `room` bytes.
 * Returns how many were written; 0 when OpenSSL failed or the room is too small. */
size_t cossl_files_finish(void *set, uint8_t *out, size_t room);
void cossl_files_free(void *set);

#endif
