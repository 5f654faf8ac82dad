// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "os/kernels.h"
#include "os/version.h"

#define NAME_CHARS "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._+~-"

enum { NAME_SHOWN = 100 }; /* bytes of a name in a message */

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

/**
 * The V of vmlinuz-V, or NULL if the file is not a usable kernel (as in grub_file_is_not_garbage).
 */
static const char *kernel_version(const char *name)
{
	static const char prefix[] = "vmlinuz-";
	const char *v = name + sizeof prefix - 1;

	if (strncmp(name, prefix, sizeof prefix - 1) != 0 || *v == '\0')
		return NULL;
	if (v[strspn(v, NAME_CHARS)] != '\0' || *v == '.' || strstr(v, ".dpkg-") ||
	    ends_with(v, ".bak") || ends_with(v, ".old") || ends_with(v, ".sig"))
		return NULL;
	return v;
}

/** The file "PREFIX V SUFFIX" among @files, or NULL. */
static const struct ri_boot_file *find_file(const struct ri_boot_file *files, size_t n,
    const char *prefix, const char *v, const char *suffix)
{
	size_t lp = strlen(prefix), lv = strlen(v);

	for (size_t i = 0; i < n; i++) {
		const char *name = files[i].name;

		if (strncmp(name, prefix, lp) == 0 && strncmp(name + lp, v, lv) == 0 &&
		    strcmp(name + lp + lv, suffix) == 0)
			return &files[i];
	}
	return NULL;
}

static const struct ri_boot_file *find_initrd(const struct ri_boot_file *files, size_t n,
    const char *v)
{
	const struct ri_boot_file *f = find_file(files, n, "initrd.img-", v, "");

	return f ? f : find_file(files, n, "initrd-", v, ".img");
}

/** Why a kernel cannot be used, for the message; NULL if it can. */
static const char *fault_of(const char *v, const struct ri_boot_file *initrd,
    const struct ri_strv *modules)
{
	if (!initrd)
		return "has no initrd";
	if (initrd->size == 0)
		return "has an empty initrd";
	return ri_strv_has(modules, v) ? NULL : "has no directory in /lib/modules";
}

/** What was there and could not be used. */
struct rejects {
	struct ri_buf text;
	size_t n;
};

static void rejects_free(struct rejects *r)
{
	ri_buf_free(&r->text);
}

static void reject(struct rejects *r, const char *name, const char *fault)
{
	const size_t shown = 5;

	r->n++;
	if (r->n <= shown)
		ri_buf_addf(&r->text, "%s/boot/%.*s %s", r->n > 1 ? ", " : "", NAME_SHOWN, name,
		    fault);
	else if (r->n == shown + 1)
		ri_buf_add_str(&r->text, ", …");
}

static void kernel_free(struct ri_kernel *k)
{
	free(k->version);
	free(k->image);
	free(k->initrd);
	*k = (struct ri_kernel){ 0 };
}

static int add_kernel(struct ri_kernels *out, const char *v, const char *image, const char *initrd,
    struct ri_err *e)
{
	struct ri_kernel *grown = realloc(out->v, (out->n + 1) * sizeof *grown);
	RI_ON_EXIT(kernel_free) struct ri_kernel k = { 0 };
	RI_BUF image_path = { 0 };
	RI_BUF initrd_path = { 0 };

	if (!grown)
		return ri_nomem(e);
	out->v = grown;
	ri_buf_addf(&image_path, "/boot/%s", image);
	ri_buf_addf(&initrd_path, "/boot/%s", initrd);
	k.version = ri_span_dup(ri_str(v));
	k.image = ri_buf_steal(&image_path);
	k.initrd = ri_buf_steal(&initrd_path);
	if (!k.version || !k.image || !k.initrd)
		return ri_nomem(e);
	out->v[out->n++] = k;
	k = (struct ri_kernel){ 0 };
	return 0;
}

/**
 * The version as update-grub compares it (version_test_gt in grub-mkconfig_lib): -rc3, .pre and the
 * like become ~rc3, ~pre, and so sort before the release.
 */
static void sort_key(const char *v, struct ri_buf *out)
{
	static const char *const early[] = { "pre", "rc", "test", "git", "old", "trunk" };

	for (; *v; v++) {
		bool tilde = false;

		for (size_t i = 0; i < sizeof early / sizeof *early; i++)
			tilde = tilde || strncmp(v + 1, early[i], strlen(early[i])) == 0;
		ri_buf_add(out, tilde && strchr("._-", *v) ? "~" : v, 1);
	}
	ri_buf_add_str(out, "");
}

static int newest_first(const void *pa, const void *pb)
{
	const struct ri_kernel *a = pa, *b = pb;
	RI_BUF ka = { 0 };
	RI_BUF kb = { 0 };
	int diff;

	sort_key(a->version, &ka);
	sort_key(b->version, &kb);
	diff = ka.oom || kb.oom ? 0 : ri_version_cmp(kb.p, ka.p);
	return diff != 0 ? diff : ri_version_cmp(b->version, a->version);
}

int ri_kernels_find(const struct ri_boot_file *files, size_t n, const struct ri_strv *modules,
    struct ri_kernels *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_kernels_free) struct ri_kernels found = { 0 };
	RI_ON_EXIT(rejects_free) struct rejects no = { 0 };

	for (size_t i = 0; i < n; i++) {
		const char *v = kernel_version(files[i].name);
		const struct ri_boot_file *initrd = v ? find_initrd(files, n, v) : NULL;
		const char *fault = v ? fault_of(v, initrd, modules) : NULL;

		if (v && files[i].size == 0)
			fault = "is empty";
		if (v && files[i].size > RI_KERNEL_BYTES_MAX)
			fault = "is larger than 256 MiB";
		if (fault)
			reject(&no, files[i].name, fault);
		else if (v && add_kernel(&found, v, files[i].name, initrd->name, e) < 0)
			return -1;
	}
	if (ri_buf_check(&no.text, e) < 0)
		return -1;
	if (found.n == 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "%s",
		    no.n > 0 ? no.text.p : "no kernel in /boot");
	qsort(found.v, found.n, sizeof *found.v, newest_first);
	*out = found;
	found = (struct ri_kernels){ 0 };
	return 0;
}

void ri_kernels_free(struct ri_kernels *k)
{
	for (size_t i = 0; i < k->n; i++)
		kernel_free(&k->v[i]);
	free(k->v);
	*k = (struct ri_kernels){ 0 };
}
