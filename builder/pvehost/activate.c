// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pvehost/activate.h"
#include "base/log.h"
#include "host/process.h"
#include "pvehost/pass_over_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* Proxmox gives its own commands 10 to 60 s; a cluster in trouble is slow but should get there. */
#define LIMIT_S 60

struct job {
	const char *root, *path;
	const struct ri_storage *s;
	const struct ri_volname *v;
	struct ri_active *a;
};

static bool there(const char *path)
{
	return access(path, F_OK) == 0;
}

static int run(const char *const *argv, struct ri_buf *out, struct ri_err *e)
{
	struct ri_process_opts opts = { .timeout_s = LIMIT_S };

	ri_log(RI_LOG_DEBUG, "running %s for a volume", argv[0]);
	return ri_process_check(argv, &opts, out, e);
}

/* A signal, or a lack of memory for what a program prints, does not say that it has done nothing. */
static int with_way_back(struct job *j, int rc, struct ri_strv *back, const struct ri_err *e)
{
	if (rc < 0 && e->code != RI_E_CANCELLED && e->code != RI_E_NOMEM)
		return -1;
	j->a->off = *back;
	*back = (struct ri_strv){ 0 };
	return rc;
}

/* Run @on. What @off takes back then is known before: without the memory to know it, nothing is made active. */
static int run_with_way_back(struct job *j, const char *const *on, const char *const *off,
    struct ri_err *e)
{
	RI_STRV back = { 0 };

	for (; *off; off++)
		if (ri_strv_add(&back, *off, e) < 0)
			return -1;
	return with_way_back(j, run(on, NULL, e), &back, e);
}

/* That the storage has a vgname, the path is known by (pveconf/volid_path.h). */
static int lv_name(const struct job *j, struct ri_buf *out, struct ri_err *e)
{
	ri_buf_addf(out, "%s/%s", j->s->vgname, j->v->name);
	return ri_buf_check(out, e);
}

/* Proxmox mounts a storage, or logs in to it, whenever its state is asked for. */
static int ask_for(const char *storage, struct ri_err *e)
{
	const char *argv[] = { "pvesm", "status", "--storage", storage, NULL };

	return run(argv, NULL, e);
}

/* A group on an iSCSI volume is not there before the session is. */
static int base_of_group(const struct job *j, struct ri_err *e)
{
	RI_ON_EXIT(ri_volid_free) struct ri_volid base = { 0 };

	if (!j->s->base)
		return 0;
	return ri_volid_parse(j->s->base, &base, e) < 0 ? -1 : ask_for(base.storage, e);
}

/*
 * A volume's name without .qcow2, in an extended regular expression: "." is the only sign it has.
 */
static void add_literal(struct ri_buf *out, const char *name)
{
	size_t n = strlen(name) - strlen(".qcow2");

	for (size_t i = 0; i < n; i++)
		ri_buf_addf(out, name[i] == '.' ? "\\%c" : "%c", name[i]);
}

/*
 * A qcow2 on LVM (Proxmox VE 9) may build on its snapshots' volumes, snap_NAME_….qcow2: all or none
 * of the chain is active.
 */
static int on_lvm_chain(struct job *j, struct ri_err *e)
{
	RI_BUF select = { 0 };

	ri_buf_addf(&select, "vg_name = \"%s\" && lv_name =~ \"^(", j->s->vgname);
	add_literal(&select, j->v->name);
	ri_buf_add_str(&select, "|snap_");
	add_literal(&select, j->v->name);
	ri_buf_add_str(&select, "_.+)\\.qcow2$\"");
	if (ri_buf_check(&select, e) < 0)
		return -1;
	const char *on[] = { "lvchange", "-aey", "--select", select.p, NULL };
	const char *off[] = { "lvchange", "-aln", "--select", select.p, NULL };

	return run_with_way_back(j, on, off, e);
}

/* -aey and --refresh as Proxmox does: a volume group may be shared by the nodes. */
static int on_lvm(struct job *j, struct ri_err *e)
{
	RI_BUF lv = { 0 };

	if (lv_name(j, &lv, e) < 0 || base_of_group(j, e) < 0)
		return -1;
	if (strcmp(j->v->format, "qcow2") == 0)
		return on_lvm_chain(j, e);
	const char *on[] = { "lvchange", "-aey", lv.p, NULL };
	const char *refresh[] = { "lvchange", "--refresh", lv.p, NULL };
	const char *off[] = { "lvchange", "-aln", lv.p, NULL };

	return run_with_way_back(j, on, off, e) < 0 ? -1 : run(refresh, NULL, e);
}

/* -K: thin snapshots carry the flag to be skipped by activation. */
static int on_lvmthin(struct job *j, struct ri_err *e)
{
	RI_BUF lv = { 0 };

	if (lv_name(j, &lv, e) < 0)
		return -1;
	const char *on[] = { "lvchange", "-ay", "-K", lv.p, NULL };
	const char *off[] = { "lvchange", "-an", lv.p, NULL };

	return run_with_way_back(j, on, off, e);
}

/*
 * The pool stays imported, as after any start of a VM: other volumes may be in use by now. ZFS
 * makes its devices some time after the import, and udev the link after that, so that an empty
 * queue of udev's says nothing: the link itself is waited for. A dataset that is not there would
 * only use up the time.
 */
static int on_zfspool(struct job *j, struct ri_err *e)
{
	RI_FREE char *pool = strndup(j->s->pool, strcspn(j->s->pool, "/"));
	RI_BUF dataset = { 0 };
	struct ri_err not_there = { 0 };

	ri_buf_addf(&dataset, "%s/%s", j->s->pool, j->v->name);
	if (!pool || !dataset.p)
		return ri_nomem(e);
	const char *list[] = { "zpool", "list", "-H", "-o", "name", pool, NULL };
	const char *import[] = { "zpool", "import", "-d", "/dev/disk/by-id/", "-o",
		"cachefile=none", pool, NULL };
	const char *known[] = { "zfs", "list", "-H", "-o", "name", dataset.p, NULL };
	const char *wait[] = { "udevadm", "wait", "--timeout=10", j->path, NULL };

	if (run(list, NULL, &not_there) < 0 &&
	    (ri_pass_over(&not_there, e) < 0 || run(import, NULL, e) < 0))
		return -1;
	return run(known, NULL, e) < 0 ? -1 : run(wait, NULL, e);
}

/* The options by which any rbd command finds its cluster (RBDPlugin.pm, CephConfig.pm). */
static int rbd_options(const struct job *j, struct ri_strv *argv, struct ri_err *e)
{
	const struct ri_storage *s = j->s;
	RI_BUF conf = { 0 };
	RI_BUF keyring = { 0 };
	RI_BUF user = { 0 };
	RI_BUF mons = { 0 };

	if (s->monhost)
		ri_buf_addf(&conf, "%s/etc/pve/priv/ceph/%s.conf", j->root, s->id);
	else
		ri_buf_addf(&conf, "%s/etc/pve/ceph.conf", j->root);
	ri_buf_addf(&keyring, "%s/etc/pve/priv/ceph/%s.keyring", j->root, s->id);
	ri_buf_addf(&user, "client.%s", s->username);
	for (const char *c = s->monhost ? s->monhost : ""; *c; c++)
		ri_buf_add(&mons, strchr(" ;", *c) ? "," : c, 1);
	if (ri_buf_check(&conf, e) < 0 || ri_buf_check(&keyring, e) < 0 ||
	    ri_buf_check(&user, e) < 0 || ri_buf_check(&mons, e) < 0)
		return -1;
	const bool has_conf = there(conf.p), has_key = there(keyring.p);
	const struct {
		bool wanted;
		const char *name, *value;
	} options[] = {
		{ true, "-p", s->pool },
		{ s->rbd_ns != NULL, "--namespace", s->rbd_ns },
		{ has_conf, "-c", conf.p },
		{ s->monhost != NULL, "-m", mons.p },
		{ s->monhost != NULL, "--auth_supported", has_key ? "cephx" : "none" },
		{ true, "-n", user.p },
		{ has_key, "--keyring", keyring.p },
	};

	if (ri_strv_add(argv, "rbd", e) < 0)
		return -1;
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		if (options[i].wanted && (ri_strv_add(argv, options[i].name, e) < 0 ||
					     ri_strv_add(argv, options[i].value, e) < 0))
			return -1;
	return 0;
}

static int by_device(struct ri_active *a, struct ri_err *e)
{
	char *device = strdup(a->device);

	if (!device)
		return ri_nomem(e);
	free(a->off.v[a->off.n - 1]);
	a->off.v[a->off.n - 1] = device;
	return 0;
}

/*
 * Mapped, with krbd or without: the stage then has a device that can be opened alone and asked for
 * its holders, which librbd does not give.
 */
static int on_rbd(struct job *j, struct ri_err *e)
{
	RI_STRV map = { 0 };
	RI_STRV unmap = { 0 };
	RI_BUF answer = { 0 };
	struct ri_span device;

	if (rbd_options(j, &map, e) < 0 || ri_strv_add(&map, "map", e) < 0 ||
	    ri_strv_add(&map, j->v->name, e) < 0 || rbd_options(j, &unmap, e) < 0 ||
	    ri_strv_add(&unmap, "unmap", e) < 0 || ri_strv_add(&unmap, j->v->name, e) < 0)
		return -1;
	/* By the image's name until it is known which device it has. */
	if (with_way_back(j, run((const char *const *)map.v, &answer, e), &unmap, e) < 0)
		return -1;
	device = ri_span_trim(ri_buf_span(&answer));
	if (device.n == 0 || device.p[0] != '/' || memchr(device.p, '\n', device.n))
		return ri_fail(e, RI_E_IO, 0, "rbd map printed no device");
	j->a->device = ri_span_dup(device);
	if (!j->a->device)
		return ri_nomem(e);
	return by_device(j->a, e);
}

static int on_storage(struct job *j, struct ri_err *e)
{
	bool local = j->s->type == RI_STORAGE_DIR || j->s->type == RI_STORAGE_BTRFS;

	return local && !j->s->mountpoint ? 0 : ask_for(j->s->id, e);
}

static const struct {
	enum ri_storage_type type;
	int (*on)(struct job *, struct ri_err *);
	const char *absent; /* what its program says of a volume that is not there */
} ways[] = {
	{ RI_STORAGE_DIR, on_storage, NULL },
	{ RI_STORAGE_NFS, on_storage, NULL },
	{ RI_STORAGE_CIFS, on_storage, NULL },
	{ RI_STORAGE_BTRFS, on_storage, NULL },
	{ RI_STORAGE_ISCSI, on_storage, NULL },
	{ RI_STORAGE_LVM, on_lvm, "Failed to find logical volume" },
	{ RI_STORAGE_LVMTHIN, on_lvmthin, "Failed to find logical volume" },
	{ RI_STORAGE_ZFSPOOL, on_zfspool, "dataset does not exist" },
	{ RI_STORAGE_RBD, on_rbd, "map failed: (2) No such file or directory" },
};

/* What lies in the directory while nothing is mounted there is not the storage's. */
static int check_mounted(const struct ri_storage *s, const char *root, struct ri_err *e)
{
	RI_BUF dir = { 0 };
	struct statx st;

	if (!s->mountpoint)
		return 0;
	ri_buf_addf(&dir, "%s%s", root, s->mountpoint);
	if (ri_buf_check(&dir, e) < 0)
		return -1;
	if (statx(AT_FDCWD, dir.p, 0, STATX_BASIC_STATS, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "%s", dir.p);
	return st.stx_attributes & STATX_ATTR_MOUNT_ROOT
		   ? 0
		   : ri_fail(e, RI_E_IO, 0,
			 "nothing is mounted at %s (is_mountpoint in storage.cfg)", dir.p);
}

static int make_there(struct job *j, struct ri_err *e)
{
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		if (ways[i].type != j->s->type || ways[i].on(j, e) == 0)
			continue;
		if (e->code == RI_E_IO && ways[i].absent && strstr(e->msg, ways[i].absent))
			e->code = RI_E_MISSING;
		return ri_ctx(e, "activating %s:%s", j->s->id, j->v->name);
	}
	if (!there(j->a->device ? j->a->device : j->path))
		return ri_fail(e, RI_E_MISSING, 0,
		    "%s:%s does not exist: there is no %s (pvesm list %s shows what there is)",
		    j->s->id, j->v->name, j->path, j->s->id);
	return 0;
}

int ri_activate(const char *root, const struct ri_storage *s, const struct ri_volname *v,
    const char *path, struct ri_active *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_deactivate) struct ri_active a = { 0 };
	struct job j = { root, path, s, v, &a };

	if (!there(path) && make_there(&j, e) < 0)
		return -1;
	if (check_mounted(s, root, e) < 0)
		return ri_ctx(e, "the storage '%s'", s->id);
	*out = a;
	a = (struct ri_active){ 0 };
	return 0;
}

void ri_deactivate(struct ri_active *a)
{
	/* A signal that ended the run must not leave the volume active. */
	struct ri_process_opts opts = { .timeout_s = LIMIT_S,
		.own_group = true,
		.uncancellable = true };
	struct ri_err e;

	if (a->off.n > 0 && ri_process_check((const char *const *)a->off.v, &opts, NULL, &e) < 0)
		ri_log(RI_LOG_WARN, "the volume stays active: %s", e.msg);
	ri_strv_free(&a->off);
	free(a->device);
	*a = (struct ri_active){ 0 };
}
