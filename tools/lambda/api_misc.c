#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "err.h"

/* The account; packages, as the URLs that GetFunction gives out name them. */

void
api_account(struct api *a)
{
	json_int_t all = a->l->o->concurrency, left = all, size = 0, n = 0;

	for (struct function *f = a->l->functions; f != NULL; f = f->next) {
		if (f->deleted)
			continue;
		n++;
		size += (json_int_t)f->latest->code->size;
		if (f->reserved > 0)
			left -= f->reserved;
	}
	api_reply(a, 200, json_pack("{s:{s:I,s:I,s:I,s:I,s:I},s:{s:I,s:I}}",
	    "AccountLimit", "TotalCodeSize", (json_int_t)75 << 30,
	    "CodeSizeUnzipped", (json_int_t)LAMBDA_UNZIPPED_MAX,
	    "CodeSizeZipped", (json_int_t)LAMBDA_ZIP_MAX,
	    "ConcurrentExecutions", all, "UnreservedConcurrentExecutions",
	    left < 0 ? 0 : left, "AccountUsage", "TotalCodeSize", size,
	    "FunctionCount", n));
}

/* The package of a function or of one of its versions that has this id. */
static const struct code *
find(const struct function *f, const char *id)
{

	if (f->deleted)
		return (NULL);
	if (strcmp(f->latest->code->id, id) == 0)
		return (f->latest->code);
	for (size_t i = 0; i < f->nversions; i++)
		if (f->versions[i] != NULL &&
		    strcmp(f->versions[i]->code->id, id) == 0)
			return (f->versions[i]->code);
	return (NULL);
}

void
api_package(struct api *a)
{
	static const struct http_field fields[] = {
	    { "Content-Type", "application/zip" }, { NULL, NULL } };
	const struct code *code = NULL;
	void *zip;
	FILE *f;

	for (struct function *fn = a->l->functions; fn != NULL && code == NULL;
	    fn = fn->next)
		code = find(fn, a->segments[1]);
	if (code == NULL)
		code = api_layer_code(a->l, a->segments[1]);
	if (code == NULL) {
		http_reply(a->r, 404, NULL, "", 0);
		return;
	}
	f = fopen(code->zip, "re");
	zip = malloc(code->size);
	if (f != NULL && zip != NULL &&
	    fread(zip, 1, code->size, f) == code->size)
		http_reply(a->r, 200, fields, zip, code->size);
	else {
		sv_warnx("%s: cannot be read", code->zip);
		http_reply(a->r, 500, NULL, "", 0);
	}
	if (f != NULL)
		fclose(f);
	free(zip);
}
