// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* libguestfs, as far as ramimg calls it. So long because each of those calls has its answers here. */
#include "unit/appliance/fake_guestfs.h"

#include "base/cancel.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

struct guestfs_h {
	void *private;
	struct {
		guestfs_event_callback fn;
		void *arg;
		uint64_t events;
	} on[2];
	size_t n;
};

struct fake_guestfs fake_guestfs;

static const struct fake_answer common[] = {
	{ "blkid", "/dev/sda1", "TYPE\next4\nPART_ENTRY_UUID\n5555-01" },
	{ "blkid", NULL, "TYPE\next4" },
	{ "btrfs_filesystem_show", NULL, "/dev/vg/root" },
	{ "btrfs_subvolume_get_default", NULL, "256" },
	/* Id, that of the one above, and path. */
	{ "btrfs_subvolume_list", NULL, "256 5 @rootfs\n257 256 @rootfs/a b" },
	{ "btrfs_subvolume_show", "/copy", "Name\nb\nParent UUID\n1111-b" },
	{ "btrfs_subvolume_show", NULL, "Name\na\nParent UUID\n-" },
	{ "checksum", NULL, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" },
	{ "device_index", "/dev/sda", "0" },
	{ "device_index", "/dev/sdb", "1" },
	{ "device_index", "/dev/sdc", "0" },
	{ "du", NULL, "12" },
	{ "filesize", NULL, "5" },
	{ "get_append", NULL, "" },
	{ "get_cachedir", NULL, "/var/tmp" },
	{ "get_memsize", NULL, "1280" },
	{ "get_path", NULL, "/usr/lib/guestfs:relative:/usr/local/lib/guestfs" },
	{ "glob_expand", NULL, "/boot/a\n/boot/b" },
	{ "inspect_get_product_name", NULL, "Debian GNU/Linux 12" },
	{ "inspect_get_type", NULL, "linux" },
	{ "inspect_os", NULL, "/dev/vg/root" },
	{ "is_dir", "/there", "1" },
	{ "is_dir", NULL, "0" },
	{ "is_lv", "/dev/vg/root", "1" },
	{ "is_lv", NULL, "0" },
	{ "list_devices", NULL, "/dev/sda\n/dev/sdb\n/dev/sdc" },
	{ "list_md_devices", NULL, "/dev/md0" },
	{ "list_partitions", NULL, "/dev/sda1" },
	{ "ls", NULL, "dir\nfile\nlink\nnode\nnew" },
	/* Mode, in octal, and length; four of the five names of "ls". */
	{ "lstatns", "/dir", "040755 4096" },
	{ "lstatns", "/file", "0100644 5" },
	{ "lstatns", "/link", "0120777 3" },
	{ "lstatns", "/node", "020600 0" },
	{ "lvs", NULL, "/dev/vg/root" },
	{ "lvuuid", NULL, "LV-1" },
	{ "mountpoints", NULL, "/dev/vg/root\n/" },
	{ "part_get_parttype", NULL, "gpt" },
	{ "part_to_dev", NULL, "/dev/sda" },
	{ "part_to_partnum", NULL, "1" },
	{ "pvs", NULL, "/dev/sdb\n/dev/sdc" },
	{ "pvs_full", NULL,
	    "/dev/sdc 0123456789abcdef0123456789abcdef a--" }, /* name, UUID, attributes */
	{ "pvuuid", "/dev/sdc", "012345-6789-abcd-ef01-2345-6789-abcdef" },
	{ "pvuuid", NULL, "fedcba-9876-5432-10fe-dcba-9876-543210" },
	{ "read_file", NULL, "hello" },
	{ "realpath", NULL, "/usr/bin" },
	{ "statvfs", NULL, "4096 1000 250" }, /* frsize, blocks, bfree */
	{ "tune2fs_l", NULL, "Filesystem features\nhas_journal\nFilesystem state\nclean" },
	{ "vfs_label", "/dev/sda1", "boot" },
	{ "vfs_label", NULL, "" },
	{ "vfs_type", "/dev/sdc", "swap" },
	{ "vfs_type", NULL, "ext4" },
	{ "vfs_uuid", NULL, "1111-a" },
	{ "vgpvuuids", "vg", "012345-6789-abcd-ef01-2345-6789-abcdef" },
	{ "vgpvuuids", NULL, "fedcba-9876-5432-10fe-dcba-9876-543210" },
	{ "vgs", NULL, "other\nvg" },
	{ "vguuid", NULL, "VG-1" },
	{ NULL, NULL, NULL },
};

void fake_guestfs_reset(void)
{
	fake_guestfs = (struct fake_guestfs){ .handles = fake_guestfs.handles,
		.tar = fake_guestfs.tar,
		.hv = fake_guestfs.hv,
		.errnum = EIO };
}

static bool fails(const char *name)
{
	fake_guestfs.calls++;
	if (fake_guestfs.left == 0 || (fake_guestfs.only && strcmp(fake_guestfs.only, name) != 0) ||
	    --fake_guestfs.left > 0)
		return false;
	fake_guestfs.failed = name;
	snprintf(fake_guestfs.error, sizeof fake_guestfs.error, "%s does not work", name);
	errno = fake_guestfs.errnum;
	return true;
}

static const char *look_up(const char *name, const char *of)
{
	const struct fake_answer *tables[] = { fake_guestfs.answers, common };

	for (size_t i = 0; i < 2; i++)
		for (const struct fake_answer *a = tables[i]; a && a->name; a++)
			if (strcmp(a->name, name) == 0 && (!a->of || strcmp(a->of, of) == 0))
				return a->answer;
	fprintf(stderr, "the fake has no answer of guestfs_%s for %s\n", name, of);
	abort();
}

static const char *ask(const char *name, const char *of)
{
	return fails(name) ? NULL : look_up(name, of);
}

/* What the caller frees; unit/oom.h is not about libguestfs's own memory. */
static void *room(size_t n)
{
	void *p = aligned_alloc(16, (n + 15) / 16 * 16);

	if (!p)
		abort();
	return memset(p, 0, n);
}

static char *text(const char *name, const char *of)
{
	const char *answer = ask(name, of);

	return answer ? strcpy(room(strlen(answer) + 1), answer) : NULL;
}

static int64_t number(const char *name, const char *of)
{
	const char *answer = ask(name, of);

	return answer ? strtoll(answer, NULL, 10) : -1;
}

static char **list(const char *name, const char *of)
{
	const char *answer = ask(name, of);
	char **l = answer ? room((strlen(answer) + 2) * sizeof *l) : NULL;

	for (size_t i = 0; l && *answer; i++) {
		size_t n = strcspn(answer, "\n");

		l[i] = memcpy(room(n + 1), answer, n);
		answer += n + (answer[n] == '\n');
	}
	return l;
}

__attribute__((format(printf, 2, 3))) static int act(const char *name, const char *fmt, ...)
{
	size_t used = strlen(fake_guestfs.log);
	char *end = fake_guestfs.log + used;
	va_list ap;

	if (fails(name))
		return -1;
	if (sizeof fake_guestfs.log - used < 1000)
		abort(); /* the test outgrew the fake */
	end += sprintf(end, "%s", name);
	va_start(ap, fmt);
	vsnprintf(end, 900, fmt, ap);
	va_end(ap);
	strcat(fake_guestfs.log, "\n");
	return 0;
}

#define ACT(name, params, ...)                                                                     \
	int guestfs_##name params                                                                  \
	{                                                                                          \
		(void)h;                                                                           \
		return act(#name, __VA_ARGS__);                                                    \
	}
#define ANSWER(type, how, name, params, of)                                                        \
	type guestfs_##name params                                                                 \
	{                                                                                          \
		(void)h;                                                                           \
		return (type)how(#name, of);                                                       \
	}
#define OF_PATH (guestfs_h * h, const char *of)

ACT(chmod, (guestfs_h * h, int mode, const char *path), " %o %s", (unsigned)mode, path)
ACT(chown, (guestfs_h * h, int uid, int gid, const char *path), " %d %d %s", uid, gid, path)
ACT(config, (guestfs_h * h, const char *key, const char *value), " %s %s", key, value)
ACT(drop_caches, (guestfs_h * h, int what), " %d", what)
ACT(mkdir_p, OF_PATH, " %s", of)
ACT(mount_options, (guestfs_h * h, const char *o, const char *device, const char *at), " %s %s %s",
    o, device, at)
ACT(rename, (guestfs_h * h, const char *from, const char *to), " %s %s", from, to)
ACT(rm, OF_PATH, " %s", of)
ACT(rmdir, OF_PATH, " %s", of)
ACT(rm_rf, OF_PATH, " %s", of)
ACT(set_append, OF_PATH, " %s", of)
ACT(set_backend, OF_PATH, " %s", of)
ACT(set_backend_setting, (guestfs_h * h, const char *key, const char *value), " %s %s", key, value)
ACT(set_hv, OF_PATH, " %s", of)
ACT(set_network, (guestfs_h * h, int yes), " %d", yes)
ACT(set_smp, (guestfs_h * h, int n), " %d", n)
ACT(set_tmpdir, OF_PATH, " %s", of)
ACT(set_verbose, (guestfs_h * h, int yes), " %d", yes)
ACT(shutdown, (guestfs_h * h), "%s", "")
ACT(sync, (guestfs_h * h), "%s", "")
ACT(touch, OF_PATH, " %s", of)
ACT(truncate_size, (guestfs_h * h, const char *path, int64_t n), " %s %" PRId64, path, n)
ACT(umount_all, (guestfs_h * h), "%s", "")
ACT(utimens, (guestfs_h * h, const char *path, int64_t as, int64_t ans, int64_t ms, int64_t mns),
    " %s %" PRId64 ".%" PRId64 " %" PRId64 ".%" PRId64, path, as, ans, ms, mns)
ACT(upload, (guestfs_h * h, const char *host, const char *path), " %s %s", host, path)
ACT(write, (guestfs_h * h, const char *path, const char *s, size_t n), " %s %.*s", path, (int)n, s)
ACT(copy_attributes_argv,
    (guestfs_h * h, const char *from, const char *to, const struct guestfs_copy_attributes_argv *o),
    " %s %s all=%d", from, to, o->all)
ACT(fstrim_argv, (guestfs_h * h, const char *at, const struct guestfs_fstrim_argv *o), " %s %d", at,
    (int)o->bitmask)
ACT(e2fsck_argv, (guestfs_h * h, const char *device, const struct guestfs_e2fsck_argv *o),
    " %s correct=%d", device, o->correct)

ANSWER(char **, list, blkid, OF_PATH, of)
ANSWER(char **, list, btrfs_filesystem_show, OF_PATH, of)
ANSWER(char **, list, btrfs_subvolume_show, OF_PATH, of)
ANSWER(char **, list, glob_expand, OF_PATH, of)
ANSWER(char **, list, inspect_os, (guestfs_h * h), "")
ANSWER(char **, list, list_devices, (guestfs_h * h), "")
ANSWER(char **, list, list_md_devices, (guestfs_h * h), "")
ANSWER(char **, list, list_partitions, (guestfs_h * h), "")
ANSWER(char **, list, ls, OF_PATH, of)
ANSWER(char **, list, lvs, (guestfs_h * h), "")
ANSWER(char **, list, pvs, (guestfs_h * h), "")
ANSWER(char **, list, vgpvuuids, OF_PATH, of)
ANSWER(char **, list, vgs, (guestfs_h * h), "")
ANSWER(char **, list, mountpoints, (guestfs_h * h), "")
ANSWER(char **, list, tune2fs_l, OF_PATH, of)
ANSWER(char *, text, get_cachedir, (guestfs_h * h), "")
ANSWER(char *, text, inspect_get_product_name, OF_PATH, of)
ANSWER(char *, text, inspect_get_type, OF_PATH, of)
ANSWER(char *, text, lvuuid, OF_PATH, of)
ANSWER(char *, text, part_get_parttype, OF_PATH, of)
ANSWER(char *, text, part_to_dev, OF_PATH, of)
ANSWER(char *, text, pvuuid, OF_PATH, of)
ANSWER(char *, text, realpath, OF_PATH, of)
ANSWER(char *, text, vfs_label, OF_PATH, of)
ANSWER(char *, text, vfs_type, OF_PATH, of)
ANSWER(char *, text, vfs_uuid, OF_PATH, of)
ANSWER(char *, text, vguuid, OF_PATH, of)
ANSWER(const char *, ask, get_path, (guestfs_h * h), "")
ANSWER(int64_t, number, btrfs_subvolume_get_default, OF_PATH, of)
ANSWER(int64_t, number, du, OF_PATH, of)
ANSWER(int64_t, number, filesize, OF_PATH, of)
ANSWER(int, number, device_index, OF_PATH, of)
ANSWER(int, number, get_memsize, (guestfs_h * h), "")
ANSWER(int, number, is_dir, OF_PATH, of)
ANSWER(int, number, is_lv, OF_PATH, of)
ANSWER(int, number, part_to_partnum, OF_PATH, of)

char *guestfs_checksum(guestfs_h *h, const char *kind, const char *path)
{
	(void)h;
	if (strcmp(kind, "sha256") != 0)
		abort();
	return text("checksum", path);
}

char *guestfs_read_file(guestfs_h *h, const char *path, size_t *n)
{
	char *bytes = text("read_file", path);

	(void)h;
	*n = bytes ? strlen(bytes) : 0;
	return bytes;
}

static int send_file(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	char chunk[4096];
	ssize_t n;

	while ((n = read(in, chunk, sizeof chunk)) > 0 && write(out, chunk, (size_t)n) == n)
		continue;
	close(in);
	close(out);
	return n == 0 ? 0 : -1;
}

int guestfs_download(guestfs_h *h, const char *path, const char *to)
{
	(void)h;
	return act("download", " %s", path) < 0 ? -1 : send_file(fake_guestfs.tar, to);
}

int guestfs_tar_out_opts_argv(guestfs_h *h, const char *dir, const char *to,
    const struct guestfs_tar_out_opts_argv *o)
{
	(void)h;
	return act("tar_out", " %s without %s", dir, o->excludes[0] ? o->excludes[0] : "nothing") <
		       0
		   ? -1
		   : send_file(fake_guestfs.tar, to);
}

static int tree_fd = -1;

int guestfs_add_drive_opts_argv(guestfs_h *h, const char *file,
    const struct guestfs_add_drive_opts_argv *o)
{
	bool unsafe = o->bitmask & GUESTFS_ADD_DRIVE_OPTS_CACHEMODE_BITMASK;
	bool readonly = o->bitmask & GUESTFS_ADD_DRIVE_OPTS_READONLY_BITMASK && o->readonly;
	bool discards = o->bitmask & GUESTFS_ADD_DRIVE_OPTS_DISCARD_BITMASK;
	bool labelled = o->bitmask & GUESTFS_ADD_DRIVE_OPTS_LABEL_BITMASK;

	(void)h;
	if (act("add_drive_opts_argv", " %s %s%s%s%s", file, o->format,
		unsafe ? " cachemode=unsafe" : "", discards ? " discard=besteffort" : "",
		readonly ? " readonly" : "") < 0)
		return -1;
	if (labelled && strcmp(o->label, "tree") == 0) {
		ri_cleanup_fd(&tree_fd);
		tree_fd = open(file, O_RDWR | O_CLOEXEC);
		if (tree_fd < 0)
			abort();
	}
	return 0;
}

/* What the appliance's tar, or dd, writes onto the tree disk, behind the margin of 1 MiB. */
static off_t write_tree(void)
{
	int in = open(fake_guestfs.tar, O_RDONLY | O_CLOEXEC);
	char chunk[4096];
	off_t at = 1048576;
	ssize_t n;

	while (
	    (n = read(in, chunk, sizeof chunk)) > 0 && pwrite(tree_fd, chunk, (size_t)n, at) == n)
		at += n;
	close(in);
	return at;
}

/* It is asked three times how far it is, unless the test has an answer of its own. */
static void tell_of_tree(char *answer, size_t size)
{
	if (fake_guestfs.cancel_when_asked)
		ri_cancel_request();
	switch (fake_guestfs.tree_says ? -1 : fake_guestfs.tree_asked++) {
	case -1:
		snprintf(answer, size, "%s", fake_guestfs.tree_says);
		return;
	case 0:
		snprintf(answer, size, "pos:\t4096\n");
		return;
	case 1:
		snprintf(answer, size, "pos:\t1049088\n");
		return;
	default:
		fake_guestfs.tree_asked = 0;
		snprintf(answer, size, "end\npos:\t%lld\ntar: a warning\n",
		    (long long)write_tree());
	}
}

/* Programs of the appliance: noted with their arguments. */
char *guestfs_debug(guestfs_h *h, const char *what, char *const *args)
{
	char *answer;

	(void)h;
	if (act("debug", " %s %s%s%s", what, args[0], args[1] ? " " : "", args[1] ? args[1] : "") <
	    0)
		return NULL;
	answer = room(200);
	if (strncmp(args[0], "if flock", 8) == 0)
		tell_of_tree(answer, 200);
	if (strncmp(args[0], "dd if=/sysroot/", 15) == 0)
		write_tree();
	return answer;
}

static bool stat_of(const char *path, struct guestfs_statns *st)
{
	const char *answer = look_up("lstatns", path);
	char *end;

	st->st_mode = strtoll(answer, &end, 8);
	st->st_size = strtoll(end, NULL, 10);
	return *answer;
}

struct guestfs_statns *guestfs_lstatns(guestfs_h *h, const char *path)
{
	struct guestfs_statns *st = NULL;

	(void)h;
	if (fails("lstatns"))
		return NULL;
	st = room(sizeof *st);
	stat_of(path, st);
	return st;
}

/* Of a file that was changed a nanosecond before 1970 and a second. */
struct guestfs_statns *guestfs_statns(guestfs_h *h, const char *path)
{
	struct guestfs_statns *st;

	(void)h, (void)path;
	if (fails("statns"))
		return NULL;
	st = room(sizeof *st);
	st->st_mtime_sec = -2;
	st->st_mtime_nsec = 999999999;
	return st;
}

void guestfs_free_statns(struct guestfs_statns *st)
{
	free(st);
}

/* Without the last name, which is new since the names were told. */
struct guestfs_statns_list *guestfs_lstatnslist(guestfs_h *h, const char *dir, char *const *names)
{
	struct guestfs_statns_list *l;
	size_t n = 0;

	(void)h, (void)dir;
	if (fails("lstatnslist"))
		return NULL;
	while (names[n])
		n++;
	l = room(sizeof *l);
	l->val = room((n + 1) * sizeof *l->val);
	for (; l->len + 1 < n; l->len++) {
		char path[100];

		snprintf(path, sizeof path, "/%s", names[l->len]);
		stat_of(path, &l->val[l->len]);
	}
	return l;
}

void guestfs_free_statns_list(struct guestfs_statns_list *l)
{
	free(l->val);
	free(l);
}

struct guestfs_statvfs *guestfs_statvfs(guestfs_h *h, const char *path)
{
	const char *answer = ask("statvfs", path);
	struct guestfs_statvfs *st;
	char *end;

	(void)h;
	if (!answer)
		return NULL;
	st = room(sizeof *st);
	st->frsize = strtoll(answer, &end, 10);
	st->blocks = strtoll(end, &end, 10);
	st->bfree = strtoll(end, NULL, 10);
	return st;
}

void guestfs_free_statvfs(struct guestfs_statvfs *st)
{
	free(st);
}

/* One, or none. */
struct guestfs_lvm_pv_list *guestfs_pvs_full(guestfs_h *h)
{
	const char *answer = ask("pvs_full", "");
	struct guestfs_lvm_pv_list *l = answer ? room(sizeof *l) : NULL;

	(void)h;
	if (!l || !*answer)
		return l;
	l->val = room(sizeof *l->val);
	l->val->pv_name = room(100);
	l->val->pv_attr = room(100);
	l->len = 1;
	if (sscanf(answer, "%99s %32c %99s", l->val->pv_name, l->val->pv_uuid, l->val->pv_attr) !=
	    3)
		abort();
	return l;
}

void guestfs_free_lvm_pv_list(struct guestfs_lvm_pv_list *l)
{
	if (l->len > 0) {
		free(l->val->pv_name);
		free(l->val->pv_attr);
	}
	free(l->val);
	free(l);
}

struct guestfs_btrfssubvolume_list *guestfs_btrfs_subvolume_list(guestfs_h *h, const char *of)
{
	const char *answer = ask("btrfs_subvolume_list", of);
	struct guestfs_btrfssubvolume_list *l;

	(void)h;
	if (!answer)
		return NULL;
	l = room(sizeof *l);
	l->val = room(strlen(answer) * sizeof *l->val);
	for (; *answer; l->len++) {
		struct guestfs_btrfssubvolume *s = &l->val[l->len];
		char *path;
		size_t n;

		s->btrfssubvolume_id = strtoull(answer, &path, 10);
		s->btrfssubvolume_top_level_id = strtoull(path, &path, 10);
		n = strcspn(++path, "\n");
		s->btrfssubvolume_path = memcpy(room(n + 1), path, n);
		answer = path + n + (path[n] == '\n');
	}
	return l;
}

void guestfs_free_btrfssubvolume_list(struct guestfs_btrfssubvolume_list *l)
{
	for (size_t i = 0; i < l->len; i++)
		free(l->val[i].btrfssubvolume_path);
	free(l->val);
	free(l);
}

guestfs_h *guestfs_create(void)
{
	if (fails("create"))
		return NULL;
	fake_guestfs.handles++;
	return room(sizeof(guestfs_h));
}

void guestfs_close(guestfs_h *h)
{
	fake_guestfs.handles--;
	free(h);
}

char *guestfs_get_hv(guestfs_h *h)
{
	(void)h;
	return fails("get_hv") ? NULL : strcpy(room(strlen(fake_guestfs.hv) + 1), fake_guestfs.hv);
}

const char *guestfs_get_append(guestfs_h *h)
{
	const char *own = look_up("get_append", "");

	(void)h;
	return *own ? own : NULL;
}

const char *guestfs_last_error(guestfs_h *h)
{
	(void)h;
	return fake_guestfs.silent ? NULL : fake_guestfs.error;
}

int guestfs_last_errno(guestfs_h *h)
{
	(void)h;
	return fake_guestfs.errnum;
}

void guestfs_set_error_handler(guestfs_h *h, guestfs_error_handler_cb fn, void *arg)
{
	(void)h, (void)fn, (void)arg;
}

void *guestfs_get_private(guestfs_h *h, const char *key)
{
	return strcmp(key, RI_APPLIANCE_WATCH) == 0 ? h->private : NULL;
}

void guestfs_set_private(guestfs_h *h, const char *key, void *data)
{
	if (strcmp(key, RI_APPLIANCE_WATCH) == 0)
		h->private = data;
}

int guestfs_set_event_callback(guestfs_h *h, guestfs_event_callback fn, uint64_t events, int flags,
    void *arg)
{
	(void)flags;
	if (fails("set_event_callback"))
		return -1;
	h->on[h->n].fn = fn;
	h->on[h->n].arg = arg;
	h->on[h->n].events = events;
	return (int)h->n++;
}

static void tell(guestfs_h *h, uint64_t event, const char *said, const uint64_t *array, size_t n)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->on[i].events & event)
			h->on[i].fn(h, h->on[i].arg, event, (int)i, 0, said, strlen(said), array,
			    n);
}

/* What is told on the way: a line with its end, none, and how far it is, for certain or not. */
int guestfs_launch(guestfs_h *h)
{
	static const uint64_t array[][4] = { { 1, 2, 3, 4 }, { 1, 2, 5, 4 } };

	if (act("launch", "%s", "") < 0)
		return -1;
	tell(h, GUESTFS_EVENT_APPLIANCE,
	    fake_guestfs.console ? fake_guestfs.console : "the kernel says\r\n", NULL, 0);
	tell(h, GUESTFS_EVENT_LIBRARY, "", NULL, 0);
	tell(h, GUESTFS_EVENT_PROGRESS, "", array[0], 4);
	tell(h, GUESTFS_EVENT_PROGRESS, "", array[0], 3);
	tell(h, GUESTFS_EVENT_PROGRESS, "", array[1], 4);
	return fake_guestfs.launching ? fake_guestfs.launching(h->private) : 0;
}

int guestfs_user_cancel(guestfs_h *h)
{
	(void)h;
	return act("user_cancel", "%s", "");
}
