#ifndef SV_FUNCTION_H
#define SV_FUNCTION_H

/*
 * Names of Lambda functions: NAME, ACCOUNT:function:NAME or
 * arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME, each perhaps with
 * :QUALIFIER behind it.
 */

#define FUNCTION_ROOM 256u	/* a name, with its end */

struct function {
	char path[3 * FUNCTION_ROOM];	/* without the qualifier, encoded */
	char query[FUNCTION_ROOM + 16];	/* "" or "?Qualifier=..." */
	char region[FUNCTION_ROOM];	/* of an ARN, or "" */
};

/**
 * function_parse(f, text):
 * Return 0, or -1 after a line on stderr.
 */
int function_parse(struct function *f, const char *text);

#endif /* !SV_FUNCTION_H */
