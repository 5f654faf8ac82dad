// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pack/tar_writer.h"
#include "pack/sparse_name.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

struct ri_tarw {
	struct archive *a;
	struct ri_comp *comp;
	/*
	 * What libarchive takes names for. A name that is UTF-8 then goes into the header as it is; one
	 * that is not is marked with hdrcharset=BINARY, as POSIX has it, and stays as it is too. In the
	 * "C" locale every name that is not ASCII would be marked, and GNU tar, which does not know the
	 * mark, says so for each entry. Only this thread's locale, and only while a header is written.
	 */
	locale_t utf8;
	bool holds;         /* what is written stays in held */
	struct ri_buf held; /* the headers of a file with holes, until their name is right */
	bool over;          /* nothing more goes into comp */
	bool failed;        /* err tells why comp took no more */
	struct ri_err err;
};

/* Failures are looked at after each call: told of one here, libarchive loses memory (3.6.2, the state
 * of its client filter). */
static la_ssize_t on_write(struct archive *a, void *arg, const void *p, size_t n)
{
	struct ri_tarw *w = arg;

	(void)a;
	if (w->holds)
		ri_buf_add(&w->held, p, n);
	else if (!w->over && ri_compress_write(w->comp, p, n, &w->err) < 0)
		w->over = w->failed = true;
	return (la_ssize_t)n;
}

static int fail(struct ri_tarw *w, struct ri_err *e)
{
	const char *why = archive_error_string(w->a);

	if (w->failed) {
		*e = w->err;
		return -1;
	}
	return ri_fail(e, RI_E_GUEST, 0, "libarchive cannot archive it: %s", why ? why : "unknown");
}

void ri_tarw_freep(struct ri_tarw **wp)
{
	struct ri_tarw *w = *wp;

	*wp = NULL;
	if (!w)
		return;
	w->over = true; /* freeing closes, and closing writes the end mark */
	archive_write_free(w->a);
	if (w->utf8)
		freelocale(w->utf8);
	ri_buf_free(&w->held);
	free(w);
}

static int open_archive(struct ri_tarw *w, struct ri_err *e)
{
	w->a = archive_write_new();
	if (!w->a)
		return ri_nomem(e);
	if (archive_write_set_format_pax(w->a) != ARCHIVE_OK ||
	    archive_write_set_format_option(w->a, "pax", "xattrheader", "SCHILY") != ARCHIVE_OK ||
	    archive_write_set_bytes_per_block(w->a, 0) != ARCHIVE_OK ||
	    archive_write_open(w->a, w, NULL, on_write, NULL) != ARCHIVE_OK)
		return fail(w, e);
	return 0;
}

int ri_tarw_new(struct ri_comp *comp, struct ri_tarw **out, struct ri_err *e)
{
	RI_ON_EXIT(ri_tarw_freep) struct ri_tarw *w = calloc(1, sizeof *w);

	if (!w)
		return ri_nomem(e);
	w->comp = comp;
	w->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (open_archive(w, e) < 0)
		return -1;
	*out = ri_steal(w);
	return 0;
}

/* Whether a warning only says that a name is not UTF-8. Any other may mean lost metadata. */
static bool harmless(const char *warning)
{
	return warning && (strncmp(warning, "Can't translate pathname", 24) == 0 ||
			      strncmp(warning, "Can't translate linkname", 24) == 0);
}

static int write_header(struct ri_tarw *w, struct archive_entry *entry, struct ri_err *e)
{
	locale_t before = w->utf8 ? uselocale(w->utf8) : (locale_t)0;
	int rc = archive_write_header(w->a, entry);

	if (w->utf8)
		uselocale(before);
	if (w->failed ||
	    (rc != ARCHIVE_OK && !(rc == ARCHIVE_WARN && harmless(archive_error_string(w->a)))))
		return fail(w, e);
	return 0;
}

static int write_header_of_holes(struct ri_tarw *w, struct archive_entry *entry, struct ri_err *e)
{
	RI_BUF put_right = { 0 };
	int rc;

	/* The padding of the entry before is not of the header. */
	if (archive_write_finish_entry(w->a) != ARCHIVE_OK || w->failed)
		return fail(w, e);
	w->held.n = 0;
	w->holds = true;
	rc = write_header(w, entry, e);
	w->holds = false;
	if (rc < 0 || ri_buf_check(&w->held, e) < 0 ||
	    ri_pack_sparsename(ri_buf_span(&w->held), archive_entry_pathname(entry), &put_right,
		e) < 0)
		return -1;
	return ri_compress_write(w->comp, put_right.p, put_right.n, e);
}

int ri_tarw_entry(struct ri_tarw *w, struct archive_entry *entry, struct ri_err *e)
{
	return archive_entry_sparse_count(entry) > 0 ? write_header_of_holes(w, entry, e)
						     : write_header(w, entry, e);
}

int ri_tarw_data(void *tarw, const void *p, size_t n, struct ri_err *e)
{
	struct ri_tarw *w = tarw;
	const char *from = p;

	while (n > 0) {
		la_ssize_t done = archive_write_data(w->a, from, n);

		if (w->failed || done <= 0)
			return fail(w, e);
		from += done;
		n -= (size_t)done;
	}
	return 0;
}

int ri_tarw_close(struct ri_tarw *w, struct ri_err *e)
{
	return archive_write_close(w->a) == ARCHIVE_OK && !w->failed ? 0 : fail(w, e);
}
