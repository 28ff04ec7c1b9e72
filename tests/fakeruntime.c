/*
 * bootstrap of a function for tests: a runtime whose behaviour is chosen by the
 * event, a JSON string of actions, "print hello; sleep 2; exit 3", and before
 * the first next by the file "init" in its package, likewise but without the
 * quotes.  Whatever the actions say is the answer, as a JSON string; if they
 * say nothing, the event is.  It needs neither libraries nor files when it is
 * linked statically, so that it can be shut away.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fakeruntime.h"

struct fake fake = { .runtime.fd = -1, .extension.fd = -1 };

_Noreturn void
fake_die(const char *what)
{

	printf("fakeruntime: %s\n", what);
	fflush(stdout);
	_exit(120);
}

void
fake_say(const char *fmt, ...)
{
	size_t n = strlen(fake.said);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(fake.said + n, sizeof(fake.said) - n, fmt, ap);
	va_end(ap);
}

static void
dial(struct peer *p)
{
	const char *api = getenv("AWS_LAMBDA_RUNTIME_API");
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int on = 1;

	if (api == NULL || strncmp(api, "127.0.0.1:", 10) != 0)
		fake_die("no AWS_LAMBDA_RUNTIME_API");
	sin.sin_port = htons((uint16_t)atoi(api + 10));
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if ((p->fd = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
	    connect(p->fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		fake_die("connect");
	if (setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == -1)
		fake_die("setsockopt");
	if (p->body == NULL && (p->body = malloc(FAKE_ROOM + 1)) == NULL)
		fake_die("malloc");
}

static void
put(int fd, const char *text, size_t len)
{
	ssize_t n;

	for (; len > 0; text += n, len -= (size_t)n)
		if ((n = send(fd, text, len, MSG_NOSIGNAL)) == -1)
			fake_die("send");
}

void
fake_header(const struct peer *p, const char *name, char *value, size_t size)
{
	const char *s;
	size_t n = strlen(name), len;

	*value = '\0';
	for (s = p->head; s != NULL; s = strstr(s, "\r\n")) {
		s += *s == '\r' ? 2 : 0;
		if (strncasecmp(s, name, n) == 0 && s[n] == ':') {
			s += n + 1 + strspn(s + n + 1, " ");
			len = strcspn(s, "\r\n");
			snprintf(value, size, "%.*s", (int)len, s);
			return;
		}
	}
}

/* Read an answer; its status. */
static int
receive(struct peer *p)
{
	size_t n = 0, want;
	char *end = NULL, text[32];
	ssize_t got;

	while (end == NULL) {
		if (n == sizeof(p->head) - 1)
			fake_die("long header");
		got = recv(p->fd, p->head + n, 1, 0);
		if (got <= 0)
			fake_die("connection closed");
		n += (size_t)got;
		p->head[n] = '\0';
		end = strstr(p->head, "\r\n\r\n");
	}
	fake_header(p, "Content-Length", text, sizeof(text));
	want = strtoul(text, NULL, 10);
	if (want > FAKE_ROOM)
		fake_die("long body");
	for (p->length = 0; p->length < want; p->length += (size_t)got)
		if ((got = recv(p->fd, p->body + p->length, want - p->length,
		    0)) <= 0)
			fake_die("connection closed in a body");
	p->body[p->length] = '\0';
	return (atoi(p->head + sizeof("HTTP/1.1")));
}

int
fake_request(struct peer *p, const char *method, const char *path,
    const char *fields, const char *body, size_t length)
{
	char head[2048];
	int n;

	if (p->fd == -1)
		dial(p);
	n = snprintf(head, sizeof(head), "%s %s HTTP/1.1\r\nHost: lambda\r\n"
	    "%sContent-Length: %zu\r\n\r\n", method, path, fields, length);
	put(p->fd, head, (size_t)n);
	put(p->fd, body, length);
	return (receive(p));
}

void
fake_next(void)
{
	struct peer *p = &fake.runtime;

	if (fake_request(p, "GET", FAKE_RUNTIME "invocation/next", "", "",
	    0) != 200)
		fake_die("next");
	fake_header(p, "Lambda-Runtime-Aws-Request-Id", fake.id,
	    sizeof(fake.id));
	if (p->length >= sizeof(fake.event))
		snprintf(fake.event, sizeof(fake.event), "%zu bytes",
		    p->length);
	else
		memcpy(fake.event, p->body, p->length + 1);
}

int
fake_respond(const char *of)
{
	char path[160], fields[256] = "Content-Type: application/json\r\n";
	size_t n = strlen(fields);

	snprintf(path, sizeof(path), FAKE_RUNTIME "invocation/%s/%s", of,
	    fake.error_type != NULL ? "error" : "response");
	if (fake.error_type != NULL)
		snprintf(fields + n, sizeof(fields) - n,
		    "Lambda-Runtime-Function-Error-Type: %s\r\n",
		    fake.error_type);
	else if (fake.mode != NULL)
		snprintf(fields + n, sizeof(fields) - n,
		    "Lambda-Runtime-Function-Response-Mode: %s\r\n", fake.mode);
	return (fake_request(&fake.runtime, "POST", path, fields, fake.answer,
	    fake.answer_length));
}

static void
serve(void)
{
	static char copy[sizeof(fake.event)];
	size_t n = strlen(fake.event);

	fake.said[0] = '\0';
	fake.answer_length = 0;
	fake.error_type = fake.mode = NULL;
	memcpy(copy, fake.event, n + 1);
	if (n >= 2 && fake.event[0] == '"') {
		copy[n - 1] = '\0';
		fake_act(copy + 1);
	}
	if (fake.answer_length == 0 && fake.said[0] != '\0')
		fake.answer_length = (size_t)snprintf(fake.answer, FAKE_ROOM,
		    "\"%s\"", fake.said);
	if (fake.answer_length == 0) {
		memcpy(fake.answer, fake.event, n);
		fake.answer_length = n;
	}
	if (fake_respond(fake.id) == 400 && fake.mode != NULL) {
		/* As it should be: now without a mode. */
		fake.mode = NULL;
		printf("mode refused\n");
		fflush(stdout);
		(void)fake_respond(fake.id);
	}
}

int
main(void)
{
	static char text[4096];
	FILE *f;

	if ((fake.answer = malloc(FAKE_ROOM + 1)) == NULL)
		fake_die("malloc");
	if ((f = fopen("init", "r")) != NULL) {
		text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
		fclose(f);
		fake_act(text);
	}
	for (;;) {
		fake_next();
		serve();
	}
}
