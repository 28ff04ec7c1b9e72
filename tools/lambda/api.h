#ifndef API_H
#define API_H

#include "lambda.h"

#endif /* !API_H */
