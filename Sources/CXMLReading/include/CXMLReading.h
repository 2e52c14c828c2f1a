/* Reading of XML as a stream of events. No libxml2 type leaves this target. */
#ifndef CXMLREADING_H
#define CXMLREADING_H

#include <stddef.h>
#include <stdint.h>

/* Kinds of events, the first byte of each. All integers are little-endian; a string is a four-byte count and UTF-8.
 * Behind the kind stand the line (4 bytes) and the offset in the document (8 bytes). */
enum {
  /* Namespace, local name, four-byte number of attributes, for each its namespace, local name and value. */
  CXML_START = 1,
  /* One string. Adjacent text is one event; text of blanks only is left out. */
  CXML_TEXT = 2,
  CXML_END = 3,
  /* One string, the message. Nothing follows it. */
  CXML_ERROR = 4
};

typedef struct cxml_reader cxml_reader;

/* A reader of one document, which must be UTF-8. Nothing else is opened: a DOCTYPE is an error, so no entity can be
 * declared. Elements deeper than `depth`, texts longer than `text_size` and tags or comments longer than about
 * `pending_size` (all in bytes) are errors. NULL when memory ran out. */
cxml_reader *cxml_reader_new(size_t depth, size_t text_size, size_t pending_size);

/* Reads on; `is_last` ends the document. Returns 1, or 0 when there was an error: the last event says which, or there is
 * no memory for one. */
int cxml_reader_feed(cxml_reader *reader, const uint8_t *bytes, size_t count, int is_last);

/* The events since the last call of feed; they stay until the next one. */
const uint8_t *cxml_reader_events(const cxml_reader *reader, size_t *count);

void cxml_reader_free(cxml_reader *reader);

#endif
