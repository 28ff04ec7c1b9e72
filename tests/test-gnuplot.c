/* Scripts for gnuplot, gnuplot as a child, and its pictures on a page. */
#include "config.h"

#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "err.h"
#include "figure.h"
#include "gnuplot.h"
#include "svg.h"
#include "tone.h"

/* What gnuplot, a shell, or a browser could take for something else. */
#define HOSTILE "'; system('touch pwned'); `touch pwned` \"$(touch pwned)\"" \
    "\n!touch pwned\nEOD\n@x %s%n\\ <script>alert(1)</script>&amp;{/x y}_2^3"

static char *
string(const char *s, size_t most)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	gnuplot_string(f, s, most);
	assert_int_equal(fclose(f), 0);
	return (text);
}

static void
test_strings_are_quoted(void **state)
{
	static const char * const pair[][2] = {
		{ "", "''" }, { "a b", "'a b'" }, { "it's", "'it’s'" },
		{ "a\nb\"`x`", "'a b\"`x`'" }, { "\\'", "'\\’'" }
	};
	char *s;

	(void)state;
	for (size_t i = 0; i < sizeof(pair) / sizeof(pair[0]); i++) {
		s = string(pair[i][0], 99);
		assert_string_equal(s, pair[i][1]);
		free(s);
	}
	s = string("ÄÖÜabc", 3);
	assert_string_equal(s, "'ÄÖÜ…'");
	free(s);
}

/* A panel with a series of each mark, and ${text} wherever there is text. */
static struct figure *
make(const char *text)
{
	struct figure *f = figure_new(FIGURE_TIMING);
	struct panel *p;

	assert_non_null(f);
	p = figure_panel(f, "%s", text);
	assert_non_null(p);
	panel_axes(p, "x", UNIT_SECONDS, SCALE_LINEAR, "y", UNIT_NONE,
	    SCALE_LINEAR);
	for (int m = MARK_LINE; m <= MARK_RULE; m++) {
		struct series *s = panel_series(p, (enum mark)m, m, "%s", text);

		for (int i = 0; i < 3; i++)
			series_add(s, i, m, m - 0.5, m + 0.5);
	}
	p = figure_panel(f, "%s", text);
	panel_axes(p, "x", UNIT_SECONDS, SCALE_LINEAR, "y", UNIT_NONE,
	    SCALE_LINEAR);
	panel_lane(p, "%s", text);
	series_add(panel_series(p, MARK_SPANS, COLOUR_IDLE, "%s", text), 0, 0,
	    0, 1);
	p = figure_panel(f, "%s", text);
	panel_empty(p, "%s", text);
	return (f);
}

/* The script of all panels, in a new file to be read from its beginning. */
static int
script(const struct figure *f, int bare)
{
	const struct place at = {
		.w = 420, .h = 300, .width = 420, .height = 300, .bare = bare
	};
	int fd = gnuplot_scratch();
	FILE *out;

	assert_true(fd != -1);
	assert_non_null(out = fdopen(dup(fd), "w"));
	fputs("set encoding utf8\n", out);
	for (size_t i = 0; i < f->npanel; i++) {
		gnuplot_data(out, &f->panel[i], i);
		fputs("set terminal svg size 420,300 noenhanced\n", out);
		gnuplot_panel(out, &f->panel[i], i, &at);
	}
	assert_int_equal(fclose(out), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return (fd);
}

static char *
contents(int fd)
{
	static char text[1 << 20];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	assert_true(n >= 0);
	text[n] = '\0';
	return (text);
}

/* Run ${program} for gnuplot. */
static int
run(const char *program, int in, int out, double limit)
{
	char name[256], plain[] = "--default-settings";
	char *argv[] = { name, plain, NULL };
	const struct gnuplot_job job = { NULL, argv, in, out, limit };

	snprintf(name, sizeof(name), "%s", program);
	return (gnuplot_run(&job));
}

static void
need_gnuplot(void)
{

	if (system("gnuplot --version >/dev/null 2>&1") != 0) {
		print_message("gnuplot is not installed\n");
		skip();
	}
}

static void
test_texts_are_only_texts(void **state)
{
	char dir[] = "/tmp/sv-test-XXXXXX", *text;
	struct figure *f;
	int in, out;

	(void)state;
	need_gnuplot();
	f = make(HOSTILE);
	out = gnuplot_scratch();
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	for (int bare = 0; bare < 2; bare++) {
		in = script(f, bare);
		assert_int_equal(run("gnuplot", in, out, 60), 0);
		text = contents(out);
		assert_int_equal(access("pwned", F_OK), -1);
		assert_null(strstr(text, "<script"));
		assert_non_null(strstr(text, "&lt;script>"));
		assert_int_equal(ftruncate(out, 0), 0);
		assert_int_equal(lseek(out, 0, SEEK_SET), 0);
		close(in);
	}
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(dir), 0);
	close(out);
	figure_free(f);
}

static void
test_pictures_come_inline(void **state)
{
	char *text, *page = NULL;
	const char *at, *end;
	struct figure *f;
	int in, out;
	size_t len;
	FILE *m;

	(void)state;
	need_gnuplot();
	f = make("text");
	in = script(f, 1);
	out = gnuplot_scratch();
	assert_int_equal(run("gnuplot", in, out, 60), 0);
	text = contents(out);
	end = text + strlen(text);
	at = text;
	assert_non_null(m = open_memstream(&page, &len));
	for (size_t i = 0; i < f->npanel; i++) {
		assert_non_null(at = svg_next(at, end));
		assert_non_null(at = svg_inline(m, at, end, "picture",
		    "a <b> \"c\""));
	}
	assert_null(svg_next(at, end));
	assert_int_equal(fclose(m), 0);
	assert_non_null(strstr(page, "aria-label=\"a &lt;b&gt; &quot;c&quot;"));
	assert_non_null(strstr(page, "stroke=\"var(--blue)\""));
	assert_non_null(strstr(page, "fill=\"var(--ink)\""));
	assert_null(strstr(page, "rgb("));
	assert_null(strstr(page, " id="));
	assert_null(strstr(page, "xlink"));
	assert_null(strstr(page, "<?xml"));
	free(page);
	close(in);
	close(out);
	figure_free(f);
}

/* Does svg_inline() take it? */
static int
taken(const char *svg)
{
	const char *end;
	char *page = NULL;
	size_t len;
	FILE *m = open_memstream(&page, &len);

	assert_non_null(m);
	end = svg_inline(m, svg, svg + strlen(svg), "c", "n");
	assert_int_equal(fclose(m), 0);
	free(page);
	return (end != NULL);
}

static void
test_what_is_no_picture_is_not_taken(void **state)
{
	static const char * const bad[] = {
		"", "<svg", "<svg>", "<svg><g>", "<svg></g></svg>",
		"<svg><g></svg>", "<svg><script>x</script></svg>",
		"<svg><image href='x'/></svg>", "<svg><a></a></svg>",
		"<svg><path d='javascript:x'/></svg>",
		"<svg><path d=\"x&quot;\"/></svg>", "<svg><path d=x/></svg>",
		"<svg><path d='x/></svg>", "<svg><path d/></svg>",
		"<svg><use xlink:href='#x'/></svg>",
		"<svg><use xlink:href='http://x/'/></svg>",
		"<svg><foreignObject/></svg>", "<svg><style>x</style></svg>",
		"<svg><defs></svg>", "<svg><!-- x --></svg>", "<svg>< g/></svg>"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		print_message("%s\n", bad[i]);
		assert_false(taken(bad[i]));
	}
	assert_true(taken("<svg></svg>"));
	assert_true(taken("<svg><g><path d='M0,0' onclick='x'/></g></svg>"));
}

/* An attribute that is not known does not come through. */
static void
test_unknown_attributes_are_dropped(void **state)
{
	const char *svg = "<svg onload='x'><g><path d='M0,0' onclick='x'"
	    " style='y' fill='rgb(  0, 114, 178)'/></g></svg>";
	char *page = NULL;
	size_t len;
	FILE *m = open_memstream(&page, &len);

	(void)state;
	assert_non_null(m);
	assert_non_null(svg_inline(m, svg, svg + strlen(svg), "c", "n"));
	assert_int_equal(fclose(m), 0);
	assert_string_equal(page, "<svg class=\"c\" role=\"img\""
	    " aria-label=\"n\"><title>n</title>\n"
	    "<g><path d=\"M0,0\" fill=\"var(--blue)\"/></g></svg>\n");
	free(page);
}

static void
test_a_missing_gnuplot_is_named(void **state)
{
	int fd = gnuplot_scratch();

	(void)state;
	assert_int_equal(run("/nowhere/gnuplot", fd, fd, 5), -1);
	assert_non_null(strstr(sv_err_last(), "gnuplot is not installed"));
	close(fd);
}

/* Write a program that stands for gnuplot. */
static void
fake(char path[64], const char *body)
{
	FILE *f;
	int fd;

	snprintf(path, 64, "/tmp/sv-fake-XXXXXX");
	assert_true((fd = mkstemp(path)) != -1);
	assert_non_null(f = fdopen(fd, "w"));
	fprintf(f, "#!/bin/sh\n%s\n", body);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0700), 0);
}

static void
test_one_that_fails_is_heard(void **state)
{
	int fd = gnuplot_scratch();
	char path[64];

	(void)state;
	fake(path, "echo 'line 7: \033[2Jno' >&2; exit 3");
	assert_int_equal(run(path, fd, fd, 60), -1);
	assert_string_equal(sv_err_last(), "gnuplot ended with status 3");
	unlink(path);
	fake(path, "kill -9 $$");
	assert_int_equal(run(path, fd, fd, 60), -1);
	assert_string_equal(sv_err_last(), "gnuplot was killed by signal 9");
	unlink(path);
	close(fd);
}

/* Neither it nor what it has started is there afterwards. */
static void
test_one_that_hangs_is_killed(void **state)
{
	double before = sv_clock_mono();
	int fd = gnuplot_scratch(), gone = 0;
	char path[64];
	long pid = 0;

	(void)state;
	fake(path, "sleep 600 & echo $!; wait");
	assert_int_equal(run(path, fd, fd, 0.3), -1);
	assert_string_equal(sv_err_last(), "gnuplot: not done after 0.3 s");
	assert_true(sv_clock_mono() - before < 30);
	assert_int_equal(sscanf(contents(fd), "%ld", &pid), 1);
	for (int i = 0; i < 500 && !gone; i++) {
		char stat[64], line[512] = "";
		FILE *f;

		snprintf(stat, sizeof(stat), "/proc/%ld/stat", pid);
		if ((f = fopen(stat, "r")) != NULL) {
			gone = fgets(line, sizeof(line), f) == NULL ||
			    strstr(line, ") Z") != NULL;
			fclose(f);
		} else
			gone = 1;
		(void)poll(NULL, 0, 10);
	}
	assert_true(gone);
	unlink(path);
	close(fd);
}

/* A signal that has come ends the wait at once, and is still there. */
static void
test_a_signal_ends_it(void **state)
{
	double before = sv_clock_mono();
	int fd = gnuplot_scratch(), sig;
	sigset_t saved, set;
	char path[64];

	(void)state;
	fake(path, "kill -TERM $PPID; exec sleep 600");
	gnuplot_hold(&saved);
	assert_int_equal(run(path, fd, fd, 300), -1);
	assert_true(sv_clock_mono() - before < 60);
	assert_int_equal(sigpending(&set), 0);
	assert_true(sigismember(&set, SIGTERM));
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	assert_int_equal(sigwait(&set, &sig), 0);
	gnuplot_release(&saved);
	unlink(path);
	close(fd);
}

static double
luminance(uint32_t rgb)
{
	static const double weight[] = { 0.2126, 0.7152, 0.0722 };
	double sum = 0, v;

	for (int i = 0; i < 3; i++) {
		v = (rgb >> (16 - 8 * i) & 255) / 255.0;
		v = v <= 0.03928 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
		sum += weight[i] * v;
	}
	return (sum);
}

static double
contrast(uint32_t a, uint32_t b)
{
	double x = luminance(a), y = luminance(b);

	return ((fmax(x, y) + 0.05) / (fmin(x, y) + 0.05));
}

/* WCAG 2.1: text by 4.5 to 1, what is drawn by 3 to 1. */
static void
test_colours_stand_out_from_the_page(void **state)
{
	const struct tone *page = &tones[TONE_PAGE];

	(void)state;
	for (int i = 0; i < TONE_N; i++) {
		const struct tone *t = &tones[i];
		double least = i == TONE_INK || i == TONE_SOFT ? 4.5 : 3;

		assert_ptr_equal(tone_find(t->light), t);
		if (i == TONE_PAGE || i == TONE_GRID)
			continue;
		print_message("%s\n", t->name);
		assert_true(contrast(t->light, page->light) >= least);
		assert_true(contrast(t->dark, page->dark) >= least);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings_are_quoted),
		cmocka_unit_test(test_texts_are_only_texts),
		cmocka_unit_test(test_pictures_come_inline),
		cmocka_unit_test(test_what_is_no_picture_is_not_taken),
		cmocka_unit_test(test_unknown_attributes_are_dropped),
		cmocka_unit_test(test_a_missing_gnuplot_is_named),
		cmocka_unit_test(test_one_that_fails_is_heard),
		cmocka_unit_test(test_one_that_hangs_is_killed),
		cmocka_unit_test(test_a_signal_ends_it),
		cmocka_unit_test(test_colours_stand_out_from_the_page)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
