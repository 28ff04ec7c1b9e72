/*
 * peek < RUN: a line for each frame, for tests to grep:
 *	type op round seq shard generation count elements text
 * Status 1 where the stream is damaged.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "err.h"
#include "io.h"

int
main(int argc, char **argv)
{
	struct sv_reader *r;
	struct sv_frame f;
	enum sv_io rc = SV_IO_ERROR;

	(void)argc;
	sv_err_init(argv[0]);
	if ((r = sv_reader_new(STDIN_FILENO, "standard input")) == NULL)
		return (1);
	while ((rc = sv_reader_next(r, &f)) == SV_IO_FRAME) {
		printf("%s %s %" PRIu32 " %" PRIu32 " %d %" PRIu32 " %" PRIu32
		    " %" PRIu64 " %.*s\n", sv_frame_type_name(f.type),
		    sv_frame_op_name(f.op), f.round, f.seq,
		    f.shard == SV_FRAME_NOSHARD ? -1 : (int)f.shard,
		    f.generation, f.count, sv_frame_nelem(&f), (int)f.ntext,
		    f.ntext > 0 ? sv_frame_text(&f) : "");
		sv_frame_fini(&f);
	}
	sv_reader_free(r);
	return (rc == SV_IO_EOF && fflush(stdout) == 0 ? 0 : 1);
}
