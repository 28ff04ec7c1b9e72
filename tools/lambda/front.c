#include "config.h"

#include "lambda.h"
int front_takes(const struct request *r) { (void)r; return (0); }
void front_request(struct request *r) { (void)r; }
