// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/verify_read.h"
#include "guest/mounts.h"
#include "host/hostfile.h"
#include "parse/initrd.h"
#include "plan/guest_paths.h"

#include <errno.h>
#include <fcntl.h>

static int read_manifest(const char *initrd, struct ri_verify_seen *o, struct ri_err *e)
{
	RI_BUF text = { 0 };

	if (ri_parse_initrd_member(initrd, RI_MEMBER_MANIFEST, &text, e) == 0 &&
	    ri_manifest_parse(ri_buf_span(&text), &o->manifest, e) == 0)
		return 0;
	if (e->code != RI_E_VERIFY && e->code != RI_E_CONFIG && e->code != RI_E_GUEST)
		return -1;
	o->manifest_error = strdup(e->msg);
	*e = (struct ri_err){ 0 };
	return o->manifest_error ? 0 : ri_nomem(e);
}

/* The archive's path as the guest has it: the manifest's is relative to its own file system. */
static int archive_path(const struct ri_manifest *m, struct ri_buf *out, struct ri_err *e)
{
	ri_buf_addf(out, "%s%s", m->archive_on_root ? "" : "/boot", m->archive);
	return ri_buf_check(out, e);
}

/*
 * Where the archive is: links are followed as the loader does, on the file system that it looks at. *@out is NULL
 * where it finds none.
 */
static int find_archive(struct ri_guest *g, const struct ri_facts *f, const struct ri_manifest *m,
    char **out, struct ri_err *e)
{
	RI_BUF path = { 0 };
	RI_FREE char *real = NULL;
	enum ri_kind kind;

	if (archive_path(m, &path, e) < 0 || g->ops->kind(g, path.p, &kind, e) < 0)
		return -1;
	if (kind == RI_KIND_LINK) {
		if (g->ops->resolve(g, path.p, &real, e) < 0) {
			if (!ri_guest_leads_nowhere(e))
				return -1;
			*e = (struct ri_err){ 0 };
			return 0;
		}
		if (ri_guest_mount_of(f, real) != f->boot)
			return 0;
		if (g->ops->kind(g, real, &kind, e) < 0)
			return -1;
	}
	if (kind != RI_KIND_FILE)
		return 0;
	*out = real ? ri_steal(real) : ri_buf_steal(&path);
	return *out ? 0 : ri_nomem(e);
}

static int look_at_archive(struct ri_guest *g, const struct ri_facts *f, struct ri_verify_seen *o,
    struct ri_err *e)
{
	RI_FREE uint64_t *sizes = NULL;
	RI_FREE char *path = NULL, *dir = NULL;
	RI_STRV names = { 0 };

	if (find_archive(g, f, &o->manifest, &path, e) < 0)
		return -1;
	if (!path)
		return 0;
	o->archive_present = true;
	dir = strndup(path, (size_t)(ri_file_base(path) - path));
	if (!dir)
		return ri_nomem(e);
	if (g->ops->list(g, dir, &names, &sizes, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (strcmp(names.v[i], ri_file_base(path)) == 0)
			o->archive_bytes = sizes[i];
	/* A wrong length is verdict enough; hashing what is long takes long. */
	if (o->archive_bytes != o->manifest.archive_bytes)
		return 0;
	/* All holes, with a manifest to match: hashing those would take days. */
	if (o->archive_bytes > f->boot->bytes)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "%s has %llu bytes, more than the %llu of its file system: no build made it",
		    path, (unsigned long long)o->archive_bytes, (unsigned long long)f->boot->bytes);
	return g->ops->sha256(g, path, o->archive_sha256, e);
}

/* Whether @whole begins with all of @part. */
static int begins_with(const char *whole, const char *part, bool *yes, struct ri_err *e)
{
	RI_FD int a = open(whole, O_RDONLY | O_CLOEXEC);
	RI_FD int b = open(part, O_RDONLY | O_CLOEXEC);
	char x[65536], y[65536];

	if (a < 0 || b < 0)
		return ri_fail(e, RI_E_IO, errno, "comparing the initrds");
	for (off_t at = 0;;) {
		ssize_t n = pread(b, y, sizeof y, at);

		if (n < 0)
			return ri_fail(e, RI_E_IO, errno, "reading %s", part);
		*yes = true;
		if (n == 0)
			return 0;
		*yes = pread(a, x, (size_t)n, at) == n && memcmp(x, y, (size_t)n) == 0;
		if (!*yes)
			return 0;
		at += n;
	}
}

static int look_at_base(struct ri_guest *g, const struct ri_facts *f, const char *ours,
    const char *dir, struct ri_verify_seen *o, struct ri_err *e)
{
	const struct ri_boot_file *file =
	    ri_kernels_initrd(f->boot_files, f->boot_files_n, o->manifest.kernel);
	RI_FREE char *base = ri_file_join(dir, "base");
	RI_BUF path = { 0 };

	if (!base)
		return ri_nomem(e);
	if (!file)
		return 0;
	ri_buf_addf(&path, "/boot/%s", file->name);
	if (ri_buf_check(&path, e) < 0)
		return -1;
	if (g->ops->download(g, path.p, RI_INITRD_BYTES_MAX, base, e) < 0)
		return -1;
	o->base_known = true;
	return begins_with(ours, base, &o->base_same, e);
}

int ri_verify_read(struct ri_guest *g, const struct ri_facts *f, const char *dir,
    struct ri_verify_seen *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_observed_free) struct ri_verify_seen o = { 0 };
	RI_FREE char *initrd = ri_file_join(dir, "initrd");
	enum ri_kind kind;

	if (!initrd)
		return ri_nomem(e);
	if (g->ops->kind(g, RI_PATH_INITRD, &kind, e) < 0)
		return -1;
	o.initrd_present = kind == RI_KIND_FILE;
	if (o.initrd_present &&
	    (g->ops->download(g, RI_PATH_INITRD, RI_INITRD_BYTES_MAX, initrd, e) < 0 ||
		read_manifest(initrd, &o, e) < 0))
		return -1;
	if (o.initrd_present && !o.manifest_error &&
	    (look_at_archive(g, f, &o, e) < 0 || look_at_base(g, f, initrd, dir, &o, e) < 0))
		return -1;
	*out = o;
	o = (struct ri_verify_seen){ 0 };
	return 0;
}
