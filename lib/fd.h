#ifndef SV_FD_H
#define SV_FD_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Descriptors: flags, pipes, signals as readable descriptors, and the Unix
 * sockets of the control channel.  Each returns 0 (or a descriptor), or -1
 * with errno set.
 */

/**
 * sv_fd_nonblock(fd), sv_fd_cloexec(fd):
 * Set O_NONBLOCK, or FD_CLOEXEC.
 */
int sv_fd_nonblock(int fd);
int sv_fd_cloexec(int fd);

/**
 * sv_fd_standard():
 * See that descriptors 0, 1 and 2 are open, or no file, pipe or socket that is
 * opened next may take their numbers.  Standard error is opened on /dev/null if
 * need be; a missing input or output is an error (EBADF).
 */
int sv_fd_standard(void);

/**
 * sv_fd_wait(fd, events):
 * Wait for as long as it takes until poll()'s ${events} come to ${fd}, or a
 * signal.
 */
int sv_fd_wait(int fd, short events);

/**
 * sv_fd_pipe(fds):
 * A pipe whose ends are closed on exec.  fds[0] is for reading.
 */
int sv_fd_pipe(int fds[2]);

/**
 * sv_fd_widen(fd):
 * Ask for a larger pipe buffer where the system knows how; a wish only.
 */
void sv_fd_widen(int fd);

/**
 * sv_fd_signals(signals, n):
 * Catch the ${n} ${signals} and return a descriptor that becomes readable with
 * one byte, the signal's number, for each that arrives (a burst of the same
 * may be told once).  One set in a process; the descriptor stays open.
 * SIGPIPE is ignored from then on, and so is SIGHUP if it has been before.
 */
int sv_fd_signals(const int *signals, size_t n);

/**
 * sv_fd_listen(dir, path, len):
 * Make a directory of mode 0700 in $TMPDIR (or /tmp) and listen on a socket of
 * mode 0600 in it.  ${dir} (of size ${len}) gets the directory's name, ${path}
 * (likewise) the socket's.  The caller unlinks both.
 */
int sv_fd_listen(char *dir, char *path, size_t len);

/**
 * sv_fd_connect(path):
 * Connect to the Unix socket ${path}.
 */
int sv_fd_connect(const char *path);

/**
 * sv_fd_deaf(fd, on):
 * While ${on}, the TCP socket ${fd}, which listens, hears nobody: who wants to
 * connect tries again for as long as its system does; connections that stand
 * stay.  Return 0, or -1 with errno set where the system cannot do that.
 */
int sv_fd_deaf(int fd, int on);

#endif /* !SV_FD_H */
