#include "CXMLReading.h"
