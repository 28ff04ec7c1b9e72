#include "config.h"

#include <gelf.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"

#define NEEDED_MAX 1000u
#define VERSIONS_MAX 10000u	/* that one file asks for */

/* A file that is being read. */
struct reader {
	const unsigned char *data;
	size_t len;
	Elf *elf;
	size_t nseg;
	const char *strings;	/* the dynamic string table, or NULL */
	size_t nstrings;
	char *why;
};

static int
bad(const struct reader *r, const char *what)
{

	snprintf(r->why, IMAGE_WHY, "%s", what);
	return (-1);
}

int
image_is_elf(const unsigned char *data, size_t len)
{

	return (len >= SELFMAG && memcmp(data, ELFMAG, SELFMAG) == 0);
}

const char *
image_machine(unsigned machine)
{

	return (machine == EM_X86_64 ? "x86-64" :
	    machine == EM_AARCH64 ? "arm64" : NULL);
}

/* The string at ${offset} of ${n} bytes, or NULL where none ends in them. */
static const char *
string_at(const char *text, size_t n, uint64_t offset)
{

	if (offset >= n || memchr(text + offset, 0, n - offset) == NULL)
		return (NULL);
	return (text + offset);
}

/*
 * Where the byte at address ${v} lies in the file, and how many follow it in
 * its segment, all of them within the file.  -1 if nowhere.
 */
static int
locate(const struct reader *r, uint64_t v, uint64_t *offset, uint64_t *n)
{
	GElf_Phdr p;
	size_t i;

	for (i = 0; i < r->nseg; i++) {
		if (gelf_getphdr(r->elf, (int)i, &p) == NULL ||
		    p.p_type != PT_LOAD || v < p.p_vaddr ||
		    v - p.p_vaddr >= p.p_filesz || p.p_offset > r->len ||
		    p.p_filesz > r->len - p.p_offset)
			continue;
		*offset = p.p_offset + (v - p.p_vaddr);
		*n = p.p_filesz - (v - p.p_vaddr);
		return (0);
	}
	return (-1);
}

/* The ${n} bytes at ${offset} as structures; NULL if they are not there. */
static Elf_Data *
chunk(const struct reader *r, uint64_t offset, uint64_t n, Elf_Type type)
{

	if (offset > r->len || n > r->len - offset || n == 0)
		return (NULL);
	return (elf_getdata_rawchunk(r->elf, (int64_t)offset, (size_t)n, type));
}

static int
header(struct reader *r, struct image *im)
{
	GElf_Ehdr e;

	if (elf_kind(r->elf) != ELF_K_ELF || gelf_getehdr(r->elf, &e) == NULL)
		return (bad(r, "a damaged ELF file"));
	if (e.e_ident[EI_CLASS] != ELFCLASS64 ||
	    e.e_ident[EI_DATA] != ELFDATA2LSB ||
	    image_machine(e.e_machine) == NULL)
		return (bad(r, "an ELF file for a machine that is neither"
		    " x86-64 nor arm64"));
	if (e.e_type != ET_EXEC && e.e_type != ET_DYN)
		return (bad(r, "an ELF file that is neither a program nor a"
		    " shared library"));
	if (elf_getphdrnum(r->elf, &r->nseg) == -1 || r->nseg == 0 ||
	    r->nseg > UINT16_MAX)
		return (bad(r, "a damaged ELF file: no segments"));
	im->machine = e.e_machine;
	im->kind = e.e_type == ET_EXEC ? IMAGE_STATIC : IMAGE_LIBRARY;
	return (0);
}

/* Find loader and dynamic table; ${*dyn} is NULL if there is none. */
static int
segments(struct reader *r, struct image *im, Elf_Data **dyn)
{
	GElf_Phdr p;
	size_t i;

	for (i = 0; i < r->nseg; i++) {
		if (gelf_getphdr(r->elf, (int)i, &p) == NULL)
			return (bad(r, "a damaged ELF file: segments that are"
			    " not in it"));
		if ((p.p_type == PT_LOAD || p.p_type == PT_INTERP ||
		    p.p_type == PT_DYNAMIC) && (p.p_offset > r->len ||
		    p.p_filesz > r->len - p.p_offset))
			return (bad(r, "a truncated ELF file"));
		if (p.p_type == PT_INTERP) {
			im->kind = IMAGE_DYNAMIC;
			im->interp = string_at((const char *)r->data +
			    p.p_offset, p.p_filesz, 0);
			if (im->interp == NULL || im->interp[0] == '\0')
				return (bad(r, "a damaged ELF file: the name of"
				    " its loader"));
		} else if (p.p_type == PT_DYNAMIC && p.p_filesz > 0 &&
		    (*dyn = chunk(r, p.p_offset, p.p_filesz, ELF_T_DYN)) ==
		    NULL)
			return (bad(r, "a damaged ELF file: its dynamic"
			    " table"));
	}
	return (0);
}

/* The entry ${i}; 0 at the end of the table. */
static int
entry(Elf_Data *dyn, size_t i, GElf_Dyn *d)
{

	return (i < INT_MAX && gelf_getdyn(dyn, (int)i, d) != NULL &&
	    d->d_tag != DT_NULL);
}

static int
string_table(struct reader *r, Elf_Data *dyn)
{
	uint64_t at = 0, n = 0, offset, room;
	GElf_Dyn d;
	size_t i;

	for (i = 0; entry(dyn, i, &d); i++) {
		if (d.d_tag == DT_STRTAB)
			at = d.d_un.d_ptr;
		else if (d.d_tag == DT_STRSZ)
			n = d.d_un.d_val;
	}
	if (n == 0)
		return (0);
	if (locate(r, at, &offset, &room) == -1 || n > room)
		return (bad(r, "a damaged ELF file: its dynamic strings"));
	r->strings = (const char *)r->data + offset;
	r->nstrings = (size_t)n;
	return (0);
}

static int
names(struct reader *r, struct image *im, Elf_Data *dyn)
{
	const char *s, **p;
	GElf_Dyn d;
	size_t i;

	for (i = 0; entry(dyn, i, &d); i++) {
		if (d.d_tag == DT_FLAGS_1 && (d.d_un.d_val & DF_1_PIE) != 0 &&
		    im->kind == IMAGE_LIBRARY)
			im->kind = IMAGE_STATIC;
		if (d.d_tag != DT_NEEDED && d.d_tag != DT_RPATH &&
		    d.d_tag != DT_RUNPATH)
			continue;
		s = string_at(r->strings, r->nstrings, d.d_un.d_val);
		if (s == NULL || s[0] == '\0')
			return (bad(r, "a damaged ELF file: the name of a"
			    " library"));
		if (d.d_tag == DT_RPATH)
			im->rpath = s;
		else if (d.d_tag == DT_RUNPATH)
			im->runpath = s;
		else {
			if (im->nneeded == NEEDED_MAX)
				return (bad(r, "an ELF file that needs too"
				    " many libraries"));
			p = realloc(im->needed, (im->nneeded + 1) * sizeof(*p));
			if (p == NULL)
				return (bad(r, "out of memory"));
			im->needed = p;
			im->needed[im->nneeded++] = s;
		}
	}
	return (0);
}

int
image_version_parse(struct image_version *v, const char *text)
{
	size_t i;
	unsigned x;

	memset(v, 0, sizeof(*v));
	for (i = 0; i < 3; i++) {
		if (*text < '0' || *text > '9')
			return (-1);
		for (x = 0; *text >= '0' && *text <= '9' && x < 100000; text++)
			x = 10 * x + (unsigned)(*text - '0');
		v->part[i] = x;
		if (*text == '\0')
			return (i == 0 ? -1 : 0);
		if (*text++ != '.')
			return (-1);
	}
	return (-1);
}

/* The version that GLIBC_ names; what is no number comes after all numbers. */
static struct image_version
asked(const char *name)
{
	const struct image_version never = { { UINT_MAX, 0, 0 } };
	struct image_version v;

	return (image_version_parse(&v, name + strlen("GLIBC_")) == 0 ? v :
	    never);
}

static int
newer(const struct image_version *a, const struct image_version *b)
{
	size_t i;

	for (i = 0; i < 3; i++)
		if (a->part[i] != b->part[i])
			return (a->part[i] > b->part[i]);
	return (0);
}

int
image_needs_newer(const struct image *im, const struct image_version *v)
{
	struct image_version a;

	if (im->glibc == NULL)
		return (0);
	a = asked(im->glibc);
	return (newer(&a, v));
}

/* One version that is asked for. */
static int
version(struct reader *r, struct image *im, uint32_t name)
{
	struct image_version a, b;
	const char *s;

	if ((s = string_at(r->strings, r->nstrings, name)) == NULL)
		return (-1);
	if (strncmp(s, "GLIBC_", strlen("GLIBC_")) != 0)
		return (0);
	/* This one came with 2.36, for relocations in a new form. */
	if (strcmp(s, "GLIBC_ABI_DT_RELR") == 0)
		s = "GLIBC_2.36";
	a = asked(s);
	if (im->glibc != NULL)
		b = asked(im->glibc);
	if (im->glibc == NULL || newer(&a, &b))
		im->glibc = s;
	return (0);
}

/* A chain of chains, of which nothing is believed but that it ends. */
static int
versions(struct reader *r, struct image *im, Elf_Data *dyn)
{
	uint64_t at = 0, count = 0, offset, n, i, k, steps = 0;
	GElf_Verneed need;
	GElf_Vernaux aux;
	Elf_Data *data;
	GElf_Dyn d;
	uint64_t o, a;

	for (i = 0; entry(dyn, (size_t)i, &d); i++) {
		if (d.d_tag == DT_VERNEED)
			at = d.d_un.d_ptr;
		else if (d.d_tag == DT_VERNEEDNUM)
			count = d.d_un.d_val;
	}
	if (count == 0)
		return (0);
	if (locate(r, at, &offset, &n) == -1 ||
	    (data = chunk(r, offset, n > INT_MAX / 2 ? INT_MAX / 2 : n,
	    ELF_T_VNEED)) == NULL)
		goto damaged;
	for (i = 0, o = 0; i < count; i++, o += need.vn_next) {
		if (o > INT_MAX || ++steps > VERSIONS_MAX ||
		    gelf_getverneed(data, (int)o, &need) == NULL)
			goto damaged;
		for (k = 0, a = o + need.vn_aux; k < need.vn_cnt;
		    k++, a += aux.vna_next) {
			if (a > INT_MAX || ++steps > VERSIONS_MAX ||
			    gelf_getvernaux(data, (int)a, &aux) == NULL ||
			    version(r, im, aux.vna_name) == -1)
				goto damaged;
			if (aux.vna_next == 0)
				break;
		}
		if (need.vn_next == 0)
			break;
	}
	return (0);

damaged:
	return (bad(r, "a damaged ELF file: the versions that it asks for"));
}

int
image_read(struct image *im, const unsigned char *data, size_t len,
    char why[IMAGE_WHY])
{
	struct reader r = { .data = data, .len = len, .strings = "", .why = why };
	Elf_Data *dyn = NULL;
	int rc = -1;

	memset(im, 0, sizeof(*im));
	why[0] = '\0';
	if (elf_version(EV_CURRENT) == EV_NONE)
		return (bad(&r, "libelf is too old"));
	/* It only reads. */
	if ((r.elf = elf_memory((char *)(uintptr_t)data, len)) == NULL)
		return (bad(&r, "a damaged ELF file"));
	if (header(&r, im) == 0 && segments(&r, im, &dyn) == 0 &&
	    (dyn == NULL || (string_table(&r, dyn) == 0 &&
	    names(&r, im, dyn) == 0 && versions(&r, im, dyn) == 0)))
		rc = 0;
	elf_end(r.elf);
	if (rc == -1)
		image_fini(im);
	return (rc);
}

void
image_fini(struct image *im)
{

	free(im->needed);
	memset(im, 0, sizeof(*im));
}
