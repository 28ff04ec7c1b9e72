#ifndef SV_ERR_H
#define SV_ERR_H

/*
 * Messages to the person at the terminal: one line each on stderr, prefixed
 * by the tool's name.  The library never exits; main() picks the status.
 */

/* Exit statuses, the same in every tool. */
enum sv_exit {
	SV_EXIT_DONE = 0,	/* did what was asked */
	SV_EXIT_FAILED = 1,	/* something went wrong, and was said */
	SV_EXIT_USAGE = 2,	/* the command line makes no sense */
	SV_EXIT_LIMIT = 3	/* stopped without converging */
};

/**
 * sv_err_init(argv0):
 * Remember the last component of ${argv0}, which must outlive all calls to
 * sv_warn(), as the tool's name.  To be called first in main().
 */
void sv_err_init(const char *argv0);

/**
 * sv_err_name():
 * The tool's name, "sv" before sv_err_init().
 */
const char *sv_err_name(void);

/**
 * sv_warn(fmt, ...):
 * Print "tool: message: strerror(errno)" and a newline on stderr.
 * Keeps errno.
 */
void sv_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * sv_warnx(fmt, ...):
 * Print "tool: message" and a newline on stderr.  Keeps errno.
 */
void sv_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * sv_err_last():
 * What the last sv_warn() or sv_warnx() said, without the tool's name; a
 * string that the next one overwrites.
 */
const char *sv_err_last(void);

/**
 * sv_err_progress(fmt, ...):
 * Where stderr is a terminal, rewrite its last line with the message; the
 * next sv_warn() starts on a fresh line.  An empty message clears it.
 * Elsewhere, do nothing.
 */
void sv_err_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif /* !SV_ERR_H */
