#include "config.h"

#include "env.h"
