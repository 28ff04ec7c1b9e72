/*
 * relay -w W -o RUN [-n N] [-j JOB] -- MASTER [argument ...] < PROBLEM
 *
 * A hub without sockets: W children sv-worker -F and the master, joined by
 * pipes.  All frames that a hub would record are written to the file RUN.
 * After every N-th round of STEP, of GRAD where the master knows no other, it
 * asks for a checkpoint, and workers for their states.  Exit status: that of
 * the master.
 */
#include "config.h"

#include <sys/wait.h>

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "io.h"
#include "json.h"

#define MOST 8	/* workers */

struct peer {
	pid_t pid;
	int to;
	struct sv_reader *from;
};

struct relay {
	struct peer master, worker[MOST];
	uint32_t W, every, seq, last;
	uint64_t job;
	int run;	/* descriptor of the file */
	int steps;	/* the master knows STEP */
};

static void
die(const char *what)
{

	sv_warn("%s", what);
	exit(SV_EXIT_FAILED);
}

/* A child between two pipes. */
static void
start(struct peer *p, char *const *argv)
{
	int to[2], from[2];

	if (pipe(to) == -1 || pipe(from) == -1)
		die("pipe");
	fcntl(to[1], F_SETFD, FD_CLOEXEC);
	fcntl(from[0], F_SETFD, FD_CLOEXEC);
	if ((p->pid = fork()) == -1)
		die("fork");
	if (p->pid == 0) {
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		close(to[0]);
		close(from[1]);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	p->to = to[1];
	if ((p->from = sv_reader_new(from[0], argv[0])) == NULL)
		die(argv[0]);
}

static void
put(int fd, const struct sv_frame *f)
{

	if (sv_frame_write(fd, f) == -1)
		die("a pipe or a file");
}

/* One frame of ${type} from somebody. */
static void
get(struct peer *p, enum sv_type type, struct sv_frame *f)
{

	if (sv_reader_next(p->from, f) != SV_IO_FRAME || f->type != type) {
		sv_warnx("a %s frame was expected", sv_frame_type_name(type));
		exit(SV_EXIT_FAILED);
	}
}

/* Ask worker i for its state, and record it. */
static void
save_state(struct relay *r, uint32_t i)
{
	struct sv_frame f;
	uint32_t parts;

	if (sv_frame_make(&f, SV_SAVE, NULL, 0, SV_BYTES, 0) == -1)
		die("save frame");
	f.job = r->job;
	f.shard = i;
	f.seq = r->seq;
	sv_frame_seal(&f);
	put(r->worker[i].to, &f);
	sv_frame_fini(&f);
	do {
		get(&r->worker[i], SV_STATE, &f);
		parts = f.count - 1 -
		    (uint32_t)sv_frame_scalars(&f)[0];
		f.job = r->job;
		put(r->run, &f);
		sv_frame_fini(&f);
	} while (parts > 0);
}

static void
ask_master(struct relay *r)
{
	struct sv_frame f;

	if (sv_json_frame(&f, SV_EVENT, json_pack("{s:s}", "event", "save")) ==
	    -1)
		die("event frame");
	f.job = r->job;
	sv_frame_seal(&f);
	put(r->master.to, &f);
	sv_frame_fini(&f);
}

/* A round of the method whose states and checkpoint are wanted? */
static int
is_due(struct relay *r, const struct sv_frame *f)
{

	r->steps |= f->op == SV_OP_STEP;
	if (r->every == 0 || f->round == 0 || f->round == r->last ||
	    f->op != (r->steps ? SV_OP_STEP : SV_OP_GRAD))
		return (0);
	r->last = f->round;
	return (f->round % r->every == 0);
}

static void
on_global(struct relay *r, struct sv_frame *f)
{
	struct sv_frame u[MOST];
	int due = is_due(r, f);

	f->job = r->job;
	f->seq = ++r->seq;
	put(r->run, f);
	for (uint32_t i = 0; i < r->W; i++)
		put(r->worker[i].to, f);
	for (uint32_t i = 0; i < r->W; i++)
		get(&r->worker[i], SV_UPDATE, &u[i]);
	/* One shard's first, and the master's checkpoint before the others'. */
	if (due && r->steps)
		save_state(r, 0);
	if (due)
		ask_master(r);
	for (uint32_t i = 0; i < r->W; i++) {
		u[i].job = r->job;
		put(r->master.to, &u[i]);
		sv_frame_fini(&u[i]);
	}
	for (uint32_t i = 1; due && r->steps && i < r->W; i++)
		save_state(r, i);
}

/* Until the master's output ends. */
static void
serve(struct relay *r)
{
	struct sv_frame f;
	enum sv_io io;

	while ((io = sv_reader_next(r->master.from, &f)) == SV_IO_FRAME) {
		if (f.type == SV_GLOBAL) {
			on_global(r, &f);
		} else {
			put(r->run, &f);
			if (f.type == SV_STATE && f.shard < r->W)
				put(r->worker[f.shard].to, &f);
		}
		sv_frame_fini(&f);
	}
	if (io != SV_IO_EOF)
		exit(SV_EXIT_FAILED);
}

/* Problem and job to the run and to whom it concerns. */
static void
introduce(struct relay *r)
{
	struct sv_reader *in = sv_reader_new(STDIN_FILENO, "stdin");
	struct sv_frame problem, job;

	if (in == NULL || sv_reader_next(in, &problem) != SV_IO_FRAME)
		die("problem frame");
	if (sv_json_frame(&job, SV_JOB, json_pack("{s:I}", "workers",
	    (json_int_t)r->W)) == -1)
		die("job frame");
	job.job = r->job;
	sv_frame_seal(&job);
	put(r->run, &problem);
	put(r->run, &job);
	put(r->master.to, &problem);
	put(r->master.to, &job);
	for (uint32_t i = 0; i < r->W; i++)
		put(r->worker[i].to, &problem);
	sv_frame_fini(&job);
	sv_frame_fini(&problem);
	sv_reader_free(in);
}

static int
end(struct relay *r)
{
	int status;

	for (uint32_t i = 0; i < r->W; i++) {
		close(r->worker[i].to);
		waitpid(r->worker[i].pid, NULL, 0);
		sv_reader_free(r->worker[i].from);
	}
	close(r->master.to);
	sv_reader_free(r->master.from);
	if (waitpid(r->master.pid, &status, 0) == -1 || !WIFEXITED(status))
		return (SV_EXIT_FAILED);
	return (WEXITSTATUS(status));
}

int
main(int argc, char **argv)
{
	struct relay r = { .job = 1, .run = -1 };
	char w[16], i[16];
	char *worker[] = { (char []){ "sv-worker" }, (char []){ "-qF" },
	    (char []){ "-w" }, w, (char []){ "-i" }, i, NULL };
	int c;

	sv_err_init(argv[0]);
	signal(SIGPIPE, SIG_IGN);
	while ((c = getopt(argc, argv, "+w:o:n:j:")) != -1) {
		switch (c) {
		case 'w':
			r.W = (uint32_t)atoi(optarg);
			break;
		case 'o':
			r.run = open(optarg, O_WRONLY | O_CREAT | O_TRUNC |
			    O_CLOEXEC, 0666);
			break;
		case 'n':
			r.every = (uint32_t)atoi(optarg);
			break;
		case 'j':
			r.job = strtoull(optarg, NULL, 16);
			break;
		default:
			return (SV_EXIT_USAGE);
		}
	}
	if (r.W < 1 || r.W > MOST || r.run == -1 || optind == argc)
		return (SV_EXIT_USAGE);
	start(&r.master, argv + optind);
	snprintf(w, sizeof(w), "%" PRIu32, r.W);
	for (uint32_t k = 0; k < r.W; k++) {
		snprintf(i, sizeof(i), "%" PRIu32, k);
		start(&r.worker[k], worker);
	}
	introduce(&r);
	serve(&r);
	return (end(&r));
}
