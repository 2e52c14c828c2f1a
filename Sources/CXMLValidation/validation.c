#include "CXMLValidation.h"

#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlschemas.h>
#include <libxml/xmlschemastypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGES_MAX 100

/* What the callbacks of one run share. */
struct run {
  xmlParserCtxtPtr parser;
  char *text;
  size_t size;
  int count;
};

static void add_message(struct run *run, int line, const char *message) {
  if (run->count++ >= MESSAGES_MAX) return;
  char number[16];
  int digits = snprintf(number, sizeof number, "%d\t", line);
  size_t length = strcspn(message, "\n");
  char *text = realloc(run->text, run->size + (size_t)digits + length + 2);
  if (text == NULL) return;
  memcpy(text + run->size, number, (size_t)digits);
  memcpy(text + run->size + digits, message, length);
  run->text = text;
  run->size += (size_t)digits + length + 1;
  text[run->size - 1] = '\n';
  text[run->size] = 0;
}

static void take_error(void *context, xmlErrorPtr error) {
  struct run *run = context;
  int line = error->line;
  if (line == 0 && run->parser != NULL && run->parser->input != NULL) line = run->parser->input->line;
  add_message(run, line, error->message == NULL ? "unknown error" : error->message);
}

/* Called at a DOCTYPE, before any of it acts. */
static void refuse_doctype(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system) {
  struct run *run = context;
  (void)name, (void)external, (void)system;
  add_message(run, run->parser->input->line, "a DOCTYPE is refused");
  xmlStopParser(run->parser);
}

/* The types that every schema has are made at first use, and two threads must not make them at once. */
static void start(void) {
  xmlInitParser();
  xmlSchemaInitTypes();
}

static pthread_once_t started = PTHREAD_ONCE_INIT;

static xmlSchemaPtr read_schema(struct run *run, const char *text, int size) {
  xmlSchemaParserCtxtPtr reader = xmlSchemaNewMemParserCtxt(text, size);
  if (reader == NULL) return NULL;
  xmlSchemaSetParserStructuredErrors(reader, take_error, run);
  xmlSchemaPtr schema = xmlSchemaParse(reader);
  xmlSchemaFreeParserCtxt(reader);
  return schema;
}

/* Reads the document once; the parser's events go through the validator. */
static int read_document(struct run *run, xmlSchemaValidCtxtPtr validator, const char *text, int size) {
  xmlSAXHandler handler;
  memset(&handler, 0, sizeof handler);
  handler.initialized = XML_SAX2_MAGIC;
  handler.internalSubset = refuse_doctype;
  handler.serror = take_error;

  xmlParserCtxtPtr parser = xmlCreateMemoryParserCtxt(text, size);
  if (parser == NULL) return CXML_FAILED;
  run->parser = parser;
  xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_NOCDATA);
  *parser->sax = handler;
  parser->userData = run;

  xmlSchemaSAXPlugPtr plug = xmlSchemaSAXPlug(validator, &parser->sax, &parser->userData);
  int status = CXML_FAILED;
  if (plug != NULL) {
    xmlParseDocument(parser);
    status = parser->wellFormed && run->count == 0 && xmlSchemaIsValid(validator) == 1 ? CXML_VALID : CXML_INVALID;
    xmlSchemaSAXUnplug(plug);
  }
  run->parser = NULL;
  xmlFreeDoc(parser->myDoc);
  parser->myDoc = NULL;
  xmlFreeParserCtxt(parser);
  return status;
}

int cxml_validate(
    const char *document, size_t document_size, const char *schema_text, size_t schema_size, char **messages) {
  struct run run = {0};
  int status = CXML_FAILED;
  pthread_once(&started, start);
  *messages = NULL;
  if (document_size > INT_MAX || schema_size > INT_MAX) return CXML_FAILED;
  if (document_size == 0) {
    add_message(&run, 0, "the document is empty");
    *messages = run.text;
    return CXML_INVALID;
  }

  xmlSchemaPtr schema = read_schema(&run, schema_text, (int)schema_size);
  xmlSchemaValidCtxtPtr validator = schema == NULL ? NULL : xmlSchemaNewValidCtxt(schema);
  if (validator != NULL) {
    xmlSchemaSetValidStructuredErrors(validator, take_error, &run);
    status = read_document(&run, validator, document, (int)document_size);
    xmlSchemaFreeValidCtxt(validator);
  }
  if (schema != NULL) xmlSchemaFree(schema);
  *messages = run.text;
  return status;
}

void cxml_free(char *messages) { free(messages); }
