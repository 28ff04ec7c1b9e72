#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "err.h"
#include "libsvm.h"
#include "number.h"

#define BLOCK ((size_t)1 << 18)	/* bytes of text at once; no field is longer */
#define MAXINDEX ((uint64_t)UINT32_MAX)
#define MAXWHY 512u
#define MAXDIGITS 10	/* of an index that is read fast, and less than 2^64 */
#define SLACK 16u	/* bytes behind the text that may be looked at */
#define NEAR 512	/* bytes around a fault that tell what is no text */

enum state { AT_LABEL, IN_ROW, IN_COMMENT };

struct sv_libsvm {
	struct sv_bytes in;
	const char *name;
	uint64_t d;		/* most columns that are allowed */
	uint64_t base;		/* index of the first column */
	uint64_t line;
	uint64_t at;		/* text[0] is this byte of the whole */
	int by_byte;		/* messages name bytes, not lines */
	int quiet;
	enum state state;
	int eof;
	size_t have;		/* bytes in text */
	uint64_t largest;	/* columns so far */
	uint64_t next;		/* column that the row being read may go on with */

	/* Rows parsed; the last one may be incomplete. */
	uint64_t rows, nnz;
	uint64_t rows_given, nnz_given;	/* to the caller, by the last call */
	uint64_t nnz_room;
	uint64_t start[BLOCK / 2 + 3];	/* a row takes two bytes at least */
	double label[BLOCK / 2 + 2];
	uint32_t *col;
	double *val;

	char why[MAXWHY];
	char text[BLOCK + SLACK];
};

struct sv_libsvm *
sv_libsvm_new(const struct sv_bytes *in, const char *name, uint64_t d)
{
	struct sv_libsvm *r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (NULL);
	r->in = *in;
	r->name = name;
	r->d = d > 0 && d < MAXINDEX ? d : MAXINDEX;
	r->base = 1;
	r->line = 1;
	return (r);
}

void
sv_libsvm_zero_based(struct sv_libsvm *r)
{

	r->base = 0;
}

void
sv_libsvm_at(struct sv_libsvm *r, uint64_t offset)
{

	r->at = offset;
	r->by_byte = 1;
}

void
sv_libsvm_quiet(struct sv_libsvm *r)
{

	r->quiet = 1;
}

const char *
sv_libsvm_why(const struct sv_libsvm *r)
{

	return (r->why);
}

void
sv_libsvm_free(struct sv_libsvm *r)
{

	if (r == NULL)
		return;
	free(r->col);
	free(r->val);
	free(r);
}

static int
is_blank(char c)
{

	return (c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f');
}

static int
is_space(char c)
{

	return (c == '\n' || is_blank(c));
}

/* Keep the reason, and say it unless that is unwanted; return -1. */
static int
fail(struct sv_libsvm *r)
{

	if (!r->quiet)
		sv_warnx("%s: %s", r->name, r->why);
	return (-1);
}

/* Say what is wrong at ${p} of the text; return -1. */
static int
bad(struct sv_libsvm *r, const char *p, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int
bad(struct sv_libsvm *r, const char *p, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	if (r->by_byte)
		snprintf(r->why, sizeof(r->why), "byte %" PRIu64 ": ",
		    r->at + (uint64_t)(p - r->text));
	else
		snprintf(r->why, sizeof(r->why), "line %" PRIu64 ": ", r->line);
	n = strlen(r->why);
	va_start(ap, fmt);
	vsnprintf(r->why + n, sizeof(r->why) - n, fmt, ap);
	va_end(ap);
	return (fail(r));
}

/* The first byte near ${p} that no text has, or -1. */
static int
no_text(const struct sv_libsvm *r, const char *p)
{
	const char *end = r->text + r->have;

	if (end - p > NEAR)
		end = p + NEAR;
	p = p - r->text > NEAR ? p - NEAR : r->text;
	for (; p < end; p++)
		if (((unsigned char)*p < ' ' && !is_space(*p)) || *p == 0x7f)
			return ((unsigned char)*p);
	return (-1);
}

/* Say what is wrong with the field at ${p}; return -1. */
static int
bad_field(struct sv_libsvm *r, const char *what, const char *p)
{
	char found[44];
	size_t n = 0;
	int byte = no_text(r, p);

	for (; !is_space(p[n]) && n < sizeof(found) - 4; n++)
		found[n] = p[n] < ' ' || p[n] > '~' ? '?' : p[n];
	strcpy(found + n, is_space(p[n]) ? "" : "...");
	if (byte != -1)
		return (bad(r, p, "expected %s, found '%s': this is not text,"
		    " there is a byte 0x%02x", what, found, (unsigned)byte));
	/* Whoever errs in line 1 may have another format in mind. */
	return (bad(r, p, "expected %s, found '%s'%s", what, found,
	    r->line == 1 && !r->by_byte ?
	    " (LIBSVM text: LABEL INDEX:VALUE ...)" : ""));
}

/* Say what is wrong with an index; return -1. */
static int
bad_index(struct sv_libsvm *r, const char *p, uint64_t index)
{

	if (index < r->base)
		return (bad(r, p, "index 0: indices are one-based, unless"
		    " --zero-based says otherwise"));
	if (index > MAXINDEX)
		return (bad_field(r, "an index below 2^32", p));
	if (index - r->base >= r->d)
		return (bad(r, p, "index %" PRIu64 " is beyond the %" PRIu64
		    " features expected%s", index, r->d,
		    r->base == 0 ? ", from 0" : ""));
	return (bad(r, p, "index %" PRIu64 " comes after %" PRIu64 ": expected"
	    " ascending indices", index, r->next - 1 + r->base));
}

/* Is there a NaN or an infinity in words at ${p}? */
static int
is_word(const char *p)
{

	if (*p == '+' || *p == '-')
		p++;
	return (strncasecmp(p, "nan", 3) == 0 || strncasecmp(p, "inf", 3) == 0);
}

/* Begin a row with the label at ${*p}, and step over it. */
static int
parse_label(struct sv_libsvm *r, const char **p)
{
	const char *end;
	double y = sv_number_parse_in(*p, r->text + sizeof(r->text), &end);

	if ((end == *p && is_word(*p)) || !isfinite(y))
		return (bad_field(r, "a finite label", *p));
	if (end == *p || !is_space(*end))
		return (bad_field(r, "a label", *p));
	r->start[r->rows] = r->nnz;
	r->label[r->rows++] = y;
	r->next = 0;
	r->state = IN_ROW;
	*p = end;
	return (0);
}

/* Append the index:value at ${*p} to the row, and step over it. */
static int
parse_pair(struct sv_libsvm *r, const char **p)
{
	const char *q = *p, *end;
	uint64_t index = 0;
	double x;

	for (; *q >= '0' && *q <= '9'; q++)
		if (index <= MAXINDEX)
			index = index * 10 + (uint64_t)(*q - '0');
	if (q == *p || *q != ':')
		return (bad_field(r, "index:value", *p));
	x = sv_number_parse_in(++q, r->text + sizeof(r->text), &end);
	if ((end == q && is_word(q)) || !isfinite(x))
		return (bad_field(r, "a finite value", *p));
	if (end == q || !is_space(*end))
		return (bad_field(r, "index:value", *p));
	if (index < r->base || index - r->base >= r->d ||
	    index - r->base < r->next)
		return (bad_index(r, *p, index));
	r->col[r->nnz] = (uint32_t)(index - r->base);
	r->val[r->nnz++] = x;
	r->next = index - r->base + 1;
	*p = end;
	return (0);
}

/*
 * Append pairs to the row, from the blank at ${p} on, for as long as they are as
 * most are: a blank before each, an index of few digits, nothing wrong with it.
 * Return where the first one begins that is not, which parse_pair() is for; the
 * byte before ${end} is a blank or a newline.
 */
static const char *
parse_pairs(struct sv_libsvm *r, const char *p, const char *end)
{
	const char *limit = r->text + sizeof(r->text), *q, *stop;
	const uint64_t d = r->d, base = r->base;
	uint64_t next = r->next, nnz = r->nnz, index, column;
	unsigned digit;
	double x;

	while (*p == ' ' && end - p > 1) {
		index = 0;
		for (q = p + 1; (digit = (unsigned)(*q - '0')) <= 9; q++)
			index = index * 10 + digit;
		column = index - base;
		if (*q != ':' || q == p + 1 || q - p > MAXDIGITS ||
		    column - next >= d - next)
			break;
		digit = (unsigned)(*++q - '0');
		if (digit <= 9 && (q[1] == ' ' || q[1] == '\n')) {
			x = digit;
			stop = q + 1;
		} else {
			x = sv_number_parse_in(q, limit, &stop);
			if (stop == q || !is_space(*stop) || !isfinite(x))
				break;
		}
		r->col[nnz] = (uint32_t)column;
		r->val[nnz++] = x;
		next = column + 1;
		p = stop;
	}
	r->next = next;
	r->nnz = nnz;
	return (p);
}

/* The row at hand, if any, is complete. */
static void
end_row(struct sv_libsvm *r)
{

	if (r->state == IN_ROW && r->next > r->largest)
		r->largest = r->next;
}

/* Parse from ${p} to ${end}, which comes after a blank or a newline. */
static int
parse(struct sv_libsvm *r, const char *p, const char *end)
{
	const char *newline;
	int rc;

	while (p < end) {
		if (r->state == IN_COMMENT) {
			newline = memchr(p, '\n', (size_t)(end - p));
			if (newline == NULL)
				break;
			p = newline + 1;
			r->line++;
			r->state = AT_LABEL;
		} else if (is_blank(*p)) {
			p++;
		} else if (*p == '\n') {
			end_row(r);
			r->state = AT_LABEL;
			r->line++;
			p++;
		} else if (*p == '#') {
			end_row(r);
			r->state = IN_COMMENT;
		} else {
			rc = r->state == AT_LABEL ? parse_label(r, &p) :
			    parse_pair(r, &p);
			if (rc == -1)
				return (-1);
			p = parse_pairs(r, p, end);
		}
	}
	return (0);
}

/* Forget the rows that the caller has had; keep one that is incomplete. */
static void
forget(struct sv_libsvm *r)
{
	uint64_t nnz = r->nnz - r->nnz_given;

	if (nnz > 0) {
		memmove(r->col, r->col + r->nnz_given, nnz * sizeof(*r->col));
		memmove(r->val, r->val + r->nnz_given, nnz * sizeof(*r->val));
	}
	if (r->rows > r->rows_given) {
		r->label[0] = r->label[r->rows_given];
		r->start[0] = 0;
	}
	r->rows -= r->rows_given;
	r->nnz = nnz;
	r->rows_given = r->nnz_given = 0;
}

/* Make room for all pairs that a block can hold ("1:1 "), and more. */
static int
reserve(struct sv_libsvm *r)
{
	uint64_t need = r->nnz + BLOCK / 4 + 1, room = r->nnz_room;
	void *p;

	if (need <= room)
		return (0);
	room = need + need / 2;
	if ((p = realloc(r->col, room * sizeof(*r->col))) == NULL)
		goto err;
	r->col = p;
	if ((p = realloc(r->val, room * sizeof(*r->val))) == NULL)
		goto err;
	r->val = p;
	r->nnz_room = room;
	return (0);
err:
	return (bad(r, r->text, "%s", strerror(errno)));
}

/*
 * Read a block behind what is there.  Return how many bytes, from the start,
 * hold whole fields; 0 at the end; -1 after a message.
 */
static ssize_t
fill(struct sv_libsvm *r)
{
	size_t want = BLOCK - r->have, end;
	ssize_t n = 0;

	if (!r->eof) {
		n = sv_bytes_fill(&r->in, r->text + r->have, want);
		if (n == -1) {
			snprintf(r->why, sizeof(r->why), "%s",
			    sv_bytes_why(&r->in));
			return (fail(r));
		}
		r->eof = (size_t)n < want;
		r->have += (size_t)n;
	}
	if (r->eof && r->have > 0 && !is_space(r->text[r->have - 1]))
		r->text[r->have++] = '\n';
	for (end = r->have; end > 0 && !is_space(r->text[end - 1]); end--)
		;
	if (end == 0 && r->have > 0 && r->text[0] == '#') {
		end_row(r);
		r->state = IN_COMMENT;
	}
	if (end == 0 && r->state == IN_COMMENT)
		end = r->have;
	if (end == 0 && r->have > 0) {
		r->text[r->have] = '\n';
		return (bad_field(r, r->state == AT_LABEL ? "a label" :
		    "index:value", r->text));
	}
	return ((ssize_t)end);
}

/* How many bytes at the text's beginning are a mark and no part of it. */
static size_t
mark(const struct sv_libsvm *r, size_t n)
{

	return (r->at == 0 && n >= 3 &&
	    memcmp(r->text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0);
}

int
sv_libsvm_next(struct sv_libsvm *r, struct sv_csr *part)
{
	uint64_t rows;
	ssize_t n;

	do {
		forget(r);
		if (reserve(r) == -1 || (n = fill(r)) == -1 ||
		    parse(r, r->text + mark(r, (size_t)n), r->text + n) == -1)
			return (-1);
		r->have -= (size_t)n;
		memmove(r->text, r->text + n, r->have);
		r->at += (uint64_t)n;
		rows = r->rows;
		if (r->eof && r->have == 0)
			end_row(r);
		else if (r->state == IN_ROW)
			rows--;
	} while (rows == 0 && n > 0);
	if (rows == 0)
		return (0);
	if (rows == r->rows)
		r->start[rows] = r->nnz;
	r->rows_given = rows;
	r->nnz_given = r->start[rows];
	part->rows = rows;
	part->cols = r->largest;
	part->nnz = r->nnz_given;
	part->start = r->start;
	part->col = r->col;
	part->val = r->val;
	part->label = r->label;
	part->weight = NULL;
	return (1);
}
