#include "config.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include <cmocka.h>

#include "clock.h"
#include "invocation.h"
#include "json.h"
#include "starhub.h"

void
starhub_bind(struct starhub *t, const char *address)
{
	size_t len = sizeof(t->address);
	int zero = 0, wait = 10000;

	t->router = zmq_socket(t->zmq, ZMQ_ROUTER);
	assert_non_null(t->router);
	zmq_setsockopt(t->router, ZMQ_LINGER, &zero, sizeof(zero));
	zmq_setsockopt(t->router, ZMQ_RCVTIMEO, &wait, sizeof(wait));
	/* The port of a socket just closed may take a moment to be free. */
	for (int i = 0; zmq_bind(t->router, address) == -1 && i < 200; i++)
		usleep(10000);
	assert_int_equal(zmq_getsockopt(t->router, ZMQ_LAST_ENDPOINT,
	    t->address, &len), 0);
}

int
starhub_setup(void **state)
{
	struct starhub *t = calloc(1, sizeof(*t));

	if (t == NULL || (t->zmq = zmq_ctx_new()) == NULL)
		return (-1);
	starhub_bind(t, "tcp://127.0.0.1:*");
	t->d = 20;
	t->errors = -1;
	*state = t;
	return (0);
}

int
starhub_teardown(void **state)
{
	struct starhub *t = *state;

	if (t->pid > 0) {
		kill(t->pid, SIGKILL);
		waitpid(t->pid, NULL, 0);
	}
	if (t->errors != -1)
		close(t->errors);
	if (t->router != NULL)
		zmq_close(t->router);
	zmq_ctx_term(t->zmq);
	free(t);
	return (0);
}

void
starhub_start(struct starhub *t, json_t *share)
{
	json_t *o = sv_invocation_json(STARHUB_JOB, 1, 4, 2, t->address, share,
	    NULL);
	char *text = json_dumps(o, JSON_COMPACT);
	int in[2], err[2];

	assert_non_null(text);
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(err), 0);
	if ((t->pid = fork()) == 0) {
		dup2(in[0], STDIN_FILENO);
		dup2(err[1], STDERR_FILENO);
		close(in[1]);
		if (t->command != NULL)
			execlp("sh", "sh", "-c", t->command, (char *)NULL);
		execlp("sv-worker", "sv-worker", (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(err[1]);
	t->errors = err[0];
	assert_true(write(in[1], text, strlen(text)) == (ssize_t)strlen(text));
	close(in[1]);
	free(text);
	json_decref(o);
	json_decref(share);
}

json_t *
starhub_recipe(uint64_t n, uint64_t d, uint64_t k)
{

	return (json_pack("{s:s, s:i, s:I, s:I, s:I, s:f, s:i, s:i, s:I}",
	    "kind", "recipe", "recipe", 1, "n", (json_int_t)n, "d",
	    (json_int_t)d, "k", (json_int_t)k, "p", (double)k / (double)d,
	    "seed", 1, "from", 0, "to", (json_int_t)n));
}

void
starhub_receive(struct starhub *t, struct sv_frame *f)
{
	uint8_t header[SV_FRAME_HEADER + 1];
	int n;

	n = zmq_recv(t->router, t->id, sizeof(t->id), 0);
	assert_true(n > 0);
	t->nid = (size_t)n;
	assert_int_equal(zmq_recv(t->router, header, sizeof(header), 0),
	    SV_FRAME_HEADER);
	assert_null(sv_frame_decode(f, header));
	f->payload = malloc(f->length + 1);
	assert_non_null(f->payload);
	n = zmq_recv(t->router, f->payload, f->length + 1, 0);
	assert_true((uint64_t)n == f->length);
	assert_null(sv_frame_check(f));
	assert_true(f->job == STARHUB_JOB);
	assert_int_equal(f->shard, 1);
	assert_int_equal(f->generation, 2);
}

void
starhub_hello(struct starhub *t, char instance[17])
{
	struct sv_frame f;
	const char *s;
	json_t *o;

	starhub_receive(t, &f);
	assert_int_equal(f.type, SV_HELLO);
	o = sv_json_of(&f);
	assert_non_null(o);
	assert_int_equal(sv_json_string(o, "instance", &s), 0);
	assert_int_equal(strlen(s), 16);
	strcpy(instance, s);
	json_decref(o);
	sv_frame_fini(&f);
}

void
starhub_send(struct starhub *t, struct sv_frame *f)
{
	uint8_t header[SV_FRAME_HEADER];

	f->job = STARHUB_JOB;
	sv_frame_seal(f);
	sv_frame_encode(f, header);
	assert_true(zmq_send(t->router, t->id, t->nid, ZMQ_SNDMORE) != -1);
	assert_true(zmq_send(t->router, header, sizeof(header),
	    ZMQ_SNDMORE) != -1);
	assert_true(zmq_send(t->router, f->payload, f->length, 0) != -1);
	sv_frame_fini(f);
}

void
starhub_global(struct starhub *t, enum sv_op op, uint32_t round, const char *task)
{
	struct sv_frame f;
	int term = op == SV_OP_TERM;

	assert_int_equal(sv_frame_make(&f, SV_GLOBAL, task, term ? 0 : SV_GL_N,
	    term ? SV_BYTES : SV_F64, term ? 0 : t->d), 0);
	f.op = (uint8_t)op;
	f.round = round;
	f.seq = round;
	for (int i = 0; !term && i < SV_GL_N; i++)
		sv_frame_scalars(&f)[i] = 1.0;
	starhub_send(t, &f);
}

int
starhub_status(struct starhub *t, double s)
{
	double end = sv_clock_mono() + s;
	int status;

	while (waitpid(t->pid, &status, WNOHANG) == 0) {
		if (sv_clock_mono() > end)
			fail_msg("still running after %g s", s);
		usleep(5000);
	}
	t->pid = 0;
	assert_true(WIFEXITED(status));
	return (WEXITSTATUS(status));
}

void
starhub_said(struct starhub *t, const char *word)
{
	char text[1024];
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(text) - 1 && (n = read(t->errors, text + len,
	    sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	if (word == NULL && len > 0)
		fail_msg("it said: %s", text);
	if (word != NULL && (strstr(text, word) == NULL ||
	    strchr(text, '\n') != text + len - 1))
		fail_msg("it said: '%s', expected one line with '%s'", text,
		    word);
}
