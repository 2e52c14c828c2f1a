/* Reading of XML as a stream of events. No libxml2 type leaves this target. */
#ifndef CXMLREADING_H
#define CXMLREADING_H
#endif
