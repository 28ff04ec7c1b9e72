#ifndef SV_FILEURL_H
#define SV_FILEURL_H

/*
 * Files named by URL (RFC 8089).
 */

/**
 * sv_fileurl_make(path):
 * "file://" and the absolute ${path}, percent-encoded where a URL needs it (RFC
 * 3986, section 2).  Return a string for the caller to free, or NULL with errno
 * set.
 */
char *sv_fileurl_make(const char *path);

/**
 * sv_fileurl_path(url):
 * The path of a file URL, decoded: a string for the caller to free.  Return
 * NULL with errno set: EINVAL if it is no URL of a local file.
 */
char *sv_fileurl_path(const char *url);

#endif /* !SV_FILEURL_H */
