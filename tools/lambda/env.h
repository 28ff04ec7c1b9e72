#ifndef ENV_H
#define ENV_H

#include "lambda.h"

#endif /* !ENV_H */
