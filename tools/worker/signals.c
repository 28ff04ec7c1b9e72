#include "config.h"

#include <unistd.h>

#include "worker.h"

volatile sig_atomic_t worker_signal;
static volatile sig_atomic_t impatient;
static int impatient_status;

static void
on_signal(int sig)
{

	worker_signal = sig;
	if (impatient)
		_exit(impatient_status);
}

void
worker_signals(int status)
{
	struct sigaction sa = { .sa_handler = on_signal };

	impatient_status = status;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
}

void
worker_impatient(int on)
{

	impatient = on;
	if (on && worker_signal != 0)
		_exit(impatient_status);
}
