#include "config.h"

#include "lambda.h"
