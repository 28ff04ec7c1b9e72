#ifndef SV_TSAN_H
#define SV_TSAN_H

/*
 * For ThreadSanitizer (--enable-tsan).  What one thread wrote before it sent a
 * message another one may read after receiving it: libzmq orders the two.  The
 * sanitizer cannot see that, because libzmq is not built with it, and so has
 * to be told.
 *
 * SV_TSAN_SEND(way):	before sending on ${way}, any address that both know.
 * SV_TSAN_RECEIVED(way):	after receiving from it.
 *
 * Elsewhere both are nothing.
 */
#if defined(__SANITIZE_THREAD__)	/* gcc says it so, clang otherwise */
#define SV_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SV_TSAN 1
#endif
#endif

#ifdef SV_TSAN
#include <sanitizer/tsan_interface.h>
#define SV_TSAN_SEND(way) __tsan_release(way)
#define SV_TSAN_RECEIVED(way) __tsan_acquire(way)
#else
#define SV_TSAN_SEND(way) ((void)(way))
#define SV_TSAN_RECEIVED(way) ((void)(way))
#endif

#endif /* !SV_TSAN_H */
