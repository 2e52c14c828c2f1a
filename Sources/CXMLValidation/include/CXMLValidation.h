/* The one door to libxml2. No libxml2 type leaves this target. */
#ifndef CXMLVALIDATION_H
#define CXMLVALIDATION_H
#include <stddef.h>

enum {
  CXML_VALID = 0,
  /* The document is not well-formed, holds a DOCTYPE, or breaks the schema; the messages say where. */
  CXML_INVALID = 1,
  /* The schema itself can't be used, or memory ran out. */
  CXML_FAILED = 2
};

/* Validates one document against one XML Schema, both whole in memory, without building a tree.
 *
 * Nothing else is opened: no entity is loaded, no network is reached, and a DOCTYPE ends the reading.
 * On return *messages is NULL or text that the caller gives to cxml_free: a line each, the number of the line in the
 * document (0 when unknown), a tab, the message. At most 100 messages are kept. */
int cxml_validate(
    const char *document, size_t document_size, const char *schema, size_t schema_size, char **messages);

void cxml_free(char *messages);

#endif
