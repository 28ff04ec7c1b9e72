#ifndef SCREEN_H
#define SCREEN_H

#include <stddef.h>

#include "view.h"

/*
 * A view at the bottom of a terminal.  The other tools of a pipeline write to
 * the same one, and none knows of the others: so what they say scrolls in the
 * rows above, to which the terminal is told to keep (DECSTBM, ECMA-48's cursor
 * sequences, and DECSC and DECRC of the VT100, which all that is in use know),
 * and a redraw is one write that leaves the cursor where it was.
 */

struct screen {
	int fd;	/* where a write never waits, if the terminal has a name */
	int own;	/* it is closed at the end */
	int usable;	/* a terminal that can do this, and is there */
	int utf8;	/* its locale has blocks */
	int tones;	/* it may be bold or red */
	size_t rows, columns;
	size_t shown;	/* rows kept for the view; 0: none */
	size_t used;	/* ... and written */
	int stale;	/* they must be set up again */
};

/**
 * screen_init(s, fd):
 * See what ${fd} is.  It is not usable where it is no terminal, or $TERM is
 * unset or dumb.  $NO_COLOR, if not empty, has no tones.
 */
void screen_init(struct screen *s, int fd);

/**
 * screen_resized(s):
 * The terminal may have another size now.
 */
void screen_resized(struct screen *s);

/**
 * screen_room(s, lines, width):
 * How large a view may be.
 */
void screen_room(const struct screen *s, size_t *lines, size_t *width);

/**
 * screen_writable(fd):
 * Would some lines be taken without waiting, as far as that can be known?
 */
int screen_writable(int fd);

/**
 * screen_draw(s, v):
 * Draw ${v}, unless that would have to wait, or the process is in the
 * background.  A terminal that has gone is usable no more.
 */
void screen_draw(struct screen *s, const struct view *v);

/**
 * screen_end(s), screen_fini(s):
 * Leave the view where it is, the cursor below it, and the terminal as it was;
 * and for good.  A terminal that is stopped is waited for, 2 s at most.
 */
void screen_end(struct screen *s);
void screen_fini(struct screen *s);

#endif /* !SCREEN_H */
