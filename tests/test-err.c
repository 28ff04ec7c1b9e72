#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "err.h"

static char said[8192];

/* Send stderr to a file from now on. */
static FILE *
listen_to(int *saved)
{
	FILE *fp = tmpfile();

	assert_non_null(fp);
	fflush(stderr);
	*saved = dup(STDERR_FILENO);
	assert_true(*saved >= 0);
	assert_true(dup2(fileno(fp), STDERR_FILENO) >= 0);
	return (fp);
}

/* Put it back; what was said is in said[]. */
static void
hear(FILE *fp, int saved)
{
	ssize_t n;

	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	n = pread(fileno(fp), said, sizeof(said) - 1, 0);
	assert_true(n >= 0);
	said[n] = '\0';
	fclose(fp);
}

static void
messages_carry_the_name_of_the_tool(void **state)
{
	FILE *fp;
	int saved;

	(void)state;
	assert_string_equal(sv_err_name(), "sv");
	sv_err_init("");
	sv_err_init(NULL);
	assert_string_equal(sv_err_name(), "sv");
	sv_err_init("/usr/bin/sv-test");
	assert_string_equal(sv_err_name(), "sv-test");
	fp = listen_to(&saved);
	sv_warnx("%s: line %d: expected a label", "a.svm", 7);
	errno = ENOENT;
	sv_warn("%s", "b.svm");
	hear(fp, saved);
	assert_string_equal(said,
	    "sv-test: a.svm: line 7: expected a label\n"
	    "sv-test: b.svm: No such file or directory\n");
}

static void
errno_is_kept(void **state)
{
	FILE *fp;
	int saved;

	(void)state;
	fp = listen_to(&saved);
	errno = ENOSPC;
	sv_warnx("x");
	assert_int_equal(errno, ENOSPC);
	sv_warn("x");
	assert_int_equal(errno, ENOSPC);
	hear(fp, saved);
}

/* Messages may quote input, as long as that may be. */
static void
a_long_message_is_cut_and_ends(void **state)
{
	static char text[5000];
	FILE *fp;
	int saved;

	(void)state;
	for (size_t len = 1990; len < sizeof(text); len++) {
		if (len == 2060)
			len = sizeof(text) - 1;
		memset(text, 'x', len);
		text[len] = '\0';
		fp = listen_to(&saved);
		errno = EIO;
		sv_warn("%s", text);
		hear(fp, saved);
		assert_true(strlen(said) <= 2048);
		assert_true(strlen(said) >= 1990);
		assert_int_equal(said[strlen(said) - 1], '\n');
		assert_null(memchr(said, '\n', strlen(said) - 1));
	}
}

/* What is quoted may break no line and drive no terminal. */
static void
control_characters_become_blanks(void **state)
{
	FILE *fp;
	int saved;

	(void)state;
	fp = listen_to(&saved);
	sv_warnx("%s", "a\nsv-hub: b\r\033[2Jc\177\xc3\xa9\xc2\x9b" "2J\xc3\x9b");
	hear(fp, saved);
	assert_string_equal(said, "sv-test: a sv-hub: b  [2Jc \xc3\xa9  2J"
	    "\xc3\x9b\n");
}

static void
progress_is_for_terminals(void **state)
{
	FILE *fp;
	int saved;

	(void)state;
	fp = listen_to(&saved);
	sv_err_progress("round %d", 3);
	sv_err_progress("%s", "");
	hear(fp, saved);
	assert_string_equal(said, "");
}

/* A terminal shows what is cleared only where there is something to clear. */
static void
only_a_line_that_stands_is_cleared(void **state)
{
	int saved, master = posix_openpt(O_RDWR | O_NOCTTY), slave = -1;
	size_t len = 0;
	ssize_t n;

	(void)state;
	if (master != -1 && grantpt(master) == 0 && unlockpt(master) == 0)
		slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	if (slave == -1) {
		print_message("no terminal can be made\n");
		skip();
	}
	fflush(stderr);
	saved = dup(STDERR_FILENO);
	assert_true(dup2(slave, STDERR_FILENO) >= 0);
	sv_err_progress("%s", "");
	sv_warnx("a");
	sv_err_progress("round %d", 3);
	sv_err_progress("%s", "");
	sv_err_progress("%s", "");
	sv_warnx("b");
	sv_err_progress("round %d", 4);
	sv_warnx("c");
	fflush(stderr);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	/* What was written arrives in its own time; the c is the last of it. */
	for (said[0] = '\0'; strstr(said, "c\r\n") == NULL; len += (size_t)n) {
		struct pollfd p = { master, POLLIN, 0 };

		assert_int_equal(poll(&p, 1, 5000), 1);
		n = read(master, said + len, sizeof(said) - 1 - len);
		assert_true(n > 0);
		said[len + (size_t)n] = '\0';
	}
	close(slave);
	close(master);
	assert_string_equal(said, "sv-test: a\r\n"
	    "\r\033[Kround 3\r\r\033[K\rsv-test: b\r\n"
	    "\r\033[Kround 4\r\r\033[Ksv-test: c\r\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_carry_the_name_of_the_tool),
		cmocka_unit_test(errno_is_kept),
		cmocka_unit_test(a_long_message_is_cut_and_ends),
		cmocka_unit_test(control_characters_become_blanks),
		cmocka_unit_test(progress_is_for_terminals),
		cmocka_unit_test(only_a_line_that_stands_is_cleared)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
