#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "fd.h"
#include "thread.h"

#define SECONDS 10	/* a wait that should be short, on whatever machine */

static void
nap(void)
{
	struct timespec ts = { 0, 10 * 1000 * 1000 };

	nanosleep(&ts, NULL);
}

/* A directory of our own for TMPDIR. */
static int
make_directory(void **state)
{
	char *dir = strdup("/tmp/test-fd-XXXXXX");

	if (dir == NULL || mkdtemp(dir) == NULL ||
	    setenv("TMPDIR", dir, 1) == -1)
		return (-1);
	*state = dir;
	return (0);
}

static int
remove_directory(void **state)
{
	int rc = rmdir(*state);

	free(*state);
	return (rc);
}

static void
pipes_close_on_exec(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(sv_fd_pipe(fds), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(fcntl(fds[i], F_GETFD), FD_CLOEXEC);
		assert_int_equal(fcntl(fds[i], F_GETFL) & O_NONBLOCK, 0);
		assert_int_equal(sv_fd_nonblock(fds[i]), 0);
		assert_true(fcntl(fds[i], F_GETFL) & O_NONBLOCK);
	}
	sv_fd_widen(fds[1]);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(sv_fd_wait(fds[0], POLLIN), 0);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(sv_fd_nonblock(fds[0]), -1);
	assert_int_equal(errno, EBADF);
	sv_fd_widen(fds[0]);
}

static void
signals_become_readable(void **state)
{
	static const int caught[] = { SIGUSR1, SIGUSR2 };
	struct pollfd p = { -1, POLLIN, 0 };
	unsigned char byte = 0;

	(void)state;
	p.fd = sv_fd_signals(caught, 2);
	assert_true(p.fd >= 0);
	assert_int_equal(poll(&p, 1, 0), 0);
	assert_int_equal(raise(SIGUSR2), 0);
	assert_int_equal(poll(&p, 1, SECONDS * 1000), 1);
	assert_int_equal(read(p.fd, &byte, 1), 1);
	assert_int_equal(byte, SIGUSR2);
	assert_int_equal(read(p.fd, &byte, 1), -1);
	/* A flood fills the pipe and does not block. */
	for (int i = 0; i < 100000; i++)
		assert_int_equal(raise(SIGUSR1), 0);
	for (int i = 0; read(p.fd, &byte, 1) == 1; i++)
		assert_int_equal(byte, SIGUSR1);
	/* SIGPIPE does not kill. */
	assert_int_equal(raise(SIGPIPE), 0);
	close(p.fd);
	assert_true(signal(SIGUSR1, SIG_DFL) != SIG_ERR);
	assert_true(signal(SIGUSR2, SIG_DFL) != SIG_ERR);
}

static void
a_hangup_that_is_ignored_stays_ignored(void **state)
{
	static const int caught[] = { SIGHUP, SIGUSR1 };
	struct pollfd p = { -1, POLLIN, 0 };
	unsigned char byte = 0;

	(void)state;
	assert_true(signal(SIGHUP, SIG_IGN) != SIG_ERR);
	p.fd = sv_fd_signals(caught, 2);
	assert_true(p.fd >= 0);
	assert_int_equal(raise(SIGHUP), 0);
	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(poll(&p, 1, SECONDS * 1000), 1);
	assert_int_equal(read(p.fd, &byte, 1), 1);
	assert_int_equal(byte, SIGUSR1);
	assert_int_equal(read(p.fd, &byte, 1), -1);
	close(p.fd);
	assert_true(signal(SIGHUP, SIG_DFL) == SIG_IGN);
	p.fd = sv_fd_signals(caught, 2);
	assert_true(p.fd >= 0);
	assert_int_equal(raise(SIGHUP), 0);
	assert_int_equal(poll(&p, 1, SECONDS * 1000), 1);
	assert_int_equal(read(p.fd, &byte, 1), 1);
	assert_int_equal(byte, SIGHUP);
	close(p.fd);
	assert_true(signal(SIGHUP, SIG_DFL) != SIG_ERR);
	assert_true(signal(SIGUSR1, SIG_DFL) != SIG_ERR);
}

static void
a_socket_is_for_its_owner_alone(void **state)
{
	char dir[128], path[128], byte = 0;
	struct stat st;
	int listener, here, there;

	listener = sv_fd_listen(dir, path, sizeof(dir));
	assert_true(listener >= 0);
	assert_int_equal(strncmp(dir, *state, strlen(*state)), 0);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0600);
	there = sv_fd_connect(path);
	assert_true(there >= 0);
	here = accept(listener, NULL, NULL);
	assert_true(here >= 0);
	assert_int_equal(fcntl(listener, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(there, F_GETFD), FD_CLOEXEC);
	assert_int_equal(write(there, "y", 1), 1);
	assert_int_equal(read(here, &byte, 1), 1);
	assert_int_equal(byte, 'y');
	close(here);
	close(there);
	close(listener);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(sv_fd_connect(path), -1);
	assert_int_equal(errno, ENOENT);
}

static void
a_socket_that_cannot_be_made_leaves_nothing(void **state)
{
	char longer[120], dir[256], path[256];
	const char *tmp = *state;

	assert_int_equal(sv_fd_listen(dir, path, 20), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	/* Longer than the address of a Unix socket has room for. */
	snprintf(longer, sizeof(longer), "%s/%090d", tmp, 0);
	assert_int_equal(mkdir(longer, 0700), 0);
	assert_int_equal(setenv("TMPDIR", longer, 1), 0);
	assert_int_equal(sv_fd_listen(dir, path, sizeof(dir)), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	assert_int_equal(rmdir(longer), 0);
	assert_int_equal(sv_fd_listen(dir, path, sizeof(dir)), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(setenv("TMPDIR", tmp, 1), 0);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(sv_fd_connect(longer), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

/* In a child with ${closed} closed: 0 or errno of sv_fd_standard(). */
static int
standard_without(int closed)
{
	int status;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		close(closed);
		if (sv_fd_standard() == -1)
			_exit(errno);
		/* The number must be taken now. */
		_exit(fcntl(closed, F_GETFD) == -1 ? 99 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return (WEXITSTATUS(status));
}

static void
standard_descriptors_are_seen_to(void **state)
{

	(void)state;
	assert_int_equal(sv_fd_standard(), 0);
	assert_int_equal(standard_without(STDIN_FILENO), EBADF);
	assert_int_equal(standard_without(STDOUT_FILENO), EBADF);
	assert_int_equal(standard_without(STDERR_FILENO), 0);
}

/* Fork a child that enters its new life and then does ${what}. */
static pid_t
child(void (*what)(void))
{
	pid_t parent = getpid(), pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		if (sv_child_enter(parent, STDIN_FILENO, STDOUT_FILENO) == -1)
			_exit(111);
		what();
		_exit(5);
	}
	setpgid(pid, pid);
	return (pid);
}

static void
nothing(void)
{
}

static void
sleep_long(void)
{

	for (;;)
		pause();
}

static void
leave_somebody(void)
{

	if (fork() == 0)
		sleep_long();
}

static pid_t
ended(pid_t pid, struct sv_child_end *e)
{
	pid_t p = 0;

	for (int i = 0; i < SECONDS * 100 && p == 0; i++) {
		nap();
		p = sv_child_ended(pid, e);
	}
	return (p);
}

static void
children_are_told_of_and_stay_zombies(void **state)
{
	struct sv_child_end e;
	pid_t pid;

	(void)state;
	assert_int_equal(sv_child_ended(-1, &e), 0);
	pid = child(sleep_long);
	assert_int_equal(sv_child_ended(pid, &e), 0);
	assert_int_equal(getpgid(pid), pid);
	assert_int_equal(kill(-pid, SIGKILL), 0);
	assert_int_equal(ended(pid, &e), pid);
	assert_int_equal(e.signal, SIGKILL);
	assert_int_equal(sv_child_ended(-1, &e), pid);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(sv_child_ended(pid, &e), 0);
	pid = child(nothing);
	assert_int_equal(ended(-1, &e), pid);
	assert_int_equal(e.signal, 0);
	assert_int_equal(e.status, 5);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* A leader that has ended but not been waited for keeps its group reachable. */
static void
a_group_outlives_its_leader(void **state)
{
	struct sv_child_end e;
	pid_t left = 0, pid;

	(void)state;
	sv_child_adopt();
	pid = child(leave_somebody);
	assert_int_equal(ended(pid, &e), pid);
	assert_int_equal(kill(-pid, SIGTERM), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	for (int i = 0; i < SECONDS * 100 && left <= 0; i++) {
		nap();
		left = sv_child_ended(-1, &e);
	}
	assert_true(left > 0);
	assert_int_equal(e.signal, SIGTERM);
	assert_int_equal(waitpid(left, NULL, 0), left);
	assert_int_equal(kill(-pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

static void
a_child_undoes_what_a_tool_does_to_signals(void **state)
{
	struct sv_child_end e;
	sigset_t set;
	pid_t pid;

	(void)state;
	assert_true(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	assert_int_equal(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	pid = child(sleep_long);
	for (int i = 0; i < SECONDS * 100 && sv_child_ended(pid, &e) == 0; i++) {
		nap();
		kill(pid, SIGPIPE);
	}
	assert_int_equal(sv_child_ended(pid, &e), pid);
	assert_int_equal(e.signal, SIGPIPE);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
}

static void *
note_mask(void *arg)
{

	pthread_sigmask(SIG_SETMASK, NULL, arg);
	return (NULL);
}

static void
threads_get_no_signals(void **state)
{
	sigset_t theirs, ours;
	pthread_t t;

	(void)state;
	sigemptyset(&theirs);
	assert_int_equal(sv_thread_start(&t, note_mask, &theirs), 0);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(sigismember(&theirs, SIGINT), 1);
	assert_int_equal(sigismember(&theirs, SIGCHLD), 1);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &ours), 0);
	assert_int_equal(sigismember(&ours, SIGINT), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pipes_close_on_exec),
		cmocka_unit_test(signals_become_readable),
		cmocka_unit_test(a_hangup_that_is_ignored_stays_ignored),
		cmocka_unit_test(a_socket_is_for_its_owner_alone),
		cmocka_unit_test(a_socket_that_cannot_be_made_leaves_nothing),
		cmocka_unit_test(standard_descriptors_are_seen_to),
		cmocka_unit_test(children_are_told_of_and_stay_zombies),
		cmocka_unit_test(a_group_outlives_its_leader),
		cmocka_unit_test(a_child_undoes_what_a_tool_does_to_signals),
		cmocka_unit_test(threads_get_no_signals),
	};

	return (cmocka_run_group_tests(tests, make_directory, remove_directory));
}
