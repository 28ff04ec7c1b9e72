#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "figures.h"
#include "html.h"
#include "page.h"
#include "svg.h"
#include "tone.h"

/* The variables of one theme; a link is darker or lighter than the lines. */
static void
put_theme(FILE *f, int dark)
{

	for (int i = 0; i < TONE_N; i++)
		fprintf(f, "--%s:#%06x;", tones[i].name, (unsigned)(dark ?
		    tones[i].dark : tones[i].light));
	fprintf(f, "--link:%s", dark ? "#7cc0ee" : "#005a8f");
}

static void
put_head(FILE *f, const char *title)
{

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n<meta name=\"viewport\""
	    " content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<meta name=\"generator\" content=\"sv-stats " PACKAGE_VERSION
	    "\">\n<title>", f);
	sv_html_text(f, title);
	fputs("</title>\n<style>\n:root{", f);
	put_theme(f, 0);
	fputs("}\n@media screen and (prefers-color-scheme:dark){:root{", f);
	put_theme(f, 1);
	fputs("}}\n", f);
	fputs(page_style, f);
	fputs("</style>\n</head>\n<body>\n", f);
	svg_marks(f);
}

/* When the first of the runs began, as the stream tells. */
static void
put_when(FILE *f, const struct stats *s, size_t n)
{
	char date[40];
	struct tm tm;
	int64_t first = 0;
	time_t at;

	for (size_t i = 0; i < n; i++)
		if (s[i].run->job_time > 0 &&
		    (first == 0 || s[i].run->job_time < first))
			first = s[i].run->job_time;
	at = (time_t)(first / 1000000000);
	if (first > 0 && gmtime_r(&at, &tm) != NULL &&
	    strftime(date, sizeof(date), "%Y-%m-%d %H:%M UTC", &tm) > 0)
		fprintf(f, ", begun %s", date);
}

static void
put_header(FILE *f, const char *title, struct figure * const *figures,
    const struct stats *s, size_t n)
{
	size_t sets = figures_sets(s, n);

	fputs("<header>\n<h1>", f);
	sv_html_text(f, title);
	fprintf(f, "</h1>\n<p class=\"lead\">%zu run%s", n, n == 1 ? "" : "s");
	if (sets > 1)
		fprintf(f, " in %zu sets", sets);
	put_when(f, s, n);
	fputs(".</p>\n<nav aria-label=\"Contents\">\n<ul>\n"
	    "<li><a href=\"#key\">Key figures</a></li>\n", f);
	for (int id = 0; id < FIGURE_N; id++) {
		fprintf(f, "<li><a href=\"#%s\">", figures[id]->name);
		sv_html_text(f, figures[id]->title);
		fputs("</a></li>\n", f);
	}
	fputs("<li><a href=\"#numbers\">Numbers</a></li>\n"
	    "<li><a href=\"#words\">What the words mean</a></li>\n"
	    "</ul>\n</nav>\n</header>\n", f);
}

/* As design and manual page define them, in short. */
static void
put_words(FILE *f)
{
	static const struct {
		const char *term, *means;
	} word[] = {
		{ "time", "from the first global that is sent, when all workers"
		    " are there, to the model" },
		{ "round", "one step of the method: the master's global goes to"
		    " all workers, and their updates come back and are"
		    " summed" },
		{ "computing", "on the worker's clock: global received to"
		    " update sent" },
		{ "idle", "on the worker's clock: update sent to next global"
		    " received" },
		{ "delay", "on the hub's clock: global sent to update taken" },
		{ "communication", "update received less global sent, less"
		    " computing" },
		{ "queueing", "update received to taken by a reducer" },
		{ "barrier", "update summed to the last one's sum" },
		{ "speedup", "the time with the fewest workers over that with"
		    " W" },
		{ "efficiency", "the speedup over the ratio of the numbers of"
		    " workers" },
		{ "cold start", "request for a worker to its first hello" },
		{ "responsiveness", "the share of rounds in which a worker was"
		    " among the slowest tenth" }
	};

	fputs("<section id=\"words\">\n<h2>What the words mean</h2>\n"
	    "<dl class=\"words\">\n", f);
	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		fprintf(f, "<dt>%s</dt><dd>%s</dd>\n", word[i].term,
		    word[i].means);
	fputs("</dl>\n<p>The quantities are those of Aytekin and Johansson,"
	    " Harnessing the Power of Serverless Runtimes for Large-Scale"
	    " Optimization, 2019, and the figures are drawn in the paper's"
	    " order.  The manual page sv-stats(1) defines them all.</p>\n"
	    "</section>\n", f);
}

int
page_write(FILE *f, const char *title, struct figure * const *figures,
    const struct picture *pic, size_t npic, const struct stats *s, size_t n)
{

	if (title == NULL || title[0] == '\0')
		title = n == 1 ? "Report on a run" : "Report on several runs";
	put_head(f, title);
	put_header(f, title, figures, s, n);
	fputs("<main>\n", f);
	if (page_key(f, s, n) == -1)
		return (-1);
	for (int id = 0; id < FIGURE_N; id++)
		page_figure(f, figures[id], pic, npic);
	if (page_numbers(f, s, n) == -1)
		return (-1);
	put_words(f);
	fputs("</main>\n<footer>\n<p>Made by sv-stats, sv " PACKAGE_VERSION
	    ".</p>\n</footer>\n</body>\n</html>\n", f);
	return (0);
}
