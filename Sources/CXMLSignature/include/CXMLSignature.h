/* Verification of the signature that an XML document carries. No type of libxml2 or xmlsec leaves this target. */
#ifndef CXMLSIGNATURE_H
#define CXMLSIGNATURE_H

#include <stddef.h>
#include <stdint.h>

/* What became of a signature. */
enum {
  CXMLSIG_VALID = 0,
  /* The document has no signature below its root. */
  CXMLSIG_UNSIGNED = 1,
  /* The document was changed: a digest in the signature is not that of what it refers to. */
  CXMLSIG_DIGEST_DIFFERS = 2,
  /* The digests hold, and the key did not make the signature. */
  CXMLSIG_VALUE_DIFFERS = 3,
  /* The signature does not cover the whole document, or uses what is not allowed here. */
  CXMLSIG_REFUSED = 4,
  /* No XML, or XML with a DOCTYPE. */
  CXMLSIG_MALFORMED = 5,
  /* The key cannot be used, or memory ran out. */
  CXMLSIG_FAILED = 6
};

/* Verifies the one enveloped signature that stands below the root of a document of `count` bytes, with the public key of
 * `key_count` bytes (DER, SubjectPublicKeyInfo). No key of the document is looked at and nothing outside of it is opened.
 * With `without_blanks` text nodes of blanks only are left out first. `message` takes what is wrong, cut to `room` bytes with
 * its NUL; it is empty when nothing is. */
int cxmlsig_verify(const uint8_t *document, size_t count, const uint8_t *key, size_t key_count, int without_blanks,
                   char *message, size_t room);

#endif
