#ifndef SV_THREAD_H
#define SV_THREAD_H

#include <pthread.h>

/**
 * sv_thread_start(thread, run, arg):
 * Start a thread at ${run}(${arg}) that gets no signals: they belong to the
 * main thread, and interrupt no system call here.  Return 0, or -1 with errno
 * set.
 */
int sv_thread_start(pthread_t *thread, void *(*run)(void *), void *arg);

#endif /* !SV_THREAD_H */
