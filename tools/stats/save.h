#ifndef SAVE_H
#define SAVE_H

#include <stdio.h>

/*
 * Files that are there as a whole or not at all: written under another name in
 * the same directory, and renamed.  What is no file, such as /dev/stdout, is
 * written to as it is.
 */
struct save {
	FILE *f;	/* to write to; the caller does not close it */
	char *path;	/* where it goes */
	char *name;	/* what it is called until then; NULL: it is no file */
};

/**
 * save_open(s, path):
 * Begin the file ${path}; of a link the file that it leads to.  Return 0, or -1
 * after a line on stderr.
 */
int save_open(struct save *s, const char *path);

/**
 * save_close(s, rc):
 * End it: if ${rc} is 0 and all could be written it is there now, else the one
 * of before still is.  Return ${rc}, or -1 after a line on stderr.
 */
int save_close(struct save *s, int rc);

#endif /* !SAVE_H */
