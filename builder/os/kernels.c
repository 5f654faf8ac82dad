// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "os/kernels.h"
#include "os/version.h"

#define NAME_CHARS "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._+~-"

#define IMAGE "vmlinuz-"

enum { NAME_SHOWN = 100 }; /* bytes of a name in a message */

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

bool ri_kernel_is_version(const char *v)
{
	return *v != '\0' && v[strspn(v, NAME_CHARS)] == '\0' && *v != '.' &&
	       !strstr(v, ".dpkg-") && !ends_with(v, ".bak") && !ends_with(v, ".old") &&
	       !ends_with(v, ".sig");
}

/** The V of vmlinuz-V, or NULL if the file is not a usable kernel. */
static const char *kernel_version(const char *name)
{
	const char *v = name + strlen(IMAGE);

	return strncmp(name, IMAGE, strlen(IMAGE)) == 0 && ri_kernel_is_version(v) ? v : NULL;
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

/* Debian's name, that of other makers of deb packages, and Fedora's. */
static const struct {
	const char *prefix, *suffix;
} initrd_names[] = { { "initrd.img-", "" }, { "initrd-", ".img" }, { "initramfs-", ".img" } };

const struct ri_boot_file *ri_kernels_initrd(const struct ri_boot_file *files, size_t n,
    const char *version)
{
	const struct ri_boot_file *f = NULL;

	for (size_t i = 0; i < sizeof initrd_names / sizeof *initrd_names && !f; i++)
		f = find_file(files, n, initrd_names[i].prefix, version, initrd_names[i].suffix);
	return f;
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

/** Note that kernel @v is passed over because the file or directory @dir/@name @fault. */
static int pass_over(struct ri_kernels *out, const char *v, const char *dir, const char *name,
    const char *fault, struct ri_err *e)
{
	struct ri_kernel_passed *grown = realloc(out->passed, (out->passed_n + 1) * sizeof *grown);
	struct ri_kernel_passed *p;
	RI_BUF why = { 0 };

	if (!grown)
		return ri_nomem(e);
	out->passed = grown;
	p = &out->passed[out->passed_n];
	ri_buf_addf(&why, "%s/%.*s %s", dir, NAME_SHOWN, name, fault);
	*p = (struct ri_kernel_passed){ strndup(v, NAME_SHOWN), ri_buf_steal(&why) };
	out->passed_n++;
	return p->version && p->why ? 0 : ri_nomem(e);
}

/** "/boot/vmlinuz-5 has no initrd, /boot/vmlinuz-6 is empty, …": all that was passed over so far. */
static int none_left(const struct ri_kernels *k, struct ri_err *e)
{
	const size_t shown = 5;
	RI_BUF all = { 0 };

	for (size_t i = 0; i < k->passed_n && i < shown; i++)
		ri_buf_addf(&all, "%s%s", i > 0 ? ", " : "", k->passed[i].why);
	ri_buf_add_str(&all, k->passed_n > shown ? ", …" : "");
	if (ri_buf_check(&all, e) < 0)
		return -1;
	return ri_fail(e, RI_E_UNSUPPORTED, 0, "%s",
	    k->passed_n > 0 ? all.p : "no kernel in /boot");
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

/** Below 0 if @a is the newer of the two. */
static int newest_first(const char *a, const char *b)
{
	RI_BUF ka = { 0 };
	RI_BUF kb = { 0 };
	int diff;

	sort_key(a, &ka);
	sort_key(b, &kb);
	diff = ka.oom || kb.oom ? 0 : ri_version_cmp(kb.p, ka.p);
	return diff != 0 ? diff : ri_version_cmp(b, a);
}

bool ri_kernel_is_newer(const char *a, const char *b)
{
	return newest_first(a, b) < 0;
}

static int by_kernel(const void *pa, const void *pb)
{
	const struct ri_kernel *a = pa, *b = pb;

	return newest_first(a->version, b->version);
}

static int by_passed(const void *pa, const void *pb)
{
	const struct ri_kernel_passed *a = pa, *b = pb;

	return newest_first(a->version, b->version);
}

/** What is there of each image: into @out, usable or passed over. */
static int find_images(const struct ri_boot_file *files, size_t n, const struct ri_strv *modules,
    struct ri_kernels *out, struct ri_err *e)
{
	for (size_t i = 0; i < n; i++) {
		const char *v = kernel_version(files[i].name);
		const struct ri_boot_file *initrd = v ? ri_kernels_initrd(files, n, v) : NULL;
		const char *fault = v ? fault_of(v, initrd, modules) : NULL;

		if (v && files[i].size == 0)
			fault = "is empty";
		if (v && files[i].size > RI_KERNEL_BYTES_MAX)
			fault = "is larger than 256 MiB";
		if (fault ? pass_over(out, v, "/boot", files[i].name, fault, e) < 0
			  : v && add_kernel(out, v, files[i].name, initrd->name, e) < 0)
			return -1;
	}
	return 0;
}

/** Directories of modules that a removed kernel has left: others' begin with no digit. */
static int find_orphans(const struct ri_boot_file *files, size_t n, const struct ri_strv *modules,
    struct ri_kernels *out, struct ri_err *e)
{
	for (size_t i = 0; i < modules->n; i++) {
		const char *v = modules->v[i];

		if (strchr("0123456789", v[0]) && ri_kernel_is_version(v) &&
		    !find_file(files, n, IMAGE, v, "") &&
		    pass_over(out, v, "/lib/modules", v, "has no kernel in /boot", e) < 0)
			return -1;
	}
	return 0;
}

int ri_kernels_find(const struct ri_boot_file *files, size_t n, const struct ri_strv *modules,
    struct ri_kernels *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_kernels_free) struct ri_kernels found = { 0 };

	if (find_images(files, n, modules, &found, e) < 0)
		return -1;
	if (found.n == 0)
		return none_left(&found, e);
	if (find_orphans(files, n, modules, &found, e) < 0)
		return -1;
	qsort(found.v, found.n, sizeof *found.v, by_kernel);
	if (found.passed_n > 0)
		qsort(found.passed, found.passed_n, sizeof *found.passed, by_passed);
	*out = found;
	found = (struct ri_kernels){ 0 };
	return 0;
}

bool ri_kernels_prefer(struct ri_kernels *k, const char *version)
{
	for (size_t i = 0; i < k->n; i++) {
		struct ri_kernel first = k->v[i];

		if (strcmp(first.version, version) != 0)
			continue;
		memmove(k->v + 1, k->v, i * sizeof first);
		k->v[0] = first;
		return true;
	}
	return false;
}

int ri_kernels_refuse(const struct ri_kernels *k, const char *version, struct ri_err *e)
{
	const char *why = "there is no such kernel in the guest";
	RI_BUF there = { 0 };

	for (size_t i = 0; i < k->n; i++)
		ri_buf_addf(&there, "%s%s", i > 0 ? ", " : "", k->v[i].version);
	if (ri_buf_check(&there, e) < 0)
		return -1;
	for (size_t i = 0; i < k->passed_n; i++)
		if (strcmp(k->passed[i].version, version) == 0)
			why = k->passed[i].why;
	return ri_fail(e, RI_E_UNSUPPORTED, 0, "kernel %.*s: %s; it can be one of %s", NAME_SHOWN,
	    version, why, there.p);
}

void ri_kernels_free(struct ri_kernels *k)
{
	for (size_t i = 0; i < k->n; i++)
		kernel_free(&k->v[i]);
	for (size_t i = 0; i < k->passed_n; i++) {
		free(k->passed[i].version);
		free(k->passed[i].why);
	}
	free(k->v);
	free(k->passed);
	*k = (struct ri_kernels){ 0 };
}
