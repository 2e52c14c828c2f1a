/* The one door to libxml2. No libxml2 type leaves this target. */
#ifndef CXMLVALIDATION_H
#define CXMLVALIDATION_H
#include <stddef.h>
#endif
