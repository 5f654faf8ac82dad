// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build/artifacts_check.h"
#include "build/signature.h"
#include "host/dir.h"
#include "host/hostfile.h"
#include "host/json.h"
#include "host/sha256.h"
#include "plan/job.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define MANIFEST "manifest.json"
#define MANIFEST_MAX ((size_t)4 << 20)
#define FORMAT "ramimg.build/1"

/* What the manifest says of a file; the strings are its own. */
struct listed {
	const char *name, *sha256;
	int64_t bytes; /* -1: it does not say */
};

/* A name that a build gives: no path, and nothing that a terminal or a shell minds. */
static bool is_name(const char *s)
{
	static const char plain[] =
	    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._+~-";

	return s && *s && *s != '.' && strlen(s) < 256 && s[strspn(s, plain)] == '\0';
}

static bool is_sum(const char *s)
{
	return s && strlen(s) == RI_SHA256_HEX && s[strspn(s, "0123456789abcdef")] == '\0';
}

/* "archive" is an object of its own; "entry" a name, with its sum beside it. @return whether it is well-formed. */
static bool find(json_t *files, const char *what, struct listed *out)
{
	json_t *f = json_object_get(files, what);
	char key[32];

	if (json_is_object(f)) {
		out->name = json_string_value(json_object_get(f, "file"));
		out->sha256 = json_string_value(json_object_get(f, "sha256"));
		out->bytes = json_integer_value(json_object_get(f, "bytes"));
		return is_name(out->name) && is_sum(out->sha256) && out->bytes >= 0;
	}
	snprintf(key, sizeof key, "%s_sha256", what);
	out->name = json_string_value(f);
	out->sha256 = json_string_value(json_object_get(files, key));
	out->bytes = -1;
	return is_name(out->name) && is_sum(out->sha256);
}

static int say(struct ri_verdict *v, const char *what, bool good, const char *name,
    const char *detail, struct ri_err *e)
{
	struct ri_verdict_item *it = &v->v[v->n];

	if (asprintf(&it->detail, "%s%s", name, detail) < 0) {
		it->detail = NULL;
		return ri_nomem(e);
	}
	it->what = what;
	it->good = good;
	v->n++;
	v->bad += !good;
	return 0;
}

static int check_one(const struct ri_dir *d, const char *what, const struct listed *l,
    struct ri_verdict *v, struct ri_err *e)
{
	char hex[RI_SHA256_HEX + 1];
	RI_FD int fd = -1;
	struct stat st;
	bool there;

	if (ri_dir_has(d, l->name, &there, e) < 0)
		return -1;
	if (!there)
		return say(v, what, false, l->name, " is missing", e);
	fd = ri_dir_file(d, l->name, O_RDONLY | O_NONBLOCK, e);
	if (fd < 0 || fstat(fd, &st) < 0)
		return ri_ctx(e, "%s", l->name);
	if (!S_ISREG(st.st_mode))
		return say(v, what, false, l->name, " is not a file", e);
	if (l->bytes >= 0 && st.st_size != l->bytes)
		return say(v, what, false, l->name, " has another length than manifest.json says",
		    e);
	if (ri_sha256_fd(fd, l->name, hex, NULL, e) < 0)
		return -1;
	return strcmp(hex, l->sha256) == 0 ? say(v, what, true, l->name, "", e)
					   : say(v, what, false, l->name,
						 " has another SHA-256 than manifest.json says", e);
}

static int no_manifest(const char *why, struct ri_err *e)
{
	return ri_fail(e, RI_E_VERIFY, 0, MANIFEST ": %s", why);
}

static int read_manifest(const struct ri_dir *d, struct ri_buf *out, struct ri_err *e)
{
	RI_FREE char *text = NULL;
	RI_FD int fd = -1;
	struct stat st;
	ssize_t n;
	bool there;

	if (ri_dir_has(d, MANIFEST, &there, e) < 0)
		return -1;
	if (!there)
		return no_manifest("is missing; this is no directory of artifacts", e);
	fd = ri_dir_file(d, MANIFEST, O_RDONLY | O_NONBLOCK, e);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > (off_t)MANIFEST_MAX)
		return no_manifest("is not a file, or too long for one that a build left", e);
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return ri_nomem(e);
	n = ri_file_read_at(fd, text, (size_t)st.st_size, 0);
	if (n < 0)
		return ri_fail(e, RI_E_IO, errno, "reading " MANIFEST);
	ri_buf_add(out, text, (size_t)n);
	return ri_buf_check(out, e);
}

static int check_format(json_t *manifest, struct ri_err *e)
{
	const char *format = json_string_value(json_object_get(manifest, "format"));

	return format && strcmp(format, FORMAT) == 0
		   ? 0
		   : no_manifest("is none that a build left (" FORMAT ")", e);
}

static const char *form_of(json_t *manifest)
{
	const char *form = json_string_value(json_object_get(manifest, "form"));

	for (size_t i = 0; form && ri_form_words[i]; i++)
		if (strcmp(ri_form_words[i], form) == 0)
			return ri_form_words[i];
	return NULL;
}

/* Before anything else of it is believed. The bytes are those that were signed: the file is not read again. */
static int check_signature(const struct ri_dir *d, const char *key, struct ri_span text,
    json_t *manifest, struct ri_verdict *v, struct ri_err *e)
{
	const char *by = json_string_value(json_object_get(manifest, "signed_by"));
	enum ri_signature s;
	RI_BUF why = { 0 };

	if (ri_signature_check(d, key, text, by, &s, &why, e) < 0)
		return -1;
	v->signature = ri_signature_word(s);
	if (!key)
		return 0;
	return s == RI_SIGNATURE_GOOD ? say(v, "signature", true, RI_SIGNATURE_NAME,
					    " is manifest.json's, by that key", e)
				      : say(v, "signature", false, why.p, "", e);
}

static int check_listed(const struct ri_dir *d, json_t *files, const char *what,
    struct ri_verdict *v, struct ri_err *e)
{
	struct listed l;

	if (!find(files, what, &l))
		return ri_fail(e, RI_E_VERIFY, 0,
		    MANIFEST ": does not say what %s is; a build of this version does", what);
	return check_one(d, what, &l, v, e);
}

static int check(const struct ri_dir *d, const char *key, struct ri_verdict *v, struct ri_err *e)
{
	static const char *const what[] = { "archive", "initrd", "kernel", "entry", "fstab",
		"sbom" };
	/* Of a build with --diskless only. */
	static const char *const also[] = { "diskless_initrd", "diskless_cmdline" };
	RI_JSON manifest = NULL;
	RI_BUF text = { 0 };
	json_t *files;

	if (read_manifest(d, &text, e) < 0)
		return -1;
	manifest = json_loadb(text.p ? text.p : "", text.n, JSON_REJECT_DUPLICATES, NULL);
	if (check_signature(d, key, ri_buf_span(&text), manifest, v, e) < 0)
		return -1;
	if (v->bad > 0) /* then its sums say nothing */
		return 0;
	if (check_format(manifest, e) < 0)
		return -1;
	files = json_object_get(manifest, "files");
	v->form = form_of(manifest);
	for (size_t i = 0; i < sizeof what / sizeof *what; i++)
		if (check_listed(d, files, what[i], v, e) < 0)
			return -1;
	for (size_t i = 0; i < sizeof also / sizeof *also; i++)
		if (json_object_get(files, also[i]) && check_listed(d, files, also[i], v, e) < 0)
			return -1;
	return 0;
}

int ri_artifacts_check(const char *dir, const char *key, struct ri_verdict *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_verdict_free) struct ri_verdict v = { 0 };
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };

	/* Others may own it: nothing is written, and no link in it is followed. */
	if (ri_dir_open_any(dir, &d, e) < 0)
		return -1;
	if (check(&d, key, &v, e) < 0)
		return ri_ctx(e, "%s", dir);
	*out = v;
	v = (struct ri_verdict){ 0 };
	return 0;
}
