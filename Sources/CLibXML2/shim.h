/* libxml2's headers bring ICU's, which clash with the ICU of Foundation; only a private encoder struct needs them. */
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <libxml/xmlwriter.h>
