#include "CXMLSignature.h"

/* What `pkg-config --cflags xmlsec1-openssl` defines; the package manager passes no definitions on. */
#define XMLSEC_CRYPTO_OPENSSL 1
#define XMLSEC_NO_SIZE_T
#define XMLSEC_NO_GOST 1
#define XMLSEC_NO_GOST2012 1
#define XMLSEC_NO_CRYPTO_DYNAMIC_LOADING 1

#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <xmlsec/crypto.h>
#include <xmlsec/errors.h>
#include <xmlsec/openssl/app.h>
#include <xmlsec/openssl/crypto.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/xmltree.h>

static _Thread_local char last_fault[160];

/* Keeps the first fault of a verification: the later ones only say through which functions it came. */
static void take_fault(const char *file, int line, const char *function, const char *object, const char *subject,
                       int reason, const char *message) {
  (void)file, (void)line, (void)object;
  if (last_fault[0] != 0) return;
  const char *text = xmlSecErrorsGetMsg(0);
  for (size_t i = 0; i < 64 && xmlSecErrorsGetMsg(i) != NULL; i++)
    if (xmlSecErrorsGetCode(i) == reason) text = xmlSecErrorsGetMsg(i);
  snprintf(last_fault, sizeof last_fault, "%s: %s%s%s", subject == NULL ? function : subject, text == NULL ? "" : text,
           message == NULL || message[0] == 0 ? "" : ": ", message == NULL ? "" : message);
}

static void say_nothing(void *context, const char *format, ...) { (void)context, (void)format; }
static void take_nothing(void *context, xmlErrorPtr error) { (void)context, (void)error; }

static int is_ready;

static void start(void) {
  xmlInitParser();
  if (xmlSecInit() < 0 || xmlSecCheckVersion() != 1) return;
  if (xmlSecOpenSSLAppInit(NULL) < 0 || xmlSecOpenSSLInit() < 0) return;
  xmlSecErrorsSetCallback(take_fault);
  is_ready = 1;
}

static pthread_once_t started = PTHREAD_ONCE_INIT;

static int is_dsig(xmlNodePtr node, const char *name) {
  return node->type == XML_ELEMENT_NODE && node->ns != NULL && xmlStrEqual(node->ns->href, xmlSecDSigNs) &&
         xmlStrEqual(node->name, (const xmlChar *)name);
}

/* The only Signature of the document, which must be a child of the root; NULL with a reason otherwise. */
static xmlNodePtr find_signature(xmlNodePtr root, int *outcome, const char **reason) {
  xmlNodePtr found = NULL;
  for (xmlNodePtr node = root->children; node != NULL; node = node->next)
    if (is_dsig(node, "Signature")) {
      if (found != NULL) {
        *outcome = CXMLSIG_REFUSED;
        *reason = "more than one signature";
        return NULL;
      }
      found = node;
    }
  *outcome = CXMLSIG_UNSIGNED;
  *reason = "no signature below the root";
  return found;
}

static int is_algorithm(xmlNodePtr node, const xmlChar *href) {
  xmlChar *value = xmlGetNoNsProp(node, (const xmlChar *)"Algorithm");
  int same = xmlStrEqual(value, href);
  xmlFree(value);
  return same;
}

static xmlNodePtr next_element(xmlNodePtr node) {
  while (node != NULL && node->type != XML_ELEMENT_NODE) node = node->next;
  return node;
}

/* Whether the transforms leave nothing of the document out but the signature itself. */
static int covers_document(xmlNodePtr reference) {
  int envelopes = 0;
  for (xmlNodePtr part = next_element(reference->children); part != NULL; part = next_element(part->next)) {
    if (!is_dsig(part, "Transforms")) continue;
    for (xmlNodePtr one = next_element(part->children); one != NULL; one = next_element(one->next)) {
      if (is_algorithm(one, xmlSecTransformEnvelopedGetKlass()->href)) envelopes++;
      else if (!is_algorithm(one, xmlSecTransformInclC14NGetKlass()->href) &&
               !is_algorithm(one, xmlSecTransformExclC14NGetKlass()->href))
        return 0;
    }
  }
  return envelopes == 1;
}

/* One reference is to the whole document; any other only to an element within the signature. */
static const char *fault_of_references(xmlNodePtr signature) {
  int whole = 0, count = 0;
  xmlNodePtr info = next_element(signature->children);
  if (info == NULL || !is_dsig(info, "SignedInfo")) return "SignedInfo does not come first";
  for (xmlNodePtr node = next_element(info->children); node != NULL; node = next_element(node->next)) {
    if (!is_dsig(node, "Reference")) continue;
    /* Each is hashed before the signature is looked at; makers' tools write two. */
    if (++count > 8) return "more than 8 references";
    xmlChar *uri = xmlGetNoNsProp(node, (const xmlChar *)"URI");
    int is_whole = uri != NULL && uri[0] == 0;
    int is_inner = uri != NULL && uri[0] == '#' && uri[1] != 0 && strchr((const char *)uri, '(') == NULL;
    xmlFree(uri);
    if (is_whole) {
      whole++;
      if (!covers_document(node)) return "the reference to the document leaves parts of it out";
    } else if (!is_inner) {
      return "a reference leads out of the document";
    }
  }
  return whole == 1 ? NULL : "not the whole document is signed";
}

static int is_blank(const xmlChar *text) {
  for (; text != NULL && *text != 0; text++)
    if (*text != ' ' && *text != '\t' && *text != '\n' && *text != '\r') return 0;
  return 1;
}

/* The tree is no deeper than libxml2's own limit of 256. */
static void drop_blanks(xmlNodePtr node) {
  for (xmlNodePtr child = node->children, next; child != NULL; child = next) {
    next = child->next;
    if (child->type == XML_TEXT_NODE && is_blank(child->content)) {
      xmlUnlinkNode(child);
      xmlFreeNode(child);
    } else if (child->type == XML_ELEMENT_NODE) {
      drop_blanks(child);
    }
  }
}

static int allow(xmlSecDSigCtxPtr context) {
  context->enabledReferenceUris = xmlSecTransformUriTypeEmpty | xmlSecTransformUriTypeSameDocument;
  context->flags |= XMLSEC_DSIG_FLAGS_IGNORE_MANIFESTS;
  xmlSecTransformId references[] = {xmlSecTransformEnvelopedGetKlass(), xmlSecTransformInclC14NGetKlass(),
                                    xmlSecTransformExclC14NGetKlass(), xmlSecOpenSSLTransformSha256GetKlass(),
                                    xmlSecOpenSSLTransformSha384GetKlass(), xmlSecOpenSSLTransformSha512GetKlass()};
  xmlSecTransformId signatures[] = {
      xmlSecTransformInclC14NGetKlass(),           xmlSecTransformExclC14NGetKlass(),
      xmlSecOpenSSLTransformRsaSha256GetKlass(),   xmlSecOpenSSLTransformRsaSha384GetKlass(),
      xmlSecOpenSSLTransformRsaSha512GetKlass(),   xmlSecOpenSSLTransformEcdsaSha256GetKlass(),
      xmlSecOpenSSLTransformEcdsaSha384GetKlass(), xmlSecOpenSSLTransformEcdsaSha512GetKlass()};
  for (size_t i = 0; i < sizeof references / sizeof references[0]; i++)
    if (xmlSecDSigCtxEnableReferenceTransform(context, references[i]) < 0) return 0;
  for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++)
    if (xmlSecDSigCtxEnableSignatureTransform(context, signatures[i]) < 0) return 0;
  return 1;
}

/* How far the verification came says what is wrong. */
static int outcome_of(xmlSecDSigCtxPtr context, int status, const char **reason) {
  if (status >= 0 && context->status == xmlSecDSigStatusSucceeded) return CXMLSIG_VALID;
  xmlSecSize count = xmlSecPtrListGetSize(&context->signedInfoReferences);
  for (xmlSecSize i = 0; i < count; i++) {
    xmlSecDSigReferenceCtxPtr reference = xmlSecPtrListGetItem(&context->signedInfoReferences, i);
    if (reference != NULL && reference->status == xmlSecDSigStatusInvalid) {
      *reason = "the digest of the document is not the signed one";
      return CXMLSIG_DIGEST_DIFFERS;
    }
  }
  if (status >= 0 && context->status == xmlSecDSigStatusInvalid) {
    *reason = "the signature does not verify with the key";
    return CXMLSIG_VALUE_DIFFERS;
  }
  *reason = last_fault[0] != 0 ? last_fault : "it could not be processed";
  return CXMLSIG_REFUSED;
}

static int verify(xmlNodePtr signature, const uint8_t *key, size_t key_count, const char **reason) {
  xmlSecDSigCtxPtr context = xmlSecDSigCtxCreate(NULL);
  int outcome = CXMLSIG_FAILED;
  *reason = "the key cannot be used";
  if (context != NULL && allow(context)) {
    context->signKey = xmlSecOpenSSLAppKeyLoadMemory(key, (xmlSecSize)key_count, xmlSecKeyDataFormatDer, NULL, NULL, NULL);
    if (context->signKey != NULL) {
      last_fault[0] = 0;
      int status = xmlSecDSigCtxVerify(context, signature);
      outcome = outcome_of(context, status, reason);
    }
  }
  if (context != NULL) xmlSecDSigCtxDestroy(context);
  return outcome;
}

static int check(xmlDocPtr document, const uint8_t *key, size_t key_count, int without_blanks, const char **reason) {
  xmlNodePtr root = xmlDocGetRootElement(document);
  if (root == NULL) {
    *reason = "no element";
    return CXMLSIG_MALFORMED;
  }
  if (document->intSubset != NULL || document->extSubset != NULL) {
    *reason = "a DOCTYPE is refused";
    return CXMLSIG_MALFORMED;
  }
  if (without_blanks) drop_blanks(root);
  int outcome;
  xmlNodePtr signature = find_signature(root, &outcome, reason);
  if (signature == NULL) return outcome;
  *reason = fault_of_references(signature);
  if (*reason != NULL) return CXMLSIG_REFUSED;
  /* Only identifiers within the signature can be referred to. */
  const xmlChar *names[] = {(const xmlChar *)"Id", NULL};
  xmlSecAddIDs(document, signature, names);
  return verify(signature, key, key_count, reason);
}

int cxmlsig_verify(const uint8_t *document, size_t count, const uint8_t *key, size_t key_count, int without_blanks,
                   char *message, size_t room) {
  pthread_once(&started, start);
  const char *reason = NULL;
  int outcome = CXMLSIG_MALFORMED;
  last_fault[0] = 0;
  xmlDocPtr parsed = NULL;
  xmlSetGenericErrorFunc(NULL, say_nothing);
  xmlSetStructuredErrorFunc(NULL, take_nothing);
  if (!is_ready) {
    outcome = CXMLSIG_FAILED;
    reason = "the library for signatures cannot be started";
  } else if (count == 0 || count > INT_MAX || key_count == 0 || key_count > UINT_MAX) {
    reason = "no document or no key of a possible size";
  } else if ((parsed = xmlReadMemory((const char *)document, (int)count, NULL, NULL, XML_PARSE_NONET)) == NULL) {
    reason = "not well-formed";
  } else {
    outcome = check(parsed, key, key_count, without_blanks, &reason);
  }
  if (outcome == CXMLSIG_VALID) reason = "";
  snprintf(message, room, "%s", reason == NULL ? "" : reason);
  if (parsed != NULL) xmlFreeDoc(parsed);
  xmlSetStructuredErrorFunc(NULL, NULL);
  return outcome;
}
