// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/drift.h"
#include "plan/job.h"

/* The lines of a record, in their order. */
enum { KERNEL, IMAGE, INITRD, NEWEST, PACKAGES, LINES };

static const char *const keys[LINES] = {
	[KERNEL] = "kernel=",
	[IMAGE] = "image_bytes=",
	[INITRD] = "initrd_bytes=",
	[NEWEST] = "newest=",
	[PACKAGES] = "packages=",
};

#define IMAGE_PREFIX "vmlinuz-"

static unsigned long long image_bytes(const struct ri_drift_now *now, const char *version)
{
	for (size_t i = 0; i < now->n; i++) {
		const char *name = now->files[i].name;

		if (strncmp(name, IMAGE_PREFIX, strlen(IMAGE_PREFIX)) == 0 &&
		    strcmp(name + strlen(IMAGE_PREFIX), version) == 0)
			return now->files[i].size;
	}
	return 0;
}

static unsigned long long initrd_bytes(const struct ri_drift_now *now, const char *version)
{
	const struct ri_boot_file *f = ri_kernels_initrd(now->files, now->n, version);

	return f ? f->size : 0;
}

/* The newest kernel with an initrd: modules are not looked for, where the root may not be. */
static const char *newest(const struct ri_drift_now *now)
{
	const char *best = "";

	for (size_t i = 0; i < now->n; i++) {
		const char *v = now->files[i].name + strlen(IMAGE_PREFIX);

		if (strncmp(now->files[i].name, IMAGE_PREFIX, strlen(IMAGE_PREFIX)) == 0 &&
		    ri_kernel_is_version(v) && now->files[i].size > 0 && initrd_bytes(now, v) > 0 &&
		    (!*best || ri_kernel_is_newer(v, best)))
			best = v;
	}
	return best;
}

int ri_drift_record(const struct ri_drift_now *now, const char *version, struct ri_buf *out,
    struct ri_err *e)
{
	ri_buf_addf(out, "%s%s\n%s%llu\n%s%llu\n%s%s\n%s%s\n", keys[KERNEL], version, keys[IMAGE],
	    image_bytes(now, version), keys[INITRD], initrd_bytes(now, version), keys[NEWEST],
	    newest(now), keys[PACKAGES], now->packages);
	return ri_buf_check(out, e);
}

/* The values of a record's lines, and the manifest behind them. @return false: it is none. */
static bool parse(struct ri_span record, struct ri_span values[static LINES],
    struct ri_span *manifest)
{
	struct ri_span line;

	for (size_t i = 0; i < LINES; i++) {
		if (!ri_span_line(&record, &line) || !ri_span_starts(line, keys[i]))
			return false;
		values[i] = ri_span_skip(ri_span_chomp(line), strlen(keys[i]));
	}
	*manifest = record;
	return record.n == 0 || ri_span_starts(record, "format=");
}

static void add(struct ri_buf *out, const char *what, const char *version, const char *how)
{
	ri_buf_addf(out, "%s%s%s%s", out->n > 0 ? "; " : "", what, version, how);
}

static int compare(const struct ri_span was[static LINES], const struct ri_span is[static LINES],
    const struct ri_drift_now *now, struct ri_buf *out, struct ri_err *e)
{
	RI_FREE char *version = ri_span_dup(was[KERNEL]);
	RI_FREE char *before = ri_span_dup(was[NEWEST]);
	const char *latest = newest(now);

	if (!version || !before)
		return ri_nomem(e);
	if (!ri_kernel_is_version(version) || (*before && !ri_kernel_is_version(before)))
		return 0;
	if (*latest && (!*before || ri_kernel_is_newer(latest, before)))
		add(out, "kernel ", latest, " was installed");
	if (image_bytes(now, version) == 0)
		add(out, "kernel ", version, " was removed");
	else if (!ri_span_eq(was[IMAGE], is[IMAGE]))
		add(out, "kernel ", version, " was replaced");
	else if (!ri_span_eq(was[INITRD], is[INITRD]))
		add(out, "the initrd of kernel ", version, " was made anew");
	if (!ri_span_eq(was[PACKAGES], is[PACKAGES]))
		add(out, "packages were installed, upgraded or removed", "", "");
	return ri_buf_check(out, e);
}

int ri_drift_manifest(struct ri_span record, struct ri_manifest *out, struct ri_err *e)
{
	struct ri_span values[LINES], manifest;
	struct ri_err why = { 0 };

	if (!parse(record, values, &manifest) || manifest.n == 0)
		return 0;
	if (ri_manifest_parse(manifest, out, &why) == 0)
		return 1;
	if (why.code == RI_E_NOMEM)
		*e = why;
	return why.code == RI_E_NOMEM ? -1 : 0;
}

int ri_drift_find(struct ri_span record, const struct ri_drift_now *now, struct ri_buf *out,
    struct ri_err *e)
{
	struct ri_span was[LINES], is[LINES], rest;
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest m = { 0 };
	RI_FREE char *version = NULL;
	RI_BUF text = { 0 };

	if (!parse(record, was, &rest))
		return 0;
	/* A slim image has nothing of it but the kernel, and nobody who would change it. */
	if (ri_drift_manifest(record, &m, e) < 0)
		return -1;
	if (m.on_failure)
		return 0;
	version = ri_span_dup(was[KERNEL]);
	if (!version)
		return ri_nomem(e);
	if (ri_drift_record(now, version, &text, e) < 0)
		return -1;
	return parse(ri_buf_span(&text), is, &rest) ? compare(was, is, now, out, e) : 0;
}

int ri_drift_form(struct ri_span record, const char **out, struct ri_err *e)
{
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest m = { 0 };
	int rc = ri_drift_manifest(record, &m, e);

	*out = rc > 0 ? ri_form_of(&m) : NULL;
	return rc < 0 ? -1 : 0;
}
