#include "CXMLReading.h"

#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct buffer {
  uint8_t *bytes;
  size_t size;
  size_t room;
};

struct cxml_reader {
  xmlParserCtxtPtr parser;
  struct buffer events;
  struct buffer text;
  int text_has_content;
  size_t depth;
  size_t depth_limit;
  size_t text_limit;
  size_t pending_limit;
  /* Set by the first error; from then on nothing is added. */
  int stopped;
};

static int append(struct buffer *buffer, const void *bytes, size_t count) {
  if (count > SIZE_MAX / 4 - buffer->size) return 0;
  if (buffer->size + count > buffer->room) {
    size_t room = (buffer->size + count) * 2;
    uint8_t *larger = realloc(buffer->bytes, room);
    if (larger == NULL) return 0;
    buffer->bytes = larger;
    buffer->room = room;
  }
  if (count > 0) memcpy(buffer->bytes + buffer->size, bytes, count);
  buffer->size += count;
  return 1;
}

static int append_number(struct buffer *buffer, uint64_t number, size_t count) {
  uint8_t bytes[8];
  for (size_t i = 0; i < count; i++) bytes[i] = (uint8_t)(number >> (8 * i));
  return append(buffer, bytes, count);
}

static int append_string(struct buffer *buffer, const void *text, size_t count) {
  if (count > UINT32_MAX) return 0;
  return append_number(buffer, count, 4) && append(buffer, text, count);
}

static int append_name(struct buffer *buffer, const xmlChar *name) {
  return append_string(buffer, name, name == NULL ? 0 : strlen((const char *)name));
}

static int append_head(cxml_reader *reader, int kind) {
  xmlParserInputPtr input = reader->parser->input;
  uint8_t byte = (uint8_t)kind;
  uint64_t line = 0, offset = 0;
  if (input != NULL) {
    line = input->line < 0 ? 0 : (uint64_t)input->line;
    offset = input->consumed + (uint64_t)(input->cur - input->base);
  }
  return append(&reader->events, &byte, 1) && append_number(&reader->events, line, 4) &&
         append_number(&reader->events, offset, 8);
}

static void stop(cxml_reader *reader, const char *message) {
  if (reader->stopped) return;
  reader->stopped = 1;
  size_t before = reader->events.size;
  if (!append_head(reader, CXML_ERROR) || !append_string(&reader->events, message, strcspn(message, "\n")))
    reader->events.size = before;
  xmlStopParser(reader->parser);
}

/* Takes the event back when memory ran out in the midst of it. */
static void finish(cxml_reader *reader, size_t before, int is_whole) {
  if (is_whole) return;
  reader->events.size = before;
  stop(reader, "out of memory");
}

static void flush_text(cxml_reader *reader) {
  size_t before = reader->events.size;
  if (reader->text_has_content)
    finish(reader, before, append_head(reader, CXML_TEXT) &&
                               append_string(&reader->events, reader->text.bytes, reader->text.size));
  reader->text.size = 0;
  reader->text_has_content = 0;
}

static void start_element(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                          int namespace_count, const xmlChar **namespaces, int attribute_count, int defaulted_count,
                          const xmlChar **attributes) {
  cxml_reader *reader = context;
  (void)prefix, (void)namespace_count, (void)namespaces, (void)defaulted_count;
  if (reader->stopped) return;
  xmlParserInputPtr input = reader->parser->input;
  if (input != NULL && input->buf != NULL && input->buf->encoder != NULL) {
    stop(reader, "only UTF-8 is read");
    return;
  }
  flush_text(reader);
  if (reader->stopped) return;
  if (++reader->depth > reader->depth_limit) {
    stop(reader, "elements are nested too deeply");
    return;
  }
  size_t before = reader->events.size;
  size_t count = attribute_count < 0 ? 0 : (size_t)attribute_count;
  int is_whole = append_head(reader, CXML_START) && append_name(&reader->events, uri) &&
                 append_name(&reader->events, name) && append_number(&reader->events, count, 4);
  /* Five pointers an attribute: local name, prefix, namespace, start and end of the value. */
  for (size_t i = 0; i < count && is_whole; i++) {
    const xmlChar **attribute = attributes + 5 * i;
    is_whole = append_name(&reader->events, attribute[2]) && append_name(&reader->events, attribute[0]) &&
               append_string(&reader->events, attribute[3], (size_t)(attribute[4] - attribute[3]));
  }
  finish(reader, before, is_whole);
}

static void end_element(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
  cxml_reader *reader = context;
  (void)name, (void)prefix, (void)uri;
  if (reader->stopped) return;
  flush_text(reader);
  if (reader->stopped) return;
  if (reader->depth > 0) reader->depth--;
  size_t before = reader->events.size;
  finish(reader, before, append_head(reader, CXML_END));
}

static void take_text(void *context, const xmlChar *text, int count) {
  cxml_reader *reader = context;
  if (reader->stopped || count <= 0) return;
  if ((size_t)count > reader->text_limit - reader->text.size) {
    stop(reader, "a text is too long");
    return;
  }
  if (!append(&reader->text, text, (size_t)count)) {
    stop(reader, "out of memory");
    return;
  }
  for (int i = 0; i < count && !reader->text_has_content; i++)
    reader->text_has_content = text[i] != ' ' && text[i] != '\n' && text[i] != '\t' && text[i] != '\r';
}

/* Called at a DOCTYPE, before any of it acts. */
static void refuse_doctype(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system) {
  (void)name, (void)external, (void)system;
  stop(context, "a DOCTYPE is refused");
}

static void take_error(void *context, xmlErrorPtr error) {
  if (error->level >= XML_ERR_ERROR) stop(context, error->message == NULL ? "unknown error" : error->message);
}

static void say_nothing(void *context, const char *format, ...) { (void)context, (void)format; }

static pthread_once_t started = PTHREAD_ONCE_INIT;

cxml_reader *cxml_reader_new(size_t depth, size_t text_size, size_t pending_size) {
  pthread_once(&started, xmlInitParser);
  cxml_reader *reader = calloc(1, sizeof *reader);
  if (reader == NULL) return NULL;
  reader->depth_limit = depth;
  reader->text_limit = text_size;
  reader->pending_limit = pending_size;
  xmlSAXHandler handler;
  memset(&handler, 0, sizeof handler);
  handler.initialized = XML_SAX2_MAGIC;
  handler.internalSubset = refuse_doctype;
  handler.startElementNs = start_element;
  handler.endElementNs = end_element;
  handler.characters = take_text;
  handler.ignorableWhitespace = take_text;
  handler.cdataBlock = take_text;
  handler.serror = take_error;
  reader->parser = xmlCreatePushParserCtxt(&handler, reader, NULL, 0, NULL);
  if (reader->parser == NULL) {
    free(reader);
    return NULL;
  }
  /* NOENT only makes &amp; in attributes its character: without a DOCTYPE there are no other entities. */
  xmlCtxtUseOptions(reader->parser, XML_PARSE_NONET | XML_PARSE_NOENT);
  return reader;
}

int cxml_reader_feed(cxml_reader *reader, const uint8_t *bytes, size_t count, int is_last) {
  reader->events.size = 0;
  if (reader->stopped || count > INT_MAX) return 0;
  /* Faults of an encoding pass by the parser's handler, to one of the thread that would print them. */
  xmlSetGenericErrorFunc(NULL, say_nothing);
  int status = xmlParseChunk(reader->parser, (const char *)bytes, (int)count, is_last);
  xmlParserInputPtr input = reader->parser->input;
  if (status != 0 || (is_last && !reader->parser->wellFormed)) stop(reader, "the document is not well-formed");
  else if (input != NULL && (size_t)(input->end - input->cur) > reader->pending_limit)
    stop(reader, "a tag or comment is too long");
  return !reader->stopped;
}

const uint8_t *cxml_reader_events(const cxml_reader *reader, size_t *count) {
  *count = reader->events.size;
  return reader->events.bytes;
}

void cxml_reader_free(cxml_reader *reader) {
  if (reader == NULL) return;
  if (reader->parser != NULL) {
    xmlFreeDoc(reader->parser->myDoc);
    reader->parser->myDoc = NULL;
    xmlFreeParserCtxt(reader->parser);
  }
  free(reader->events.bytes);
  free(reader->text.bytes);
  free(reader);
}
