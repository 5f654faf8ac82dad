// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pvehost/volume_users.h"
#include "base/log.h"
#include "host/hostfile.h"
#include "pveconf/vmconf_drive.h"
#include "pveconf/volid_path.h"
#include "pvehost/pass_over_internal.h"

#include <dirent.h>
#include <errno.h>

/* What is done with each drive line that there is. */
struct visit {
	const struct ri_pvehost *h;
	int (*fn)(struct visit *, const char *node, unsigned vmid, const struct ri_vmsection *,
	    const struct ri_drive *, struct ri_err *);
	const char *path, *volid;
	struct ri_pveusers found;
	const struct ri_storage *base_storage;
	const char *base_name;
	unsigned base_vmid, clone;
};

void ri_pveusers_free(struct ri_pveusers *u)
{
	for (size_t i = 0; i < u->n; i++) {
		free(u->v[i].node);
		free(u->v[i].key);
		free(u->v[i].volid);
		free(u->v[i].section);
	}
	free(u->v);
	*u = (struct ri_pveusers){ 0 };
}

int ri_volid_host_path(const struct ri_pvehost *h, const char *volid, char **path, struct ri_err *e)
{
	RI_ON_EXIT(ri_volid_free) struct ri_volid id = { 0 };
	RI_ON_EXIT(ri_volname_free) struct ri_volname name = { 0 };
	RI_BUF out = { 0 };
	const struct ri_storage *s;
	struct ri_err why = { 0 };

	*path = NULL;
	if (volid[0] == '/') {
		ri_buf_addf(&out, "%s%s", h->root, volid);
	} else {
		if (ri_volid_parse(volid, &id, &why) < 0)
			return ri_pass_over(&why, e);
		s = ri_storages_find(&h->storages, id.storage);
		if (!s)
			return 0;
		if (ri_volname_parse(s, id.volname, &name, &why) < 0)
			return ri_pass_over(&why, e);
		ri_buf_add_str(&out, h->root);
		if (ri_volname_path(s, &name, &out, &why) < 0)
			return ri_pass_over(&why, e);
	}
	*path = ri_buf_steal(&out);
	return *path ? 0 : ri_nomem(e);
}

static int add_user(struct visit *v, const char *node, unsigned vmid, const struct ri_vmsection *s,
    const struct ri_drive *d, struct ri_err *e)
{
	struct ri_pveuser *u = reallocarray(v->found.v, v->found.n + 1, sizeof *u);

	if (!u)
		return ri_nomem(e);
	v->found.v = u;
	u += v->found.n;
	*u = (struct ri_pveuser){ .node = strdup(node),
		.key = strdup(d->key),
		.vmid = vmid,
		.volid = strdup(d->file),
		.kind = s->kind,
		.section = strdup(s->name) };
	v->found.n++;
	return u->node && u->key && u->volid && u->section ? 0 : ri_nomem(e);
}

static int match(struct visit *v, const char *node, unsigned vmid, const struct ri_vmsection *s,
    const struct ri_drive *d, struct ri_err *e)
{
	bool named = v->volid && strcmp(d->file, v->volid) == 0;
	RI_FREE char *path = NULL;

	if (!named && ri_volid_host_path(v->h, d->file, &path, e) < 0)
		return -1;
	if (!named && (!path || !ri_file_same(path, v->path)))
		return 0;
	return add_user(v, node, vmid, s, d, e);
}

static int match_base(struct visit *v, const char *node, unsigned vmid,
    const struct ri_vmsection *s, const struct ri_drive *d, struct ri_err *e)
{
	RI_ON_EXIT(ri_volid_free) struct ri_volid id = { 0 };
	RI_ON_EXIT(ri_volname_free) struct ri_volname name = { 0 };
	struct ri_err why = { 0 };

	(void)node, (void)s;
	if (ri_volid_parse(d->file, &id, &why) < 0)
		return ri_pass_over(&why, e);
	if (strcmp(id.storage, v->base_storage->id) != 0)
		return 0;
	if (ri_volname_parse(v->base_storage, id.volname, &name, &why) < 0)
		return ri_pass_over(&why, e);
	if (name.base_name && strcmp(name.base_name, v->base_name) == 0 &&
	    name.base_vmid == v->base_vmid)
		v->clone = vmid;
	return 0;
}

static int visit_text(struct visit *v, const char *node, unsigned vmid, struct ri_span text,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };

	if (ri_vmconf_parse(text, &c, e) < 0)
		return -1;
	for (size_t i = 0; i < c.n; i++) {
		RI_ON_EXIT(ri_drives_free) struct ri_drives d = { 0 };

		if (c.v[i].kind == RI_VMSEC_UNKNOWN || c.v[i].kind == RI_VMSEC_SPECIAL)
			continue;
		if (ri_drives_of(&c.v[i], &d, e) < 0)
			return -1;
		for (size_t k = 0; k < d.n; k++)
			if (v->fn(v, node, vmid, &c.v[i], &d.v[k], e) < 0)
				return -1;
	}
	return 0;
}

static int visit_vm(struct visit *v, const char *node, unsigned vmid, struct ri_err *e)
{
	RI_BUF path = { 0 };
	RI_BUF text = { 0 };
	struct ri_err why = { 0 };

	ri_buf_addf(&path, "%s/etc/pve/nodes/%s/qemu-server/%u.conf", v->h->root, node, vmid);
	if (ri_buf_check(&path, e) < 0)
		return -1;
	if (ri_pve_read(path.p, &text, &why) == 0)
		return visit_text(v, node, vmid, ri_buf_span(&text), e);
	if (ri_pass_over(&why, e) < 0)
		return -1;
	ri_log(RI_LOG_WARN, "skipping %s: %s", path.p, why.msg);
	return 0;
}

static int visit_node(struct visit *v, const char *node, struct ri_err *e)
{
	RI_FREE unsigned *vmids = NULL;
	size_t n = 0;

	if (ri_pvehost_each(v->h, node, &vmids, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (visit_vm(v, node, vmids[i], e) < 0)
			return -1;
	return 0;
}

static int visit_nodes(struct visit *v, DIR *d, const char *dir, struct ri_err *e)
{
	for (;;) {
		const struct dirent *en;

		errno = 0;
		en = readdir(d);
		if (!en)
			return errno == 0 ? 0 : ri_fail(e, RI_E_IO, errno, "reading %s", dir);
		if (en->d_name[0] != '.' && visit_node(v, en->d_name, e) < 0)
			return -1;
	}
}

static int visit_all(struct visit *v, struct ri_err *e)
{
	RI_BUF nodes = { 0 };
	int rc;
	DIR *d;

	ri_buf_addf(&nodes, "%s/etc/pve/nodes", v->h->root);
	if (ri_buf_check(&nodes, e) < 0)
		return -1;
	d = opendir(nodes.p);
	if (!d)
		return ri_fail(e, RI_E_IO, errno, "cannot open %s", nodes.p);
	rc = visit_nodes(v, d, nodes.p, e);
	closedir(d);
	return rc;
}

int ri_pveusers_find(const struct ri_pvehost *h, const char *path, const char *volid,
    struct ri_pveusers *out, struct ri_err *e)
{
	struct visit v = { .h = h, .fn = match, .path = path, .volid = volid };

	if (visit_all(&v, e) < 0) {
		ri_pveusers_free(&v.found);
		return -1;
	}
	*out = v.found;
	return 0;
}

int ri_pveusers_clone(const struct ri_pvehost *h, const struct ri_storage *s, const char *name,
    unsigned vmid, unsigned *clone, struct ri_err *e)
{
	struct visit v = { .h = h,
		.fn = match_base,
		.base_storage = s,
		.base_name = name,
		.base_vmid = vmid };

	if (visit_all(&v, e) < 0)
		return -1;
	*clone = v.clone;
	return 0;
}
