/*
 * cost FILE COMMAND...: run it, and write "wall CPU" to FILE, in seconds: CPU
 * is user and system, of the command and what it waited for.  The status is
 * the command's.
 */
#include "config.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <stdio.h>
#include <unistd.h>

#include "util.h"

static double
seconds(struct timeval t)
{

	return ((double)t.tv_sec + 1e-6 * (double)t.tv_usec);
}

int
main(int argc, char **argv)
{
	struct rusage used;
	double began, wall;
	int status;
	FILE *out;
	pid_t pid;

	if (argc < 3) {
		fprintf(stderr, "usage: cost FILE COMMAND...\n");
		return (2);
	}
	if ((out = fopen(argv[1], "w")) == NULL)
		bench_die(argv[1]);
	began = bench_now();
	if ((pid = fork()) == -1)
		bench_die("fork");
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) == -1 ||
	    getrusage(RUSAGE_CHILDREN, &used) == -1)
		bench_die(argv[2]);
	wall = bench_now() - began;
	fprintf(out, "%.6f %.6f\n", wall, seconds(used.ru_utime) +
	    seconds(used.ru_stime));
	if (fclose(out) != 0)
		bench_die(argv[1]);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}
