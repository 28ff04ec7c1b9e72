#include "config.h"

#include "lambda.h"
int auth_open(struct lambda *l) { (void)l; return (0); }
void auth_close(struct lambda *l) { (void)l; }
int auth_check(struct request *r, const char *service) { (void)r; (void)service; return (1); }
