#include "config.h"

#include "lambda.h"
#include "percent.h"

char *
http_decode(const char *text, size_t len)
{

	return (sv_percent_decode(text, len));
}
