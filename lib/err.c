#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "err.h"

/* The state there is: who speaks, what was said, whether a progress line stands. */
static const char *progname = "sv";
static int progress_shown;
static char last[512];	/* what was said last, without the name */

void
sv_err_init(const char *argv0)
{
	const char *slash;

	if (argv0 == NULL || argv0[0] == '\0')
		return;
	slash = strrchr(argv0, '/');
	progname = slash != NULL ? slash + 1 : argv0;
}

const char *
sv_err_name(void)
{

	return (progname);
}

/*
 * What is quoted may come from anywhere: no line breaks, no escape sequences,
 * nor their short forms beyond ASCII, U+0080 to U+009F, which some terminals
 * obey.  Other bytes are left to the terminal.
 */
static void
blank_controls(char *s, size_t len)
{

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c < ' ' || c == 0x7f)
			s[i] = ' ';
		else if (c >= 0x80 && c < 0xa0 && i > 0 && s[i - 1] == '\xc2')
			s[i - 1] = s[i] = ' ';
	}
}

/* Print one line; one write, so that lines of several tools do not mix. */
static void
say(const char *fmt, va_list ap, const char *reason)
{
	char line[2048];
	size_t begin, message, len = 0, room = sizeof(line) - 1;
	int n;

	if (progress_shown) {
		len = 4;
		memcpy(line, "\r\033[K", 4);
		progress_shown = 0;
	}
	begin = len;
	n = snprintf(line + len, room - len, "%s: ", progname);
	if (n > 0)
		len += (size_t)n < room - len ? (size_t)n : room - len - 1;
	message = len;
	n = vsnprintf(line + len, room - len, fmt, ap);
	if (n > 0)
		len += (size_t)n < room - len ? (size_t)n : room - len - 1;
	if (reason != NULL) {
		n = snprintf(line + len, room - len, ": %s", reason);
		if (n > 0)
			len += (size_t)n < room - len ? (size_t)n : room - len - 1;
	}
	blank_controls(line + begin, len - begin);
	snprintf(last, sizeof(last), "%.*s", (int)(len - message), line + message);
	line[len++] = '\n';
	fflush(stderr);
	/* Nobody is left to tell if this fails. */
	if (write(STDERR_FILENO, line, len) == -1)
		return;
}

const char *
sv_err_last(void)
{

	return (last);
}

void
sv_warn(const char *fmt, ...)
{
	va_list ap;
	int saved = errno;

	va_start(ap, fmt);
	say(fmt, ap, strerror(saved));
	va_end(ap);
	errno = saved;
}

void
sv_warnx(const char *fmt, ...)
{
	va_list ap;
	int saved = errno;

	va_start(ap, fmt);
	say(fmt, ap, NULL);
	va_end(ap);
	errno = saved;
}

void
sv_err_progress(const char *fmt, ...)
{
	char line[512];
	struct winsize size;
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(line, sizeof(line), fmt, ap) < 0)
		line[0] = '\0';
	va_end(ap);
	/* What goes on in another line is not cleared. */
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 &&
	    strlen(line) >= size.ws_col)
		line[size.ws_col - 1] = '\0';
	/* Where no line stands there is none to clear. */
	if ((line[0] == '\0' && !progress_shown) || !isatty(STDERR_FILENO))
		return;
	/* Another tool that says something begins where this line does. */
	fprintf(stderr, "\r\033[K%s\r", line);
	fflush(stderr);
	progress_shown = line[0] != '\0';
}
