#ifndef SV_ASK_H
#define SV_ASK_H

#include <jansson.h>

#include "answer.h"
#include "spawn.h"
#include "target.h"

/*
 * A question to Lambda that costs nothing, asked once and waited for.
 */

/**
 * ask(o, what, body, out):
 * Send what ${what} says to the function of -l, with ${body} if that has one, and
 * wait for the answer, which is tried for again a few times where it is "not
 * now".  Fill ${out}, whose members the caller drops: of status 200 with a JSON
 * object they are that object.  Return 0, or -1 after a line on stderr where
 * nothing could be asked.
 */
int ask(const struct spawn_options *o, enum target_what what, const char *body,
    struct outcome *out);

#endif /* !SV_ASK_H */
