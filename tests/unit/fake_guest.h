#pragma once
/*
 * A guest with state: files in memory, and a failure that a test puts at the nth call.
 */
#include "guest/guest.h"

#include <errno.h>

struct fake_file {
	char path[128];
	char bytes[256];
	size_t n;
	unsigned mode;
	bool dir, link, synced;
};

struct fake_guest {
	struct ri_guest_rw w;
	struct fake_file f[64];
	size_t n;
	size_t calls, fail_at; /* the nth call fails; 0: none */
	int fail_sys;
	char log[4096]; /* what was renamed and removed, in order */
};

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
		if (k->n == sizeof k->f / sizeof k->f[0] || n > sizeof f->bytes)
			abort(); /* the test outgrew the fake */
		f = &k->f[k->n++];
	}
	memset(f, 0, sizeof *f);
	snprintf(f->path, sizeof f->path, "%s", path);
	memcpy(f->bytes, bytes, n);
	f->n = n;
	f->mode = mode;
	return f;
}

static int fake_step(struct ri_guest *g, struct ri_err *e, const char *what)
{
	struct fake_guest *k = (struct fake_guest *)g;

	if (++k->calls == k->fail_at)
		return ri_fail(e, RI_E_IO, k->fail_sys ? k->fail_sys : ENOSPC, "fake %s", what);
	return 0;
}

static int fake_kind(struct ri_guest *g, const char *path, enum ri_kind *out, struct ri_err *e)
{
	struct fake_file *f = fake_find((struct fake_guest *)g, path);

	if (fake_step(g, e, "kind") < 0)
		return -1;
	*out = !f ? RI_KIND_NONE : f->link ? RI_KIND_LINK : f->dir ? RI_KIND_DIR : RI_KIND_FILE;
	return 0;
}

/* A link's bytes are its target's absolute path. */
static int fake_resolve(struct ri_guest *g, const char *path, char **out, struct ri_err *e)
{
	struct fake_file *f = fake_find((struct fake_guest *)g, path);

	if (fake_step(g, e, "resolve") < 0)
		return -1;
	*out = f && f->link ? strndup(f->bytes, f->n) : strdup(path);
	return 0;
}

static int fake_read(struct ri_guest *g, const char *path, size_t max, struct ri_buf *out,
    struct ri_err *e)
{
	struct fake_file *f = fake_find((struct fake_guest *)g, path);

	(void)max;
	if (fake_step(g, e, "read") < 0)
		return -1;
	if (!f)
		return ri_fail(e, RI_E_IO, ENOENT, "%s", path);
	ri_buf_add(out, f->bytes, f->n);
	return 0;
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
	if (fake_step(&w->g, e, "upload") < 0)
		return -1;
	fake_put((struct fake_guest *)w, path, host, strlen(host), 0666);
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

static void fake_forget(struct fake_guest *k, const char *path)
{
	struct fake_file *f = fake_find(k, path);

	if (f)
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
	fake_log(k, "put", to);
	return 0;
}

static int fake_remove(struct ri_guest_rw *w, const char *path, struct ri_err *e)
{
	if (fake_step(&w->g, e, "remove") < 0)
		return -1;
	fake_forget((struct fake_guest *)w, path);
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

static int fake_mkdirs(struct ri_guest_rw *w, const char *path, unsigned mode, struct ri_err *e)
{
	struct fake_guest *k = (struct fake_guest *)w;

	if (fake_step(&w->g, e, "mkdirs") < 0)
		return -1;
	if (!fake_find(k, path))
		fake_put(k, path, "", 0, mode)->dir = true;
	return 0;
}

static int fake_sync(struct ri_guest_rw *w, struct ri_err *e)
{
	struct fake_guest *k = (struct fake_guest *)w;

	if (fake_step(&w->g, e, "sync") < 0)
		return -1;
	for (size_t i = 0; i < k->n; i++)
		k->f[i].synced = true;
	return 0;
}

/* The "hash" of a fake file is its content. */
static int fake_sha256(struct ri_guest *g, const char *path, char hex[RI_SHA256_HEX + 1],
    struct ri_err *e)
{
	struct fake_file *f = fake_find((struct fake_guest *)g, path);

	if (fake_step(g, e, "sha256") < 0)
		return -1;
	if (!f)
		return ri_fail(e, RI_E_IO, ENOENT, "%s", path);
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

static const struct ri_guest_ops fake_ops = {
	.mount = fake_mount,
	.umount_all = fake_umount_all,
	.kind = fake_kind,
	.resolve = fake_resolve,
	.read = fake_read,
	.sha256 = fake_sha256,
};

static const struct ri_guest_write_ops fake_write_ops = {
	.write = fake_write,
	.upload = fake_upload,
	.attrs = fake_attrs,
	.rename = fake_rename,
	.remove = fake_remove,
	.rmdir = fake_rmdir,
	.mkdirs = fake_mkdirs,
	.sync = fake_sync,
};
