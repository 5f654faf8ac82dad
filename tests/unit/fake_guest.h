// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A guest with state: a small Debian on one file system, in memory, and a failure that a test puts at the
 * nth call. Several may be guests of one disk, as the appliance and a direct reader are.
 */
#include "guest/guest.h"

#include "host/hostfile.h"
#include "unit/files.h"
#include "host/sha256.h"

#include <errno.h>
#include <fnmatch.h>

#define FAKE_UUID "11111111-2222-3333-4444-555555555555"

/** The head of a program, by which its guest is told to be x86_64. */
static const char fake_program[] = "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\076";

struct fake_file {
	char path[128];
	char *bytes;
	size_t n;
	unsigned mode;
	bool dir, link, synced;
	struct timespec mtime; /* 0: of now */
};

struct fake_guest {
	struct ri_guest_rw w;
	struct fake_guest *disk; /* whose files it shows; NULL: its own */
	struct fake_file f[64];
	size_t n;
	size_t calls, fail_at; /* the nth call fails; 0: none */
	int fail_sys;
	bool unsure;  /* then it is the direct reader that does not know */
	bool limited; /* then it is a limit */
	bool
	    host_files; /* what is uploaded is read; without, its name is the content, and its own hash */
	bool damaged;       /* e2fsck finds it beyond repair */
	uint64_t avail;     /* bytes that are free on its file system */
	char log[4096];     /* what was renamed, removed and synced, in order */
	size_t logged_sync; /* the log's length after the last sync */
};

static inline struct fake_guest *fake_disk(struct ri_guest *g)
{
	struct fake_guest *k = (struct fake_guest *)g;

	return k->disk ? k->disk : k;
}

static inline void fake_free(struct fake_guest *k)
{
	for (size_t i = 0; i < k->n; i++)
		free(k->f[i].bytes);
	k->n = 0;
}

static struct fake_file *fake_find(struct fake_guest *k, const char *path)
{
	for (size_t i = 0; i < k->n; i++)
		if (strcmp(k->f[i].path, path) == 0)
			return &k->f[i];
	return NULL;
}

static struct fake_file *fake_put(struct fake_guest *k, const char *path, const char *bytes,
    size_t n, unsigned mode)
{
	struct fake_file *f = fake_find(k, path);

	if (!f) {
		if (k->n == sizeof k->f / sizeof k->f[0])
			abort(); /* the test outgrew the fake */
		f = &k->f[k->n++];
	} else {
		free(f->bytes);
	}
	memset(f, 0, sizeof *f);
	snprintf(f->path, sizeof f->path, "%s", path);
	f->bytes = malloc(n + 1);
	if (!f->bytes)
		abort();
	if (n > 0)
		memcpy(f->bytes, bytes, n);
	f->n = n;
	f->mode = mode;
	return f;
}

static int fake_step(struct ri_guest *g, struct ri_err *e, const char *what)
{
	struct fake_guest *k = (struct fake_guest *)g;

	if (++k->calls == k->fail_at) {
		g->ask_appliance = k->unsure;
		return ri_fail(e,
		    k->limited  ? RI_E_BUDGET
		    : k->unsure ? RI_E_UNSUPPORTED
				: RI_E_IO,
		    k->fail_sys ? k->fail_sys : ENOSPC, "fake %s", what);
	}
	return 0;
}

static int fake_kind(struct ri_guest *g, const char *path, enum ri_kind *out, struct ri_err *e)
{
	struct fake_file *f = fake_find(fake_disk(g), path);

	if (fake_step(g, e, "kind") < 0)
		return -1;
	*out = !f ? RI_KIND_NONE : f->link ? RI_KIND_LINK : f->dir ? RI_KIND_DIR : RI_KIND_FILE;
	return 0;
}

/* A link's bytes are its target's absolute path. */
static int fake_resolve(struct ri_guest *g, const char *path, char **out, struct ri_err *e)
{
	struct fake_file *f = fake_find(fake_disk(g), path);

	if (fake_step(g, e, "resolve") < 0)
		return -1;
	*out = f && f->link ? strndup(f->bytes, f->n) : strdup(path);
	if (!*out)
		abort();
	if (f && (!f->link || fake_find(fake_disk(g), *out)))
		return 0;
	free(*out);
	*out = NULL;
	return ri_fail(e, RI_E_IO, ENOENT, "%s", path);
}

static int fake_read(struct ri_guest *g, const char *path, size_t max, struct ri_buf *out,
    struct ri_err *e)
{
	struct fake_file *f = fake_find(fake_disk(g), path);
	char to[128];

	(void)max;
	if (f && f->link) {
		snprintf(to, sizeof to, "%.*s", (int)f->n, f->bytes);
		f = fake_find(fake_disk(g), to);
	}
	if (fake_step(g, e, "read") < 0)
		return -1;
	if (!f)
		return ri_fail(e, RI_E_IO, ENOENT, "%s", path);
	ri_buf_add(out, f->bytes, f->n);
	return ri_buf_check(out, e);
}

static int fake_write(struct ri_guest_rw *w, const char *path, struct ri_span s, struct ri_err *e)
{
	if (fake_step(&w->g, e, "write") < 0)
		return -1;
	fake_put((struct fake_guest *)w, path, s.p, s.n, 0666);
	return 0;
}

static int fake_upload(struct ri_guest_rw *w, const char *host, const char *path, struct ri_err *e)
{
	RI_BUF b = { 0 };

	if (fake_step(&w->g, e, "upload") < 0)
		return -1;
	if (!((struct fake_guest *)w)->host_files) {
		fake_put(fake_disk(&w->g), path, host, strlen(host), 0666);
		return 0;
	}
	if (ri_file_read(host, SIZE_MAX, &b, e) < 0)
		return -1;
	fake_put(fake_disk(&w->g), path, b.p, b.n, 0666);
	return 0;
}

static int fake_attrs(struct ri_guest_rw *w, const char *path, unsigned mode, const char *like,
    struct ri_err *e)
{
	struct fake_guest *k = (struct fake_guest *)w;

	if (fake_step(&w->g, e, "attrs") < 0)
		return -1;
	fake_find(k, path)->mode = like ? fake_find(k, like)->mode : mode;
	return 0;
}

/* The directory that @path is in changes. */
static void fake_touch_dir(struct fake_guest *k, const char *path)
{
	char dir[128];
	struct fake_file *f;

	snprintf(dir, sizeof dir, "%.*s", (int)(strrchr(path, '/') - path), path);
	f = fake_find(k, dir);
	if (f)
		f->mtime = (struct timespec){ 0 };
}

static int fake_mtime(struct ri_guest_rw *w, const char *path, struct timespec *out,
    struct ri_err *e)
{
	struct fake_file *f = fake_find((struct fake_guest *)w, path);

	if (fake_step(&w->g, e, "mtime") < 0)
		return -1;
	*out = f ? f->mtime : (struct timespec){ 0 };
	return 0;
}

static int fake_set_mtime(struct ri_guest_rw *w, const char *path, const struct timespec *t,
    struct ri_err *e)
{
	struct fake_file *f = fake_find((struct fake_guest *)w, path);

	if (fake_step(&w->g, e, "set_mtime") < 0)
		return -1;
	if (f)
		f->mtime = *t;
	return 0;
}

static void fake_forget(struct fake_guest *k, const char *path)
{
	struct fake_file *f = fake_find(k, path);

	if (!f)
		return;
	free(f->bytes);
	*f = k->f[--k->n];
}

static void fake_log(struct fake_guest *k, const char *what, const char *path)
{
	size_t used = strlen(k->log);

	snprintf(k->log + used, sizeof k->log - used, "%s %s\n", what, path);
}

static int fake_rename(struct ri_guest_rw *w, const char *from, const char *to, struct ri_err *e)
{
	struct fake_guest *k = (struct fake_guest *)w;

	if (fake_step(&w->g, e, "rename") < 0)
		return -1;
	fake_forget(k, to);
	snprintf(fake_find(k, from)->path, sizeof k->f[0].path, "%s", to);
	fake_touch_dir(k, to);
	fake_log(k, "put", to);
	return 0;
}

static int fake_remove(struct ri_guest_rw *w, const char *path, struct ri_err *e)
{
	if (fake_step(&w->g, e, "remove") < 0)
		return -1;
	fake_forget((struct fake_guest *)w, path);
	fake_touch_dir((struct fake_guest *)w, path);
	fake_log((struct fake_guest *)w, "remove", path);
	return 0;
}

static int fake_rmdir(struct ri_guest_rw *w, const char *path, struct ri_err *e)
{
	if (fake_step(&w->g, e, "rmdir") < 0)
		return -1;
	fake_forget((struct fake_guest *)w, path);
	fake_log((struct fake_guest *)w, "rmdir", path);
	return 0;
}

/* A directory of the fake is there as long as something is below it. */
static int fake_remove_tree(struct ri_guest_rw *w, const char *path, struct ri_err *e)
{
	struct fake_guest *k = (struct fake_guest *)w;
	size_t n = strlen(path);

	if (fake_step(&w->g, e, "remove_tree") < 0)
		return -1;
	fake_forget(k, path);
	for (size_t i = 0; i < k->n;)
		if (strncmp(k->f[i].path, path, n) == 0 && k->f[i].path[n] == '/')
			fake_forget(k, k->f[i].path);
		else
			i++;
	fake_log(k, "remove_tree", path);
	return 0;
}

static int fake_trim(struct ri_guest_rw *w, const char *path, struct ri_err *e)
{
	if (fake_step(&w->g, e, "trim") < 0)
		return -1;
	fake_log((struct fake_guest *)w, "trim", path);
	return 0;
}

static int fake_mkdirs(struct ri_guest_rw *w, const char *path, unsigned mode, struct ri_err *e)
{
	struct fake_guest *k = (struct fake_guest *)w;

	if (fake_step(&w->g, e, "mkdirs") < 0)
		return -1;
	if (fake_find(k, path))
		return 0;
	fake_put(k, path, "", 0, mode)->dir = true;
	fake_touch_dir(k, path);
	return 0;
}

static int fake_sync(struct ri_guest_rw *w, struct ri_err *e)
{
	struct fake_guest *k = (struct fake_guest *)w;

	if (fake_step(&w->g, e, "sync") < 0)
		return -1;
	for (size_t i = 0; i < k->n; i++)
		k->f[i].synced = true;
	/* Where nothing was done since, it is no matter. */
	if (strlen(k->log) > k->logged_sync)
		fake_log(k, "sync", "/");
	k->logged_sync = strlen(k->log);
	return 0;
}

static int fake_sha256(struct ri_guest *g, const char *path, char hex[RI_SHA256_HEX + 1],
    struct ri_err *e)
{
	struct fake_file *f = fake_find(fake_disk(g), path);

	if (fake_step(g, e, "sha256") < 0)
		return -1;
	if (!f)
		return ri_fail(e, RI_E_IO, ENOENT, "%s", path);
	if (((struct fake_guest *)g)->host_files)
		ri_sha256_span(ri_span(f->bytes, f->n), hex);
	else
		snprintf(hex, RI_SHA256_HEX + 1, "%.*s", (int)f->n, f->bytes);
	return 0;
}

static int fake_umount_all(struct ri_guest *g, struct ri_err *e)
{
	return fake_step(g, e, "umount_all");
}

static int fake_mount(struct ri_guest *g, const char *device, const char *mountpoint, bool readonly,
    struct ri_err *e)
{
	(void)device, (void)mountpoint, (void)readonly;
	return fake_step(g, e, "mount");
}

/* One that is both the default and the top-level subvolume. */
static int fake_subvolumes(struct ri_guest *g, const char *device, struct ri_subvols *out,
    struct ri_err *e)
{
	if (fake_step(g, e, "subvolumes") < 0 ||
	    g->ops->mount_subvolume(g, device, RI_SUBVOL_TOP, "/", true, e) < 0)
		return -1;
	out->by_default = RI_SUBVOL_TOP;
	return ri_subvols_add(out, RI_SUBVOL_TOP, "", e);
}

static int fake_mount_subvolume(struct ri_guest *g, const char *device, uint64_t id,
    const char *mountpoint, bool readonly, struct ri_err *e)
{
	(void)device, (void)id, (void)mountpoint, (void)readonly;
	return fake_step(g, e, "mount_subvolume");
}

static int fake_is_snapshot(struct ri_guest *g, const char *path, bool *yes, struct ri_err *e)
{
	(void)path;
	*yes = false;
	return fake_step(g, e, "is_snapshot");
}

static int fake_filesystems(struct ri_guest *g, struct ri_guest_fslist *out, struct ri_err *e)
{
	if (fake_step(g, e, "filesystems") < 0)
		return -1;
	out->v = calloc(1, sizeof *out->v);
	if (!out->v)
		abort();
	out->v[out->n++] = (struct ri_guest_fs){ strdup("/dev/sda1"), strdup("ext4") };
	return 0;
}

static int fake_preen(struct ri_guest *g, const char *device, bool *bad, struct ri_err *e)
{
	(void)device;
	*bad = ((struct fake_guest *)g)->damaged;
	return fake_step(g, e, "preen");
}

static int fake_describe(struct ri_guest *g, struct ri_buf *out, struct ri_err *e)
{
	ri_buf_add_str(out, "MS-DOS (dos) on /dev/sda1");
	return fake_step(g, e, "describe");
}

static int fake_tags(struct ri_guest *g, const char *device, struct ri_strv *out, struct ri_err *e)
{
	(void)device;
	return fake_step(g, e, "tags") < 0 ? -1 : ri_strv_add(out, "UUID=" FAKE_UUID, e);
}

static int fake_device(struct ri_guest *g, const char *device, char **uuid, char **root_spec,
    struct ri_bootdev *out, struct ri_err *e)
{
	(void)device;
	if (fake_step(g, e, "device") < 0)
		return -1;
	*uuid = strdup(FAKE_UUID);
	*root_spec = strdup("UUID=" FAKE_UUID);
	*out = (struct ri_bootdev){ .part = 1, .ptable = strdup("msdos") };
	return 0;
}

static int fake_space(struct ri_guest *g, const char *path, uint64_t *size, uint64_t *avail,
    struct ri_err *e)
{
	(void)path;
	*size = (uint64_t)3 << 30;
	*avail = fake_disk(g)->avail;
	return fake_step(g, e, "space");
}

/* The name of @f in the directory @dir; NULL where it is not right in it. */
static inline const char *fake_name_in(const struct fake_file *f, const char *dir)
{
	size_t n = strlen(dir);

	while (n > 0 && dir[n - 1] == '/')
		n--;
	return strncmp(f->path, dir, n) == 0 && f->path[n] == '/' && !strchr(f->path + n + 1, '/')
		   ? f->path + n + 1
		   : NULL;
}

static int fake_list(struct ri_guest *g, const char *dir, struct ri_strv *names, uint64_t **sizes,
    struct ri_err *e)
{
	struct fake_guest *k = fake_disk(g);

	if (fake_step(g, e, "list") < 0)
		return -1;
	*sizes = calloc(k->n + 1, sizeof **sizes);
	for (size_t i = 0; i < k->n; i++) {
		const char *name = fake_name_in(&k->f[i], dir);

		if (!name)
			continue;
		(*sizes)[names->n] = k->f[i].dir || k->f[i].link ? UINT64_MAX : k->f[i].n;
		if (ri_strv_add(names, name, e) < 0)
			return -1;
	}
	return 0;
}

static int fake_download(struct ri_guest *g, const char *path, uint64_t max, const char *host_path,
    struct ri_err *e)
{
	struct fake_file *f = fake_find(fake_disk(g), path);

	if (fake_step(g, e, "download") < 0)
		return -1;
	if (!f)
		return ri_fail(e, RI_E_IO, ENOENT, "%s", path);
	if (f->n > max)
		return ri_fail(e, RI_E_BUDGET, 0, "%s has more than %llu bytes", path,
		    (unsigned long long)max);
	return put_file(host_path, ri_span(f->bytes, f->n), 0600, e);
}

static int fake_glob(struct ri_guest *g, const char *pattern, struct ri_strv *out, struct ri_err *e)
{
	struct fake_guest *k = fake_disk(g);

	if (fake_step(g, e, "glob") < 0)
		return -1;
	for (size_t i = 0; i < k->n; i++)
		if (fnmatch(pattern, k->f[i].path, FNM_PATHNAME) == 0 &&
		    ri_strv_add(out, k->f[i].path, e) < 0)
			return -1;
	return 0;
}

static int fake_usage(struct ri_guest *g, const char *path, uint64_t *bytes, struct ri_err *e)
{
	struct fake_guest *k = fake_disk(g);

	*bytes = 0;
	for (size_t i = 0; i < k->n; i++)
		if (strncmp(k->f[i].path, path, strlen(path)) == 0)
			*bytes += k->f[i].n;
	return fake_step(g, e, "usage");
}

static int fake_shutdown(struct ri_guest_rw *w, struct ri_err *e)
{
	return fake_step(&w->g, e, "shutdown");
}

/* Its memory is the test's. */
static void fake_close(struct ri_guest *g)
{
	(void)g;
}

static const struct ri_guest_ops fake_ops = {
	.filesystems = fake_filesystems,
	.preen = fake_preen,
	.describe = fake_describe,
	.mount = fake_mount,
	.subvolumes = fake_subvolumes,
	.mount_subvolume = fake_mount_subvolume,
	.is_snapshot = fake_is_snapshot,
	.umount_all = fake_umount_all,
	.tags = fake_tags,
	.device = fake_device,
	.space = fake_space,
	.kind = fake_kind,
	.resolve = fake_resolve,
	.list = fake_list,
	.read = fake_read,
	.download = fake_download,
	.sha256 = fake_sha256,
	.glob = fake_glob,
	.usage = fake_usage,
	.close = fake_close,
};

static const struct ri_guest_write_ops fake_write_ops = {
	.write = fake_write,
	.upload = fake_upload,
	.attrs = fake_attrs,
	.mtime = fake_mtime,
	.set_mtime = fake_set_mtime,
	.rename = fake_rename,
	.remove = fake_remove,
	.rmdir = fake_rmdir,
	.remove_tree = fake_remove_tree,
	.trim = fake_trim,
	.mkdirs = fake_mkdirs,
	.sync = fake_sync,
	.shutdown = fake_shutdown,
};
