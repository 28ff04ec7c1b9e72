#ifndef VIEW_SAY_H
#define VIEW_SAY_H

#include <stddef.h>

#include "view.h"

/*
 * What the view and the sentence have in common: phrases.  Each is appended to
 * a string in ${size} bytes, as far as there is room.
 */

void say_add(char *buf, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/**
 * say_foreign(buf, size, s):
 * A text that came from outside, without anything but printable ASCII.
 */
void say_foreign(char *buf, size_t size, const char *s);

/* "round 142 (step)", "starting workers: 12 of 16 have said hello", ... */
void say_phase(char *buf, size_t size, const struct live *l,
    const struct sv_run *run);
/* "16 computing, 1 lost; 2 lost so far" */
void say_workers(char *buf, size_t size, const struct live *l,
    const struct sv_run *run);
/* "$0.0012, $0.36 an hour now"; nothing where nothing costs */
void say_spent(char *buf, size_t size, const struct live *l, double mono);
/* "model in 12.3 s (8 to 20 s), 34 rounds" */
void say_estimate(char *buf, size_t size, const struct live *l,
    const struct sv_run *run, double mono);
/* What the measure is called. */
const char *say_measure(const struct live *l);

#endif /* !VIEW_SAY_H */
