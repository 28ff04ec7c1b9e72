#include "config.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "err.h"
#include "info.h"
#include "matrix.h"
#include "opt.h"
#include "shardfile.h"
#include "table.h"

static const struct sv_column columns[] = {
	{ "file", NULL, SV_COL_TEXT, 0 },
	{ "shard", NULL, SV_COL_COUNT, 0 },
	{ "shards", "of", SV_COL_COUNT, 0 },
	{ "rows", NULL, SV_COL_COUNT, 0 },
	{ "features", NULL, SV_COL_COUNT, 0 },
	{ "nonzeros", "non-zeros", SV_COL_COUNT, 0 },
	{ "bytes", "on disk", SV_COL_BYTES, 0 },
	{ "memory", "in memory", SV_COL_BYTES, 0 },
	{ "weighted", "weights", SV_COL_TEXT, 0 },
	{ "cut", NULL, SV_COL_TEXT, 0 },
	{ "checked", NULL, SV_COL_TEXT, 0 },
	{ "encoding", NULL, SV_COL_TEXT, 0 }
};

#define NCOLUMNS (sizeof(columns) / sizeof(columns[0]))

/* A row of which only the file's name is known. */
static void
add_unknown(struct sv_table *t, const char *name)
{

	sv_table_string(t, name);
	for (size_t i = 1; i < NCOLUMNS; i++) {
		if (strcmp(columns[i].key, "checked") == 0)
			sv_table_string(t, "bad");
		else if (columns[i].kind == SV_COL_TEXT)
			sv_table_string(t, NULL);
		else
			sv_table_real(t, NAN);
	}
}

/* What the file ${name} says of itself, and whether that was true. */
static void
add_file(struct sv_table *t, const char *name,
    const struct sv_shardfile_info *info, const char *encoding, int good)
{
	struct sv_matrix_shape shape = {
		.rows = info->rows, .cols = info->d, .nnz = info->nnz,
		.elem = strstr(encoding, "values f32") != NULL ? SV_F32 :
		    SV_F64,
		.weighted = info->weighted
	};
	size_t memory = sv_matrix_need(&shape);

	sv_table_string(t, name);
	sv_table_real(t, info->shard);
	sv_table_real(t, info->shards);
	sv_table_real(t, (double)info->rows);
	sv_table_real(t, (double)info->d);
	sv_table_real(t, (double)info->nnz);
	sv_table_real(t, (double)info->bytes);
	sv_table_real(t, memory > 0 ? (double)memory : NAN);
	sv_table_string(t, info->weighted ? "yes" : "no");
	sv_table_string(t, info->cut);
	sv_table_string(t, good ? "good" : "bad");
	sv_table_string(t, encoding);
}

/* Read one file through; 0, or -1 after a message: it is damaged. */
static int
look(struct sv_table *t, const char *name)
{
	char why[SV_WHY], encoding[SV_SHARDFILE_TEXT] = "-";
	struct sv_shardfile *s;
	struct sv_csr part;
	int rc;

	if ((s = sv_shardfile_open(name, why)) == NULL) {
		sv_warnx("%s", why);
		add_unknown(t, name);
		return (-1);
	}
	while ((rc = sv_shardfile_next(s, &part, why)) == 1)
		sv_shardfile_describe(s, encoding);
	add_file(t, name, sv_shardfile_info(s), encoding, rc == 0);
	if (rc == -1)
		sv_warnx("%s", why);
	sv_shardfile_close(s);
	return (rc);
}

static int
print(const struct sv_table *t, const char *format)
{

	if (sv_table_failed(t))
		return (-1);
	if (format != NULL && strcmp(format, "json") == 0)
		return (sv_table_json(t, stdout) == -1 ||
		    putchar('\n') == EOF ? -1 : 0);
	if (format != NULL && strcmp(format, "tsv") == 0)
		sv_table_tsv(t, stdout, NULL, 1);
	else
		sv_table_text(t, stdout, NULL, 0);
	return (0);
}

int
info_run(const char *format, char *const *names, size_t n)
{
	struct sv_table *t;
	int status = SV_EXIT_DONE;

	if ((t = sv_table_new(columns, NCOLUMNS)) == NULL) {
		sv_warn("--info");
		return (SV_EXIT_FAILED);
	}
	for (size_t i = 0; i < n; i++)
		if (look(t, names[i]) == -1)
			status = SV_EXIT_FAILED;
	if (print(t, format) == -1) {
		sv_warn("--info");
		status = SV_EXIT_FAILED;
	}
	sv_table_free(t);
	return (sv_opt_printed() == SV_EXIT_DONE ? status : SV_EXIT_FAILED);
}
