#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "sigv4_canon.h"

#define SUM crypto_auth_hmacsha256_BYTES
#define SCOPE_END "aws4_request"

void
sv_sigv4_text_add(struct sv_sigv4_text *t, const void *data, size_t len)
{
	size_t room = t->room == 0 ? 256 : t->room;
	char *s;

	if (t->failed)
		return;
	while (room - t->len <= len) {
		if (room > SIZE_MAX / 4) {
			t->failed = 1;
			return;
		}
		room *= 2;
	}
	if (room != t->room) {
		if ((s = malloc(room)) == NULL) {
			t->failed = 1;
			return;
		}
		if (t->s != NULL) {
			memcpy(s, t->s, t->len);
			sodium_memzero(t->s, t->room);
			free(t->s);
		}
		t->s = s;
		t->room = room;
	}
	if (len > 0)
		memcpy(t->s + t->len, data, len);
	t->len += len;
	t->s[t->len] = '\0';
}

void
sv_sigv4_text_adds(struct sv_sigv4_text *t, const char *s)
{

	sv_sigv4_text_add(t, s, strlen(s));
}

void
sv_sigv4_text_fini(struct sv_sigv4_text *t)
{

	if (t->s != NULL) {
		sodium_memzero(t->s, t->room);
		free(t->s);
	}
	memset(t, 0, sizeof(*t));
}

/* Lower case, of ASCII and nothing else. */
static char
lower(char c)
{

	return (c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
}

int
sv_sigv4_same(const char *a, const char *b)
{

	for (; *a != '\0' && lower(*a) == lower(*b); a++, b++)
		continue;
	return (lower(*a) == lower(*b));
}

const char *
sv_sigv4_find(const struct sv_sigv4_request *r, const char *name)
{

	for (size_t i = 0; i < r->nheader; i++)
		if (sv_sigv4_same(r->headers[i].name, name))
			return (r->headers[i].value);
	return (NULL);
}

void
sv_sigv4_sum(char hex[SV_SIGV4_HEX], const void *data, size_t len)
{
	unsigned char sum[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(sum, data != NULL ? data : "", len);
	sodium_bin2hex(hex, SV_SIGV4_HEX, sum, sizeof(sum));
}

/* The value of a hexadecimal digit, or -1. */
static int
digit(char c)
{

	if (c >= '0' && c <= '9')
		return (c - '0');
	c = lower(c);
	return (c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1);
}

/* Add a byte, encoded unless it is unreserved (RFC 3986, section 2.3). */
static void
add_encoded(struct sv_sigv4_text *t, unsigned char c)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-._~";
	static const char hex[] = "0123456789ABCDEF";
	char code[3] = { '%', hex[c >> 4], hex[c & 15] };

	if (c != '\0' && strchr(plain, c) != NULL)
		sv_sigv4_text_add(t, &c, 1);
	else
		sv_sigv4_text_add(t, code, 3);
}

/* Add ${len} bytes of ${s}, encoded. */
static void
add_raw(struct sv_sigv4_text *t, const char *s, size_t len)
{

	for (size_t i = 0; i < len; i++)
		add_encoded(t, (unsigned char)s[i]);
}

/* The same, but decoded first; a + is ${plus}. */
static void
add_decoded(struct sv_sigv4_text *t, const char *s, size_t len,
    unsigned char plus)
{

	for (size_t i = 0; i < len; i++) {
		int high = -1, low = -1;

		if (s[i] == '%' && len - i > 2) {
			high = digit(s[i + 1]);
			low = digit(s[i + 2]);
		}
		if (high != -1 && low != -1) {
			add_encoded(t, (unsigned char)(high << 4 | low));
			i += 2;
		} else {
			add_encoded(t, s[i] == '+' ? plus : (unsigned char)s[i]);
		}
	}
}

/* Take the last segment off what began at ${begin}. */
static void
pop(struct sv_sigv4_text *t, size_t begin)
{

	while (t->len > begin && t->s[--t->len] != '/')
		continue;
	if (t->s != NULL)
		t->s[t->len] = '\0';
}

static void
add_path(struct sv_sigv4_text *t, const char *path, int s3)
{
	size_t begin = t->len, n = 0;

	for (const char *p = path; *p != '\0'; p += n) {
		if (*p == '/' && s3)
			sv_sigv4_text_adds(t, "/");
		if (*p == '/') {
			n = 1;
			continue;
		}
		n = strcspn(p, "/");
		if (s3) {
			add_decoded(t, p, n, '+');
		} else if (n == 2 && memcmp(p, "..", 2) == 0) {
			pop(t, begin);
		} else if (n != 1 || *p != '.') {
			sv_sigv4_text_adds(t, "/");
			add_raw(t, p, n);
		}
	}
	n = strlen(path);
	if (t->len == begin || (!s3 && n > 0 && path[n - 1] == '/'))
		sv_sigv4_text_adds(t, "/");
}

/* A name and its value, each encoded, the value behind the name's NUL. */
struct pair {
	struct sv_sigv4_text text;
	size_t value;
};

static int
by_pair(const void *pa, const void *pb)
{
	const struct pair *a = pa, *b = pb;
	int rc = strcmp(a->text.s, b->text.s);

	return (rc != 0 ? rc : strcmp(a->text.s + a->value,
	    b->text.s + b->value));
}

/* Take apart one parameter of ${len} bytes; -1 if memory is out. */
static int
make_pair(struct pair *p, const char *s, size_t len)
{
	const char *equals = memchr(s, '=', len);
	size_t name = equals != NULL ? (size_t)(equals - s) : len;

	add_decoded(&p->text, s, name, ' ');
	sv_sigv4_text_add(&p->text, "", 1);
	p->value = p->text.len;
	if (equals != NULL)
		add_decoded(&p->text, equals + 1, len - name - 1, ' ');
	return (p->text.failed ? -1 : 0);
}

static void
add_query(struct sv_sigv4_text *t, const char *query)
{
	struct pair *pairs;
	size_t room = 1, n = 0, len;

	for (const char *p = query; *p != '\0'; p++)
		room += *p == '&';
	if ((pairs = calloc(room, sizeof(*pairs))) == NULL) {
		t->failed = 1;
		return;
	}
	for (const char *p = query; *p != '\0'; p += len + (p[len] == '&')) {
		if ((len = strcspn(p, "&")) > 0 &&
		    make_pair(&pairs[n++], p, len) == -1)
			t->failed = 1;
	}
	if (!t->failed)
		qsort(pairs, n, sizeof(*pairs), by_pair);
	for (size_t i = 0; i < n; i++) {
		if (!t->failed) {
			sv_sigv4_text_adds(t, i > 0 ? "&" : "");
			sv_sigv4_text_adds(t, pairs[i].text.s);
			sv_sigv4_text_adds(t, "=");
			sv_sigv4_text_adds(t, pairs[i].text.s + pairs[i].value);
		}
		sv_sigv4_text_fini(&pairs[i].text);
	}
	free(pairs);
}

/* Add a header's value, without needless blanks. */
static void
add_value(struct sv_sigv4_text *t, const char *v)
{
	static const char blanks[] = " \t\r\n\v\f";
	size_t n;

	for (v += strspn(v, blanks); *v != '\0'; v += n) {
		n = strcspn(v, blanks);
		sv_sigv4_text_add(t, v, n);
		v += n;
		n = strspn(v, blanks);
		if (v[n] != '\0')
			sv_sigv4_text_adds(t, " ");
	}
}

/* Add the line of the header whose name has these ${len} bytes. */
static void
add_header(struct sv_sigv4_text *t, const struct sv_sigv4_request *r,
    const char *name, size_t len)
{
	int first = 1;

	sv_sigv4_text_add(t, name, len);
	for (size_t i = 0; i < r->nheader; i++) {
		const char *other = r->headers[i].name;
		size_t k = 0;

		while (k < len && other[k] != '\0' && lower(other[k]) == name[k])
			k++;
		if (k < len || other[k] != '\0')
			continue;
		sv_sigv4_text_adds(t, first ? ":" : ",");
		add_value(t, r->headers[i].value);
		first = 0;
	}
	sv_sigv4_text_adds(t, first ? ":\n" : "\n");
}

/* Key of the day, the region and the service: HMAC over HMAC. */
static void
sign_with(unsigned char sum[SUM], const unsigned char *key, size_t len,
    const char *text)
{
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, key, len);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)text,
	    strlen(text));
	crypto_auth_hmacsha256_final(&state, sum);
	sodium_memzero(&state, sizeof(state));
}

/* Sign the text ${to_sign} in hexadecimal digits. */
static int
derive(char hex[SV_SIGV4_HEX], const char *secret, const char *day,
    const struct sv_sigv4_scope *scope, const char *to_sign)
{
	struct sv_sigv4_text key = { 0 };
	unsigned char sum[SUM];
	int failed;

	sv_sigv4_text_adds(&key, "AWS4");
	sv_sigv4_text_adds(&key, secret);
	if (!(failed = key.failed)) {
		sign_with(sum, (const unsigned char *)key.s, key.len, day);
		sign_with(sum, sum, sizeof(sum), scope->region);
		sign_with(sum, sum, sizeof(sum), scope->service);
		sign_with(sum, sum, sizeof(sum), SCOPE_END);
		sign_with(sum, sum, sizeof(sum), to_sign);
		sodium_bin2hex(hex, SV_SIGV4_HEX, sum, sizeof(sum));
		sodium_memzero(sum, sizeof(sum));
	}
	sv_sigv4_text_fini(&key);
	return (failed ? -1 : 0);
}

/* The sum of the canonical request. */
static int
sum_request(char hex[SV_SIGV4_HEX], const struct sv_sigv4_request *r,
    const char *names, const char *hash, int s3)
{
	struct sv_sigv4_text t = { 0 };
	int failed;

	sv_sigv4_text_adds(&t, r->method);
	sv_sigv4_text_adds(&t, "\n");
	add_path(&t, r->path, s3);
	sv_sigv4_text_adds(&t, "\n");
	add_query(&t, r->query != NULL ? r->query : "");
	sv_sigv4_text_adds(&t, "\n");
	for (const char *p = names; *p != '\0';) {
		size_t n = strcspn(p, ";");

		add_header(&t, r, p, n);
		p += n + (p[n] == ';');
	}
	sv_sigv4_text_adds(&t, "\n");
	sv_sigv4_text_adds(&t, names);
	sv_sigv4_text_adds(&t, "\n");
	sv_sigv4_text_adds(&t, hash);
	if (!(failed = t.failed))
		sv_sigv4_sum(hex, t.s, t.len);
	sv_sigv4_text_fini(&t);
	return (failed ? -1 : 0);
}

int
sv_sigv4_signature(char hex[SV_SIGV4_HEX], const struct sv_sigv4_request *r,
    const char *names, const char *hash, const struct sv_sigv4_keys *keys,
    const struct sv_sigv4_scope *scope, const char date[SV_SIGV4_DATE])
{
	struct sv_sigv4_text t = { 0 };
	char sum[SV_SIGV4_HEX], day[9];
	int rc = -1;

	if (sum_request(sum, r, names, hash, strcmp(scope->service, "s3") == 0)
	    == -1)
		return (-1);
	memcpy(day, date, 8);
	day[8] = '\0';
	sv_sigv4_text_adds(&t, SV_SIGV4_METHOD "\n");
	sv_sigv4_text_adds(&t, date);
	sv_sigv4_text_adds(&t, "\n");
	sv_sigv4_text_adds(&t, day);
	sv_sigv4_text_adds(&t, "/");
	sv_sigv4_text_adds(&t, scope->region);
	sv_sigv4_text_adds(&t, "/");
	sv_sigv4_text_adds(&t, scope->service);
	sv_sigv4_text_adds(&t, "/" SCOPE_END "\n");
	sv_sigv4_text_adds(&t, sum);
	if (!t.failed)
		rc = derive(hex, keys->secret, day, scope, t.s);
	sv_sigv4_text_fini(&t);
	return (rc);
}
