/* What only Linux offers for descriptors. */
#include "config.h"

#include <fcntl.h>

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
