#include "html.h"
#include "utf8.h"

void
sv_html_text(FILE *f, const char *s)
{
	char c[5];

	while (*s != '\0') {
		s += sv_utf8_next(s, c);
		switch (c[0]) {
		case '&':
			fputs("&amp;", f);
			break;
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		case '\'':
			fputs("&#39;", f);
			break;
		default:
			fputs(c, f);
		}
	}
}
