/* What only Linux offers for descriptors. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <sys/socket.h>

#include "fd.h"

/* The largest buffer that Linux gives an ordinary user by default. */
#define PIPE_BYTES (1 << 20)

void
sv_fd_widen(int fd)
{

#ifdef F_SETPIPE_SZ
	/* A wish: a small buffer only costs more system calls. */
	(void)fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
#else
	(void)fd;
#endif
}

int
sv_fd_deaf(int fd, int on)
{
	/* Keep no byte of any packet.  Connections have filters of their own. */
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = { .len = 1, .filter = &nothing };

	if (on)
		return (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
		    sizeof(program)));
	return (setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &program,
	    sizeof(program)));
}
