#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "function.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
#define MAX_PARTS 8

/* Is it made of these, and not empty? */
static int
is_made_of(const char *s, const char *set)
{

	return (s[0] != '\0' && s[strspn(s, set)] == '\0');
}

/* Cut at the colons; how many parts there are, at most MAX_PARTS + 1. */
static int
split(char *s, char *part[MAX_PARTS])
{
	int n = 0;

	for (char *next; s != NULL; s = next) {
		if ((next = strchr(s, ':')) != NULL)
			*next++ = '\0';
		if (n == MAX_PARTS)
			return (MAX_PARTS + 1);
		part[n++] = s;
	}
	return (n);
}

/* The function of NAME, ACCOUNT:function:NAME or arn:...:function:NAME. */
static int
parse(struct function *f, char *part[MAX_PARTS], int n, int *name)
{
	int at = 0;

	if (strcmp(part[0], "arn") == 0) {
		if (n < 7 || strcmp(part[2], "lambda") != 0 ||
		    strcmp(part[5], "function") != 0 ||
		    !is_made_of(part[1], LETTERS DIGITS "-") ||
		    !is_made_of(part[3], LETTERS DIGITS "-") ||
		    !is_made_of(part[4], DIGITS))
			return (-1);
		snprintf(f->region, sizeof(f->region), "%s", part[3]);
		at = 6;
	} else if (n >= 3) {
		if (!is_made_of(part[0], DIGITS) ||
		    strcmp(part[1], "function") != 0)
			return (-1);
		at = 2;
	}
	if (n - at > 2 || !is_made_of(part[at], LETTERS DIGITS "-_"))
		return (-1);
	*name = at;
	if (n - at == 1)
		return (0);
	/* $LATEST, or an alias or a version. */
	return (is_made_of(part[at + 1] + (part[at + 1][0] == '$'),
	    LETTERS DIGITS "-_") ? 0 : -1);
}

/* Put the parts but the qualifier together again, with ${colon} between. */
static void
join(char *to, size_t room, char *part[MAX_PARTS], int n, const char *colon)
{
	size_t len = 0;

	for (int i = 0; i < n && len < room; i++)
		len += (size_t)snprintf(to + len, room - len, "%s%s",
		    i > 0 ? colon : "", part[i]);
}

int
function_parse(struct function *f, const char *text)
{
	char copy[FUNCTION_ROOM], *part[MAX_PARTS], *qualifier;
	int n, at;

	memset(f, 0, sizeof(*f));
	if (strlen(text) >= sizeof(copy))
		goto bad;
	snprintf(copy, sizeof(copy), "%s", text);
	if ((n = split(copy, part)) > MAX_PARTS ||
	    parse(f, part, n, &at) == -1)
		goto bad;
	join(f->path, sizeof(f->path), part, at + 1, "%3A");
	if (n - at == 2) {
		qualifier = part[at + 1];
		snprintf(f->query, sizeof(f->query), "?Qualifier=%s%s",
		    qualifier[0] == '$' ? "%24" : "",
		    qualifier + (qualifier[0] == '$'));
	}
	return (0);

bad:
	sv_warnx("-l %s: expected the name or ARN of a function, and perhaps "
	    ":QUALIFIER", text);
	return (-1);
}
