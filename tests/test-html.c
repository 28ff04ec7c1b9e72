/* Text from outside, as UTF-8 and as HTML; and a table's face for a browser. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "html.h"
#include "table.h"
#include "utf8.h"

#define BAD "\xef\xbf\xbd"	/* U+FFFD */

/* Is ${s} as UTF-8 ${expected}? */
static void
check_clean(const char *s, const char *expected)
{
	char all[64] = "", c[5];

	while (*s != '\0') {
		s += sv_utf8_next(s, c);
		strcat(all, c);
	}
	assert_string_equal(all, expected);
}

static void
test_utf8_is_kept(void **state)
{

	(void)state;
	check_clean("", "");
	check_clean("a ~", "a ~");
	check_clean("\xc2\xa0\xc3\xa9\xdf\xbf", "\xc2\xa0\xc3\xa9\xdf\xbf");
	check_clean("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80",
	    "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80");
	check_clean("\xf0\x90\x80\x80\xf4\x8f\xbf\xbd",
	    "\xf0\x90\x80\x80\xf4\x8f\xbf\xbd");
}

static void
test_what_is_not_utf8_is_replaced(void **state)
{

	(void)state;
	check_clean("\x80x\xff", BAD "x" BAD);
	check_clean("\xc0\xaf", BAD BAD);	/* / in two bytes */
	check_clean("\xe0\x80\xaf", BAD BAD BAD);
	check_clean("\xf0\x80\x80\xaf", BAD BAD BAD BAD);
	check_clean("\xed\xa0\x80", BAD BAD BAD);	/* a surrogate */
	check_clean("\xf4\x90\x80\x80", BAD BAD BAD BAD);	/* > U+10FFFF */
	check_clean("\xe2\x82", BAD BAD);	/* cut */
	check_clean("\xc3<", BAD "<");
	check_clean("\xf5\xff", BAD BAD);
}

static void
test_what_is_no_text_is_replaced(void **state)
{

	(void)state;
	check_clean("a\tb\nc\rd", "a b c d");
	check_clean("\033[2J\x7f", BAD "[2J" BAD);
	check_clean("\xc2\x85", BAD);	/* C1 */
	check_clean("\xe2\x80\xa8\xe2\x80\xae", BAD BAD);	/* bidi */
	check_clean("\xef\xbf\xbf\xf0\x9f\xbf\xbe", BAD BAD);
}

/* A terminal gets a character for each, and nothing that it obeys. */
static void
test_text_for_a_terminal(void **state)
{
	static const char text[] = "\xc3\xa9\t\033[2J\xc2\x9b" "1m\x9b\xe2\x80\xae.";
	char *s = NULL;
	size_t len;
	FILE *f = open_memstream(&s, &len);

	(void)state;
	assert_non_null(f);
	sv_utf8_print(f, text, SIZE_MAX);
	fputc('|', f);
	sv_utf8_print(f, text, 3);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(s, "\xc3\xa9??[2J?1m??.|\xc3\xa9??");
	free(s);
	assert_int_equal(sv_utf8_columns(text, SIZE_MAX), 12);
	assert_int_equal(sv_utf8_columns(text, 2), 1);
	assert_int_equal(sv_utf8_columns("", 5), 0);
}

/* What is written, for the caller to free. */
static char *
written(const char *text, const struct sv_table *t, const size_t *rows,
    size_t n)
{
	char *s = NULL;
	size_t len;
	FILE *f = open_memstream(&s, &len);

	assert_non_null(f);
	if (t != NULL)
		sv_table_html(t, f, text, rows, n);
	else
		sv_html_text(f, text);
	assert_int_equal(fclose(f), 0);
	return (s);
}

static void
test_text_is_escaped(void **state)
{
	char *s;

	(void)state;
	s = written("<b a=\"1\" c='2'>&amp;\x01", NULL, NULL, 0);
	assert_string_equal(s, "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;"
	    "&amp;amp;" BAD);
	free(s);
}

static const struct sv_column columns[] = {
	{ "who", NULL, SV_COL_TEXT, 0 }, { "time_s", "<t>", SV_COL_SECONDS, 0 },
	{ "hidden", NULL, SV_COL_REAL, SV_COL_HIDDEN },
	{ "count", NULL, SV_COL_COUNT, 0 },
	{ "bar", "", SV_COL_BAR, SV_COL_PERSON }
};

static struct sv_table *
make(void)
{
	struct sv_table *t = sv_table_new(columns, 5);

	assert_non_null(t);
	for (int i = 0; i < 2; i++) {
		sv_table_string(t, i == 0 ? "<script>" : NULL);
		sv_table_real(t, i == 0 ? 0.25 : NAN);
		sv_table_real(t, 7);
		sv_table_real(t, 1234.0 + i);
		sv_table_real(t, 3);
	}
	return (t);
}

static void
test_a_table_for_a_browser(void **state)
{
	struct sv_table *t = make();
	char *s;

	(void)state;
	s = written("a & b", t, NULL, 0);
	assert_string_equal(s, "<table>\n<caption>a &amp; b</caption>\n"
	    "<thead><tr><th scope=\"col\">who</th>"
	    "<th scope=\"col\" class=\"n\">&lt;t&gt;<br>[ms]</th>"
	    "<th scope=\"col\" class=\"n\">count</th></tr></thead>\n<tbody>\n"
	    "<tr><td>&lt;script&gt;</td><td class=\"n\">250.0</td>"
	    "<td class=\"n\">1,234</td></tr>\n"
	    "<tr><td>-</td><td class=\"n\">-</td>"
	    "<td class=\"n\">1,235</td></tr>\n</tbody>\n</table>\n");
	free(s);
	sv_table_free(t);
}

static void
test_chosen_rows(void **state)
{
	struct sv_table *t = make();
	const size_t rows[] = { 1 };
	char *s;

	(void)state;
	s = written("", t, rows, 1);
	assert_null(strstr(s, "1,234"));
	assert_non_null(strstr(s, "1,235"));
	free(s);
	sv_table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utf8_is_kept),
		cmocka_unit_test(test_what_is_not_utf8_is_replaced),
		cmocka_unit_test(test_text_for_a_terminal),
		cmocka_unit_test(test_what_is_no_text_is_replaced),
		cmocka_unit_test(test_text_is_escaped),
		cmocka_unit_test(test_a_table_for_a_browser),
		cmocka_unit_test(test_chosen_rows)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
