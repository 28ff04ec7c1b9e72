#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sigv4.h"

#define AUGUST 1440938160	/* 2015-08-30T12:36:00Z */
#define MAY 1369353600	/* 2013-05-24T00:00:00Z */
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define MAX_HEADERS 6u

static const struct sv_sigv4_keys example = {
	"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", NULL
};
static const struct sv_sigv4_keys s3_example = {
	"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""
};

/* A request of ours in short, and the signature it must have. */
struct vector {
	const char *method;
	const char *path;
	const char *query;
	const char *body;
	struct sv_sigv4_header headers[MAX_HEADERS];
	const char *signature;
};

/*
 * From AWS's documentation (Signature Version 4 signing process: ListUsers of
 * IAM) and its test suite (aws-sig-v4-test-suite).
 */
static const struct vector iam = {
	"GET", "/", "Action=ListUsers&Version=2010-05-08", "",
	{ { "Host", "iam.amazonaws.com" }, { "Content-Type",
	"application/x-www-form-urlencoded; charset=utf-8" } },
	"5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
};

#define HOST { "Host", "example.amazonaws.com" }
static const struct vector suite[] = {
	{ "GET", "/", NULL, "", { HOST },
	"5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
	{ "GET", "/./", NULL, "", { HOST },
	"5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
	{ "GET", "/example1/example2/../..", "", "", { HOST },
	"5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
	{ "POST", "/", NULL, "", { HOST },
	"5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b" },
	{ "GET", "/", "Param2=value2&Param1=value1", "", { HOST },
	"b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500" },
	{ "GET", "/", "Param1=value1", "", { HOST },
	"a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb" },
	{ "GET", "/", "\xe1\x88\xb4=bar", "", { HOST },
	"2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04" },
	{ "GET", "/\xe1\x88\xb4", NULL, "", { HOST },
	"8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85" },
	{ "GET", "//example//", NULL, "", { HOST },
	"9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84" },
	{ "GET", "/example space/", NULL, "", { HOST },
	"652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741" },
	{ "GET", "/", NULL, "", { HOST, { "My-Header1", "value2" },
	{ "My-Header1", "value2" }, { "My-header1", "value1" } },
	"c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea" },
	{ "GET", "/", NULL, "", { HOST, { "My-Header1", " value1" },
	{ "My-Header2", " \"a   b   c\"" } },
	"acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736" },
	{ "POST", "/", NULL, "Param1=value1", { HOST, { "Content-Type",
	"application/x-www-form-urlencoded" } },
	"ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a" }
};

/* From AWS's documentation of S3 (Authenticating Requests, examples). */
#define BUCKET { "Host", "examplebucket.s3.amazonaws.com" }
static const struct vector s3_suite[] = {
	{ "GET", "/test.txt", NULL, "", { BUCKET, { "Range", "bytes=0-9" } },
	"f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41" },
	{ "PUT", "/test$file.text", NULL, "Welcome to Amazon S3.",
	{ BUCKET, { "Date", "Fri, 24 May 2013 00:00:00 GMT" },
	{ "x-amz-storage-class", "REDUCED_REDUNDANCY" } },
	"98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd" },
	{ "GET", "/", "lifecycle", "", { BUCKET },
	"fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543" },
	{ "GET", "/", "max-keys=2&prefix=J", "", { BUCKET },
	"34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7" }
};

static struct sv_sigv4_request
request(const struct vector *v)
{
	struct sv_sigv4_request r = { v->method, v->path, v->query, v->headers,
	    0, v->body, strlen(v->body) };

	while (r.nheader < MAX_HEADERS && v->headers[r.nheader].name != NULL)
		r.nheader++;
	return (r);
}

static void
check(const struct vector *v, const struct sv_sigv4_keys *keys,
    const struct sv_sigv4_scope *scope, time_t when, int hash)
{
	struct sv_sigv4_request r = request(v);
	char *lines[SV_SIGV4_LINES + 1], *last = NULL;

	assert_int_equal(sv_sigv4_sign(lines, &r, keys, scope, when, hash), 0);
	for (size_t i = 0; lines[i] != NULL; i++)
		last = lines[i];
	assert_non_null(last);
	assert_non_null(last = strstr(last, "Signature="));
	assert_string_equal(last + strlen("Signature="), v->signature);
	sv_sigv4_lines_free(lines);
	assert_null(lines[0]);
}

static void
published_signatures(void **state)
{
	const struct sv_sigv4_scope service = { "us-east-1", "service" };
	const struct sv_sigv4_scope users = { "us-east-1", "iam" };
	const struct sv_sigv4_scope s3 = { "us-east-1", "s3" };

	(void)state;
	check(&iam, &example, &users, AUGUST, 0);
	for (size_t i = 0; i < sizeof(suite) / sizeof(suite[0]); i++)
		check(&suite[i], &example, &service, AUGUST, 0);
	for (size_t i = 0; i < sizeof(s3_suite) / sizeof(s3_suite[0]); i++)
		check(&s3_suite[i], &s3_example, &s3, MAY, 1);
}

static void
lines_to_add(void **state)
{
	const struct sv_sigv4_scope scope = { "eu-north-1", "lambda" };
	const struct sv_sigv4_keys keys = { "AK", "secret", "to/ken==" };
	const struct sv_sigv4_header headers[] = {
		{ "Host", "h:8080" }, { "X-Amz-Content-Sha256",
		"UNSIGNED-PAYLOAD" }, { "authorization", "me" }
	};
	struct sv_sigv4_request r = { "GET", "/", NULL, headers, 1, NULL, 0 };
	char *lines[SV_SIGV4_LINES + 1];

	(void)state;
	assert_int_equal(sv_sigv4_sign(lines, &r, &keys, &scope, AUGUST, 1), 0);
	assert_string_equal(lines[0], "X-Amz-Date: 20150830T123600Z");
	assert_string_equal(lines[1], "X-Amz-Security-Token: to/ken==");
	assert_string_equal(lines[2], "X-Amz-Content-Sha256: " EMPTY);
	assert_int_equal(strncmp(lines[3], "Authorization: AWS4-HMAC-SHA256 "
	    "Credential=AK/20150830/eu-north-1/lambda/aws4_request, "
	    "SignedHeaders=host;x-amz-content-sha256;x-amz-date;"
	    "x-amz-security-token, Signature=", 161), 0);
	assert_null(lines[4]);
	sv_sigv4_lines_free(lines);
	/* A sum that is there is not given twice. */
	r.nheader = 2;
	assert_int_equal(sv_sigv4_sign(lines, &r, &keys, &scope, AUGUST, 1), 0);
	assert_null(lines[3]);
	sv_sigv4_lines_free(lines);
	r.nheader = 3;
	assert_int_equal(sv_sigv4_sign(lines, &r, &keys, &scope, AUGUST, 0), -1);
	assert_int_equal(errno, EINVAL);
	r.nheader = 0;
	assert_int_equal(sv_sigv4_sign(lines, &r, &keys, &scope, AUGUST, 0), -1);
	assert_int_equal(errno, EINVAL);
}

/* Everybody there is. */
static const struct sv_sigv4_keys *
lookup(void *arg, const char *access)
{
	const struct sv_sigv4_keys *k = arg;

	return (strcmp(k->access, access) == 0 ? k : NULL);
}

/* A signed request as it was received. */
struct received {
	struct sv_sigv4_request r;
	struct sv_sigv4_header headers[16];
	char *lines[SV_SIGV4_LINES + 1];
	char *names[SV_SIGV4_LINES];
};

static const struct sv_sigv4_scope here = { "eu-north-1", "lambda" };

static void
receive(struct received *p, const struct sv_sigv4_request *r,
    const struct sv_sigv4_keys *keys, const struct sv_sigv4_scope *scope,
    int hash)
{
	char *colon;

	memset(p, 0, sizeof(*p));
	assert_int_equal(sv_sigv4_sign(p->lines, r, keys, scope, AUGUST, hash),
	    0);
	p->r = *r;
	p->r.headers = p->headers;
	for (size_t i = 0; i < r->nheader; i++)
		p->headers[i] = r->headers[i];
	for (size_t i = 0; p->lines[i] != NULL; i++) {
		assert_non_null(p->names[i] = strdup(p->lines[i]));
		assert_non_null(colon = strchr(p->names[i], ':'));
		*colon = '\0';
		p->headers[p->r.nheader++] = (struct sv_sigv4_header){
		    p->names[i], colon + 2 };
	}
}

static void
forget(struct received *p)
{

	for (size_t i = 0; i < SV_SIGV4_LINES; i++)
		free(p->names[i]);
	sv_sigv4_lines_free(p->lines);
}

/* The header of that name, to be changed. */
static struct sv_sigv4_header *
find(struct received *p, const char *name)
{

	for (size_t i = 0; i < p->r.nheader; i++)
		if (strcmp(p->headers[i].name, name) == 0)
			return (&p->headers[i]);
	fail_msg("no header %s", name);
	return (NULL);
}

static enum sv_sigv4_result
verify(const struct received *p, const struct sv_sigv4_keys *keys, time_t now)
{
	struct sv_sigv4_keys copy = *keys;
	char why[SV_SIGV4_WHY] = "";
	enum sv_sigv4_result rc;

	rc = sv_sigv4_verify(&p->r, &here, lookup, &copy, now, why);
	assert_int_equal(rc == SV_SIGV4_OK, why[0] == '\0');
	assert_null(strchr(why, '\n'));
	return (rc);
}

static const struct sv_sigv4_header sent[] = {
	{ "Host", "127.0.0.1:9001" }, { "Content-Type", "application/json" },
	{ "x-b", "  two   words " }, { "X-A", "1" }, { "x-b", "more" },
	{ "X-A-B", "" }
};
static const struct sv_sigv4_request invoke = {
	"POST", "/2015-03-31/functions/arn:aws:lambda:eu-north-1:0:function%3Af/"
	"invocations", "Qualifier=%24LATEST&b&a=/", sent, 6, "{}", 2
};
static const struct sv_sigv4_keys mine = { "AK", "se:cret", "token" };

static void
good_signatures(void **state)
{
	const struct sv_sigv4_scope s3 = { "eu-north-1", "s3" };
	const struct sv_sigv4_scope any = { NULL, NULL };
	struct sv_sigv4_keys copy = mine;
	char why[SV_SIGV4_WHY];
	struct received p;

	(void)state;
	for (int hash = 0; hash < 2; hash++) {
		receive(&p, &invoke, &mine, &here, hash);
		assert_int_equal(verify(&p, &mine, AUGUST), SV_SIGV4_OK);
		assert_int_equal(verify(&p, &mine, AUGUST + 300), SV_SIGV4_OK);
		assert_int_equal(verify(&p, &mine, AUGUST - 300), SV_SIGV4_OK);
		/* A proxy may add what is not signed. */
		p.headers[p.r.nheader++] = (struct sv_sigv4_header){ "Via", "x" };
		assert_int_equal(verify(&p, &mine, AUGUST), SV_SIGV4_OK);
		/* The order of a query's parameters does not matter. */
		p.r.query = "a=%2F&b=&Qualifier=$LATEST";
		assert_int_equal(verify(&p, &mine, AUGUST), SV_SIGV4_OK);
		forget(&p);
	}
	receive(&p, &invoke, &mine, &s3, 1);
	assert_int_equal(sv_sigv4_verify(&p.r, NULL, lookup, &copy, AUGUST,
	    why), SV_SIGV4_OK);
	assert_int_equal(sv_sigv4_verify(&p.r, &any, lookup, &copy, AUGUST,
	    why), SV_SIGV4_OK);
	assert_int_equal(verify(&p, &mine, AUGUST), SV_SIGV4_MISMATCH);
	forget(&p);
}

/* One thing is changed on the way. */
static void
expect_change(const char *header, const char *value, enum sv_sigv4_result want)
{
	struct received p;

	receive(&p, &invoke, &mine, &here, 1);
	if (value == NULL)
		find(&p, header)->name = "X-Other";
	else
		find(&p, header)->value = value;
	assert_int_equal(verify(&p, &mine, AUGUST), want);
	forget(&p);
}

static void
bad_signatures(void **state)
{
	const struct sv_sigv4_keys other = { "AK", "se:crets", "token" };
	const struct sv_sigv4_keys plain = { "AK", "se:cret", NULL };
	const struct sv_sigv4_keys stranger = { "AKI", "se:cret", "token" };
	struct received p;

	(void)state;
	receive(&p, &invoke, &mine, &here, 1);
	assert_int_equal(verify(&p, &other, AUGUST), SV_SIGV4_MISMATCH);
	assert_int_equal(verify(&p, &plain, AUGUST), SV_SIGV4_BAD_TOKEN);
	assert_int_equal(verify(&p, &stranger, AUGUST), SV_SIGV4_UNKNOWN);
	assert_int_equal(verify(&p, &mine, AUGUST + 301), SV_SIGV4_EXPIRED);
	assert_int_equal(verify(&p, &mine, AUGUST - 301), SV_SIGV4_EXPIRED);
	p.r.body = "[]";
	assert_int_equal(verify(&p, &mine, AUGUST), SV_SIGV4_BAD_HASH);
	p.r.body = "{}";
	p.r.method = "GET";
	assert_int_equal(verify(&p, &mine, AUGUST), SV_SIGV4_MISMATCH);
	forget(&p);
	expect_change("Host", "127.0.0.1:9002", SV_SIGV4_MISMATCH);
	expect_change("X-A", "2", SV_SIGV4_MISMATCH);
	expect_change("X-A", NULL, SV_SIGV4_MISMATCH);
	expect_change("X-Amz-Date", "20150830T123601Z", SV_SIGV4_MISMATCH);
	expect_change("X-Amz-Date", "20150831T123600Z", SV_SIGV4_MISMATCH);
	expect_change("X-Amz-Date", "20150830t123600Z", SV_SIGV4_INCOMPLETE);
	expect_change("X-Amz-Date", "now", SV_SIGV4_INCOMPLETE);
	expect_change("X-Amz-Date", NULL, SV_SIGV4_INCOMPLETE);
	expect_change("X-Amz-Security-Token", "Token", SV_SIGV4_BAD_TOKEN);
	expect_change("X-Amz-Security-Token", NULL, SV_SIGV4_BAD_TOKEN);
	expect_change("Authorization", NULL, SV_SIGV4_MISSING);
	expect_change("Authorization", "Basic Zm9v", SV_SIGV4_INCOMPLETE);
}

#define CREDENTIAL "Credential=AK/20150830/r/s/aws4_request"
#define SIGNATURE "Signature=" EMPTY

static void
authorization_headers(void **state)
{
	static const char *const good[] = {
		"AWS4-HMAC-SHA256 " CREDENTIAL ", SignedHeaders=host, " SIGNATURE,
		"AWS4-HMAC-SHA256 " CREDENTIAL ",SignedHeaders=host," SIGNATURE,
		" AWS4-HMAC-SHA256\t" SIGNATURE " ,\t SignedHeaders=host ,  "
		CREDENTIAL " "
	};
	static const char *const bad[] = {
		"", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 ",
		"AWS4-HMAC-SHA256x " CREDENTIAL ",SignedHeaders=a," SIGNATURE,
		"AWS4-HMAC-SHA256 SignedHeaders=a," SIGNATURE,
		"AWS4-HMAC-SHA256 " CREDENTIAL "," SIGNATURE,
		"AWS4-HMAC-SHA256 " CREDENTIAL ",SignedHeaders=a",
		"AWS4-HMAC-SHA256 " CREDENTIAL ",SignedHeaders=," SIGNATURE,
		"AWS4-HMAC-SHA256 " CREDENTIAL ",SignedHeaders=b;a," SIGNATURE,
		"AWS4-HMAC-SHA256 " CREDENTIAL ",SignedHeaders=a;;b," SIGNATURE,
		"AWS4-HMAC-SHA256 " CREDENTIAL ",SignedHeaders=a;a," SIGNATURE,
		"AWS4-HMAC-SHA256 " CREDENTIAL ",SignedHeaders=A," SIGNATURE,
		"AWS4-HMAC-SHA256 " CREDENTIAL ",SignedHeaders=a," SIGNATURE "0",
		"AWS4-HMAC-SHA256 " CREDENTIAL ",SignedHeaders=a,Signature=0",
		"AWS4-HMAC-SHA256 " CREDENTIAL "/x,SignedHeaders=a," SIGNATURE,
		"AWS4-HMAC-SHA256 Credential=AK/2015083/r/s/aws4_request,"
		"SignedHeaders=a," SIGNATURE,
		"AWS4-HMAC-SHA256 Credential=/20150830/r/s/aws4_request,"
		"SignedHeaders=a," SIGNATURE,
		"AWS4-HMAC-SHA256 Credential=AK/20150830/r/s/aws5_request,"
		"SignedHeaders=a," SIGNATURE,
		"AWS4-HMAC-SHA256 " CREDENTIAL ",SignedHeaders=a," SIGNATURE
		",x=y",
		"AWS4-HMAC-SHA256 " CREDENTIAL ",SignedHeaders=a," SIGNATURE ",",
		"AWS4-HMAC-SHA256 " CREDENTIAL ",SignedHeaders=a," SIGNATURE ","
		CREDENTIAL
	};
	struct sv_sigv4_claim c;
	char why[SV_SIGV4_WHY], text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(text, sizeof(text), "%s", good[i]);
		assert_int_equal(sv_sigv4_parse(&c, text, why), 0);
		assert_string_equal(c.access, "AK");
		assert_string_equal(c.date, "20150830");
		assert_string_equal(c.region, "r");
		assert_string_equal(c.service, "s");
		assert_string_equal(c.headers, "host");
		assert_string_equal(c.signature, EMPTY);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "%s", bad[i]);
		why[0] = '\0';
		assert_int_equal(sv_sigv4_parse(&c, text, why), -1);
		assert_int_not_equal(why[0], '\0');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_signatures),
		cmocka_unit_test(lines_to_add),
		cmocka_unit_test(good_signatures),
		cmocka_unit_test(bad_signatures),
		cmocka_unit_test(authorization_headers)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
