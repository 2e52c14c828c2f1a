#include "CXMLValidation.h"
