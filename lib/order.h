#ifndef SV_ORDER_H
#define SV_ORDER_H

/*
 * Memory ordered by messages.  What a thread wrote before it sent a message of
 * ZeroMQ is seen by whoever has received it; but libzmq is not built with
 * ThreadSanitizer, which has to be told.  Nothing in other builds.
 *
 *	SV_ORDER_SENT(p)	before zmq_send()
 *	SV_ORDER_RECEIVED(p)	after zmq_recv(), with the same pointer
 */

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SV_ORDER_TOLD 1
#endif
#elif defined(__SANITIZE_THREAD__)
#define SV_ORDER_TOLD 1
#endif

#ifdef SV_ORDER_TOLD
#include <sanitizer/tsan_interface.h>
#define SV_ORDER_SENT(p)	__tsan_release((void *)(p))
#define SV_ORDER_RECEIVED(p)	__tsan_acquire((void *)(p))
#else
#define SV_ORDER_SENT(p)	((void)(p))
#define SV_ORDER_RECEIVED(p)	((void)(p))
#endif

#endif /* !SV_ORDER_H */
