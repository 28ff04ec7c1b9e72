#ifndef FRONT_H
#define FRONT_H

#include "lambda.h"

/*
 * What front.c (requests, replies) and front_event.c (events) share.
 */

/**
 * front_event(r, f, path):
 * The event that a function URL makes of the request, format 2.0, with that
 * path.  NULL if memory is out.
 */
json_t *front_event(const struct request *r, const struct function *f,
    const char *path);

/**
 * front_event_proxy(r, f, path):
 * The event of a REST API with proxy integration (AWS_PROXY).
 */
json_t *front_event_proxy(const struct request *r, const struct function *f,
    const char *path);

#endif /* !FRONT_H */
