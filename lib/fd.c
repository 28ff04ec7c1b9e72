#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "fd.h"

/* Where the signal handler writes: a handler can reach nothing else. */
static int signal_fd = -1;

int
sv_fd_nonblock(int fd)
{
	int flags;

	if ((flags = fcntl(fd, F_GETFL)) == -1)
		return (-1);
	return (fcntl(fd, F_SETFL, flags | O_NONBLOCK));
}

int
sv_fd_cloexec(int fd)
{

	return (fcntl(fd, F_SETFD, FD_CLOEXEC));
}

int
sv_fd_standard(void)
{
	int fd;

	if (fcntl(STDIN_FILENO, F_GETFD) == -1 ||
	    fcntl(STDOUT_FILENO, F_GETFD) == -1)
		return (-1);
	if (fcntl(STDERR_FILENO, F_GETFD) == -1) {
		if ((fd = open("/dev/null", O_RDWR)) == -1)
			return (-1);
		if (fd != STDERR_FILENO) {
			close(fd);
			errno = EBADF;
			return (-1);
		}
	}
	return (0);
}

int
sv_fd_wait(int fd, short events)
{
	struct pollfd p = { fd, events, 0 };

	return (poll(&p, 1, -1) == -1 && errno != EINTR ? -1 : 0);
}

int
sv_fd_pipe(int fds[2])
{

	if (pipe(fds) == -1)
		return (-1);
	if (sv_fd_cloexec(fds[0]) == -1 || sv_fd_cloexec(fds[1]) == -1) {
		close(fds[0]);
		close(fds[1]);
		return (-1);
	}
	return (0);
}

static void
on_signal(int sig)
{
	int saved = errno;
	unsigned char byte = (unsigned char)sig;

	/* A full pipe already holds news enough. */
	if (write(signal_fd, &byte, 1) == -1)
		errno = saved;
	errno = saved;
}

int
sv_fd_signals(const int *signals, size_t n)
{
	struct sigaction sa, old;
	int fds[2];

	if (sv_fd_pipe(fds) == -1)
		return (-1);
	if (sv_fd_nonblock(fds[0]) == -1 || sv_fd_nonblock(fds[1]) == -1)
		goto fail;
	signal_fd = fds[1];
	memset(&sa, 0, sizeof(sa));
	sigemptyset(&sa.sa_mask);
	sa.sa_handler = on_signal;
	sa.sa_flags = SA_RESTART;
	for (size_t i = 0; i < n; i++) {
		/* So nohup(1) has it. */
		if (signals[i] == SIGHUP && sigaction(SIGHUP, NULL,
		    &old) == 0 && old.sa_handler == SIG_IGN)
			continue;
		if (sigaction(signals[i], &sa, NULL) == -1)
			goto fail;
	}
	sa.sa_handler = SIG_IGN;
	if (sigaction(SIGPIPE, &sa, NULL) == -1)
		goto fail;
	return (fds[0]);

fail:
	close(fds[0]);
	close(fds[1]);
	return (-1);
}

/* Fill in the address of the socket ${path}. */
static int
unix_address(struct sockaddr_un *sun, const char *path)
{

	if (strlen(path) >= sizeof(sun->sun_path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	memcpy(sun->sun_path, path, strlen(path) + 1);
	return (0);
}

static int
unix_socket(void)
{
	int fd;

	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		return (-1);
	if (sv_fd_cloexec(fd) == -1) {
		close(fd);
		return (-1);
	}
	return (fd);
}

int
sv_fd_listen(char *dir, char *path, size_t len)
{
	const char *tmp = getenv("TMPDIR");
	struct sockaddr_un sun;
	int fd = -1, saved;

	if (tmp == NULL || tmp[0] != '/')
		tmp = "/tmp";
	if ((size_t)snprintf(dir, len, "%s/sv-XXXXXX", tmp) >= len) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	if (mkdtemp(dir) == NULL)
		return (-1);
	if ((size_t)snprintf(path, len, "%s/control", dir) >= len) {
		errno = ENAMETOOLONG;
		goto fail;
	}
	if (unix_address(&sun, path) == -1 || (fd = unix_socket()) == -1)
		goto fail;
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
	    chmod(path, S_IRUSR | S_IWUSR) == -1 || listen(fd, 1) == -1)
		goto fail;
	return (fd);

fail:
	saved = errno;
	if (fd != -1)
		close(fd);
	unlink(path);
	rmdir(dir);
	errno = saved;
	return (-1);
}

int
sv_fd_connect(const char *path)
{
	struct sockaddr_un sun;
	int fd, saved;

	if (unix_address(&sun, path) == -1 || (fd = unix_socket()) == -1)
		return (-1);
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		saved = errno;
		close(fd);
		errno = saved;
		return (-1);
	}
	return (fd);
}
