#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fetch_head.h"
#include "s3.h"
#include "web.h"

/* URLs as they may be shown. */
static void
test_name(void **state)
{
	static const char *const cases[][2] = {
		{ "http://host/a/b", "http://host/a/b" },
		{ "https://me:pw@host:1/a?X-Amz-Signature=s#f",
		    "https://host:1/a" },
		{ "https://a@b@host/x@y", "https://host/x@y" },
		{ "me:pw@host/x?y", "host/x" },
		{ "s3://b/a b\n\x80", "s3://b/a b??" },
		{ "http://host?secret", "http://host" },
		{ "", "" }
	};
	char name[SV_WEB_NAME], url[400] = "http://h/";

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sv_web_name(cases[i][0], name);
		assert_string_equal(name, cases[i][1]);
	}
	memset(url + 9, 'x', 300);
	sv_web_name(url, name);
	assert_int_equal(strlen(name), SV_WEB_NAME - 1);
	assert_string_equal(name + SV_WEB_NAME - 5, "x...");
}

static enum sv_web_verdict
judge(const char *url, long status, const char *body, char why[SV_WHY])
{
	const struct sv_web_answer a = { .url = url, .code = CURLE_OK,
	    .error = "", .status = status, .body = body,
	    .length = strlen(body) };

	return (sv_web_judge(&a, 1580515230, why));
}

static void
test_judge(void **state)
{
	static const long again[] = { 408, 425, 429, 500, 502, 503, 504, 599 };
	static const long never[] = { 301, 400, 401, 403, 404, 409, 412, 416,
	    501, 505, 507 };
	char why[SV_WHY];

	(void)state;
	assert_int_equal(judge("http://h/", 206, "", why), SV_WEB_FINE);
	for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++)
		assert_int_equal(judge("http://h/", again[i], "", why),
		    SV_WEB_AGAIN);
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		assert_int_equal(judge("http://h/", never[i], "", why),
		    SV_WEB_NEVER);
	assert_int_equal(judge("http://h/", 400, "<Error><Code>RequestTimeout"
	    "</Code></Error>", why), SV_WEB_AGAIN);
	judge("http://h/", 301, "<Error><Code>PermanentRedirect</Code><Region>"
	    "eu-west-1</Region></Error>", why);
	assert_string_equal(why, "status 301: PermanentRedirect: the bucket is "
	    "in region eu-west-1");
}

/* 1580515230 is 2020-02-01 00:00:30 UTC. */
static void
test_expiry(void **state)
{
	static const char over[] = "the presigned URL has expired, at ";
	char why[SV_WHY];

	(void)state;
	judge("http://h/?X-Amz-Date=20200131T235929Z&X-Amz-Expires=60", 403,
	    "", why);
	assert_string_equal(why, "the presigned URL has expired, at 2020-02-01 "
	    "00:00:29 UTC: others are to be made (status 403)");
	judge("http://h/?X-Goog-Expires=1&X-Goog-Date=20000229T120000Z", 400,
	    "", why);
	assert_memory_equal(why, over, strlen(over));
	assert_non_null(strstr(why, "2000-02-29 12:00:01"));
	/* Not yet; none; nonsense; the server has found that out by itself. */
	judge("http://h/?X-Amz-Date=20200131T235930Z&X-Amz-Expires=60", 403,
	    "", why);
	assert_string_equal(why, "status 403: it does not allow that");
	judge("http://h/?a=X-Amz-Date=20000101T000000Z&X-Amz-Expires=60", 403,
	    "", why);
	assert_string_equal(why, "status 403: it does not allow that");
	judge("http://h/?X-Amz-Date=20001301T000000Z&X-Amz-Expires=60", 403,
	    "", why);
	assert_string_equal(why, "status 403: it does not allow that");
	judge("http://h/?X-Amz-Date=20200131T235930Z&X-Amz-Expires=60", 403,
	    "<Error><Code>AccessDenied</Code><Message>Request has expired"
	    "</Message></Error>", why);
	assert_memory_equal(why, over, strlen(over));
	/* Those of a session have: others would not do. */
	judge("http://h/?X-Amz-Date=20000101T000000Z&X-Amz-Expires=60", 400,
	    "<Error><Code>ExpiredToken</Code><Message>The token has expired"
	    "</Message></Error>", why);
	assert_string_equal(why, "status 400: ExpiredToken: The token has "
	    "expired");
}

static void
take(struct sv_fetch_head *h, const char *line)
{

	sv_fetch_head_line(h, line, strlen(line));
}

static void
test_head(void **state)
{
	static const char *const bad[] = { "bytes 5-4/10", "bytes 0-10/10",
	    "bytes 0-9/*", "bytes=0-9/10", "bytes 0-9/10x", "bytes -9/10",
	    "bytes 0-9", "items 0-9/10", "bytes 0-9/9223372036854775808", "",
	    "bytes 18446744073709551616-1/2" };
	struct sv_fetch_head h = { .ranged = 0 };
	char line[300];

	(void)state;
	take(&h, "Content-Range: bytes 5-9/10\r\n");
	assert_true(h.ranged && h.from == 5 && h.to == 10 && h.size == 10);
	take(&h, "CONTENT-LENGTH:5\n");
	assert_true(h.sized && h.length == 5);
	take(&h, "etag: \"a-1\" \r\n");
	assert_string_equal(h.etag, "\"a-1\"");
	take(&h, "Content-Length: 5, 5\r\n");
	assert_true(!h.sized && h.length == 0);
	take(&h, "ETag: W/\"a-1\"");
	assert_string_equal(h.etag, "");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		h.ranged = 1;
		snprintf(line, sizeof(line), "Content-Range: %s\r\n", bad[i]);
		take(&h, line);
		assert_false(h.ranged);
	}
	take(&h, "content-range: bytes */7");
	assert_true(h.ranged && h.from == h.to && h.size == 7);
	snprintf(line, sizeof(line), "ETag: \"%0*d\"", SV_FETCH_ETAG - 2, 0);
	take(&h, line);
	assert_string_equal(h.etag, "");
	take(&h, "ETag: \"a\"b\"");
	assert_string_equal(h.etag, "");
	/* Another answer: nothing of the one before. */
	take(&h, "HTTP/1.1 200 OK\r\n");
	assert_true(!h.ranged && !h.sized && h.etag[0] == '\0');
}

static void
test_elements(void **state)
{
	static const char xml[] = "<?xml version=\"1.0\"?><R><Key>a&lt;b&gt;"
	    "&amp;&#65;&#x42;&quot;&none;&#0;&</Key><In><Key/></In></R>";
	char to[40], small[4];
	struct sv_s3_error e;

	(void)state;
	assert_int_equal(sv_s3_element(xml, strlen(xml), "Key", to,
	    sizeof(to)), 0);
	assert_string_equal(to, "a<b>&AB\"&none; &");
	assert_int_equal(sv_s3_element(xml, strlen(xml), "Key", small,
	    sizeof(small)), -1);
	assert_string_equal(small, "");
	assert_int_equal(sv_s3_element(xml, strlen(xml), "In", to,
	    sizeof(to)), -1);
	assert_int_equal(sv_s3_element(xml, strlen(xml), "Ke", to,
	    sizeof(to)), -1);
	/* Wherever it is cut. */
	for (size_t n = 0; n < strlen(xml); n++)
		sv_s3_element(xml, n, "Key", to, sizeof(to));
	assert_int_equal(sv_s3_error(&e, xml, strlen(xml)), -1);
	assert_int_equal(sv_s3_error(&e, "", 0), -1);
}

/* The URL of ${url} in that environment, or the reason why there is none. */
static char *
where(const char *url, const char *endpoint, const char *region,
    const char *key)
{
	struct sv_s3_request r = { .method = "GET", .query = "uploads=" };
	static char why[SV_WHY];
	struct sv_s3 *s;
	json_t *o = json_object();
	char *to;

	setenv("AWS_ACCESS_KEY_ID", "AKID", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
	if (endpoint != NULL)
		json_object_set_new(o, "endpoint", json_string(endpoint));
	if (region != NULL)
		json_object_set_new(o, "region", json_string(region));
	s = sv_s3_new(url, o, why);
	json_decref(o);
	if (s == NULL)
		return (strdup(why));
	r.key = key != NULL ? key : sv_s3_key(s);
	to = sv_s3_url(s, &r);
	sv_s3_free(s);
	return (to);
}

static void
test_where(void **state)
{
	static const char *const cases[][5] = {
		{ "s3://bu/a b/c?%", NULL, "eu-west-1", NULL,
		    "https://bu.s3.eu-west-1.amazonaws.com/a%20b/c%3F%25?uploads=" },
		{ "s3://b.u/k", NULL, "eu-west-1", NULL,
		    "https://s3.eu-west-1.amazonaws.com/b.u/k?uploads=" },
		{ "s3://bu/k", NULL, "cn-north-1", "l/m",
		    "https://bu.s3.cn-north-1.amazonaws.com.cn/l/m?uploads=" },
		{ "s3://bu", "http://127.0.0.1:9/x/", NULL, NULL,
		    "http://127.0.0.1:9/x/bu/?uploads=" },
		{ "s3:///k", NULL, "eu-west-1", NULL, "s3:///k: '' is no name "
		    "of a bucket; expected s3://BUCKET/KEY" },
		{ "s3://b/k", "http://u:p@h", NULL, NULL, "the problem's \"s3\""
		    ": expected an endpoint like http://host:port or "
		    "https://host" },
		{ "s3://b/k", NULL, "x/y", NULL, "'x/y' is no name of a region "
		    "of AWS" }
	};
	char *got;

	(void)state;
	unsetenv("AWS_ENDPOINT_URL");
	unsetenv("AWS_ENDPOINT_URL_S3");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		got = where(cases[i][0], cases[i][1], cases[i][2], cases[i][3]);
		assert_string_equal(got, cases[i][4]);
		free(got);
	}
}

static const struct sv_sigv4_keys *
lookup(void *arg, const char *access)
{

	return (strcmp(access, "AKID") == 0 ? arg : NULL);
}

/* The signature is good for the very request, and for no other. */
static void
test_signed(void **state)
{
	struct sv_sigv4_keys keys = { "AKID", "secret", NULL };
	const struct sv_sigv4_header more = { "Range", "bytes=0-9" };
	const struct sv_sigv4_scope scope = { "eu-west-1", "s3" };
	struct sv_s3_request r = { "PUT", "a b", "partNumber=2&uploadId=x%2F",
	    &more, 1, "data", 4, NULL };
	struct sv_sigv4_request q = { "PUT", "/bu/a%20b", r.query, NULL, 0,
	    "data", 4 };
	struct sv_sigv4_header h[SV_S3_LINES + 1];
	char *lines[SV_S3_LINES + 1], why[SV_SIGV4_WHY];
	json_t *o = json_pack("{s:s, s:s}", "endpoint", "http://h:80",
	    "region", "eu-west-1");
	struct sv_s3 *s;

	(void)state;
	setenv("AWS_ACCESS_KEY_ID", "AKID", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
	unsetenv("AWS_SESSION_TOKEN");
	s = sv_s3_new("s3://bu/a b", o, why);
	assert_non_null(s);
	assert_int_equal(sv_s3_lines(s, &r, 1600000000, lines), 0);
	for (; lines[q.nheader] != NULL; q.nheader++) {
		h[q.nheader].name = lines[q.nheader];
		h[q.nheader].value = strstr(lines[q.nheader], ": ") + 2;
		*strstr(lines[q.nheader], ": ") = '\0';
	}
	h[q.nheader++] = (struct sv_sigv4_header){ "Host", "h" };
	q.headers = h;
	assert_int_equal(sv_sigv4_verify(&q, &scope, lookup, &keys, 1600000001,
	    why), SV_SIGV4_OK);
	q.query = "partNumber=3&uploadId=x%2F";
	assert_int_equal(sv_sigv4_verify(&q, &scope, lookup, &keys, 1600000001,
	    why), SV_SIGV4_MISMATCH);
	sv_s3_lines_free(lines);
	r.nheader = SV_S3_HEADERS + 1;
	assert_int_equal(sv_s3_lines(s, &r, 0, lines), -1);
	assert_int_equal(errno, EINVAL);
	json_decref(o);
	o = sv_s3_where(s);
	assert_string_equal(json_string_value(json_object_get(o, "endpoint")),
	    "http://h:80");
	json_decref(o);
	sv_s3_free(s);
}

static void
test_patience(void **state)
{

	(void)state;
	for (unsigned i = 1; i < 100; i++) {
		assert_in_range(1000 * sv_web_wait(i, 0), 0, 5000);
		assert_in_range(1000 * sv_web_wait(i, 2), 2000, 7000);
		assert_in_range(1000 * sv_web_wait(i, 1e9), 30000, 35000);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_elements),
		cmocka_unit_test(test_where),
		cmocka_unit_test(test_signed),
		cmocka_unit_test(test_patience)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
