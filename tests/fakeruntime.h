#ifndef FAKERUNTIME_H
#define FAKERUNTIME_H

#include <stddef.h>

/*
 * A runtime for tests: fakeruntime.c talks to the Runtime API and runs actions,
 * which are in fakedeeds.c.
 */

#define FAKE_ROOM ((size_t)8 << 20)
#define FAKE_RUNTIME "/2018-06-01/runtime/"
#define FAKE_EXTENSION "/2020-01-01/extension/"

struct peer {	/* a connection */
	int fd;
	char head[8192];	/* of the last answer */
	char *body;
	size_t length;
};

struct fake {
	struct peer runtime;
	struct peer extension;
	char id[64];	/* of the present call */
	char event[65536];
	char said[65536];	/* what the actions have said */
	char *answer;	/* FAKE_ROOM + 1 bytes */
	size_t answer_length;	/* 0: none yet */
	const char *mode;	/* of the response, or NULL */
	const char *error_type;	/* the call fails with it; or NULL */
};

extern struct fake fake;

/* The end, with a line. */
_Noreturn void fake_die(const char *what);

/* Add to what is said. */
void fake_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A request with ${fields}, lines that end with CRLF; the status. */
int fake_request(struct peer *p, const char *method, const char *path,
    const char *fields, const char *body, size_t length);

/* A header of the last answer, or "". */
void fake_header(const struct peer *p, const char *name, char *value,
    size_t size);

/* Ask for an event. */
void fake_next(void);

/* Send what there is as the answer of call ${of}; the status. */
int fake_respond(const char *of);

/* Run the actions in ${text}, which is taken apart. */
void fake_act(char *text);

#endif /* !FAKERUNTIME_H */
