#include "config.h"

#include "api.h"
