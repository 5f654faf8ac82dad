// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/volid.h"
#include "pveconf/storage_types.h"
#include "pveconf/storagecfg.h"

#define PARTS_MAX 4

/* The parts of a volname between slashes. */
struct parts {
	char *v[PARTS_MAX];
	size_t n;
};

static void parts_end(struct parts *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->v[i]);
}

void ri_volid_free(struct ri_volid *v)
{
	free(v->storage);
	free(v->volname);
	*v = (struct ri_volid){ 0 };
}

void ri_volname_free(struct ri_volname *v)
{
	free(v->name);
	free(v->dir);
	free(v->base_name);
	*v = (struct ri_volname){ 0 };
}

bool ri_volid_is(const char *s)
{
	size_t n = strcspn(s, ":");

	return s[n] == ':' && s[n + 1] != '\0' && ri_storage_id_ok(ri_span(s, n));
}

int ri_volid_parse(const char *s, struct ri_volid *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_volid_free) struct ri_volid v = { 0 };
	size_t n = strcspn(s, ":");

	if (!ri_volid_is(s))
		return ri_fail(e, RI_E_USAGE, 0, "'%.200s' is not a volume id (STORAGE:VOLUME)", s);
	v.storage = strndup(s, n);
	v.volname = strdup(s + n + 1);
	if (!v.storage || !v.volname)
		return ri_nomem(e);
	*out = v;
	v = (struct ri_volid){ 0 };
	return 0;
}

/* Nothing that a path or a program could take for something else. */
static bool part_ok(const char *s)
{
	if (*s == '\0' || *s == '-' || strcmp(s, ".") == 0 || strcmp(s, "..") == 0 ||
	    strlen(s) > 255)
		return false;
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f)
			return false;
	return true;
}

static int split(const char *volname, struct parts *p, struct ri_err *e)
{
	for (const char *s = volname;; s++) {
		size_t n = strcspn(s, "/");

		if (p->n == PARTS_MAX)
			return 1;
		p->v[p->n] = strndup(s, n);
		if (!p->v[p->n])
			return ri_nomem(e);
		if (!part_ok(p->v[p->n++]))
			return 1;
		s += n;
		if (*s == '\0')
			return 0;
	}
}

static unsigned number(const char *s, size_t n)
{
	unsigned long v = 0;

	if (n == 0 || n > 9)
		return 0;
	for (size_t i = 0; i < n; i++)
		v = v * 10 + (unsigned long)(s[i] - '0');
	return (unsigned)v;
}

/* The VMID of a name that begins with @prefix, digits and a "-" with something behind; else 0. */
static unsigned owned(const char *name, const char *prefix)
{
	size_t p = strlen(prefix), n;

	if (strncmp(name, prefix, p) != 0)
		return 0;
	n = strspn(name + p, "0123456789");
	return name[p + n] == '-' && name[p + n + 1] != '\0' ? number(name + p, n) : 0;
}

unsigned ri_volname_vmid(const char *name)
{
	unsigned vmid = owned(name, "vm-");

	return vmid ? vmid : owned(name, "base-");
}

static bool ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), k = strlen(suffix);

	return n > k && strcmp(s + n - k, suffix) == 0;
}

static const char *const file_formats[] = { "raw", "qcow2", "vmdk" };

static const char *format_of(const char *name)
{
	char suffix[8];

	for (size_t i = 0; i < sizeof file_formats / sizeof file_formats[0]; i++) {
		snprintf(suffix, sizeof suffix, ".%s", file_formats[i]);
		if (ends(name, suffix))
			return file_formats[i];
	}
	return NULL;
}

static int refuse_form(const struct ri_storage *s, const char *volname, const char *want,
    struct ri_err *e)
{
	return ri_fail(e, RI_E_USAGE, 0, "%s:%.200s is not a volume of a storage of type %s (%s)",
	    s->id, volname, s->type_name, want);
}

static int set(char **field, const char *value, struct ri_err *e)
{
	*field = strdup(value);
	return *field ? 0 : ri_nomem(e);
}

static int refuse_subvol(const struct ri_storage *s, const char *name, struct ri_err *e)
{
	return ri_fail(e, RI_E_UNSUPPORTED, 0,
	    "%s:%.200s is a container's directory tree, not a VM's disk", s->id, name);
}

bool ri_volname_is_snapshot(const char *name)
{
	return (strncmp(name, "snap-", 5) == 0 && ends(name, ".qcow2")) ||
	       strncmp(name, "snap_vm-", 8) == 0 || strncmp(name, "snap_base-", 10) == 0;
}

/* VMID/NAME, or BASEVMID/BASENAME/VMID/NAME (Plugin.pm:parse_volname, parse_name_dir). */
static int read_dir(const struct ri_storage *s, const char *volname, const struct parts *p,
    struct ri_volname *v, struct ri_err *e)
{
	static const char want[] = "VMID/NAME.raw, .qcow2 or .vmdk";
	const char *name = p->v[p->n - 1], *dir = p->n > 1 ? p->v[p->n - 2] : "";

	if ((p->n != 2 && p->n != 4) || dir[strspn(dir, "0123456789")] != '\0' ||
	    number(dir, strlen(dir)) == 0)
		return refuse_form(s, volname, want, e);
	if (ends(name, ".subvol"))
		return refuse_subvol(s, volname, e);
	if (ri_volname_is_snapshot(name))
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "%s:%.200s is a snapshot's file, which the volume itself builds on", s->id,
		    volname);
	v->format = format_of(name);
	if (!v->format)
		return refuse_form(s, volname, want, e);
	v->vmid = number(dir, strlen(dir));
	v->is_base = strncmp(name, "base-", 5) == 0;
	if (p->n == 4) {
		v->base_vmid = number(p->v[0], strspn(p->v[0], "0123456789"));
		if (v->base_vmid == 0)
			return refuse_form(s, volname, want, e);
		if (set(&v->base_name, p->v[1], e) < 0)
			return -1;
	}
	return set(&v->dir, dir, e);
}

/* One part that names its owner; with @clones, or two: BASE/NAME. */
static int read_flat(const struct ri_storage *s, const char *volname, const struct parts *p,
    bool bases, bool clones, struct ri_volname *v, struct ri_err *e)
{
	const char *want = clones ? "vm-VMID-NAME, BASE/vm-VMID-NAME" : "vm-VMID-NAME";
	const char *name = p->v[p->n - 1];

	if (p->n > (clones ? 2 : 1))
		return refuse_form(s, volname, want, e);
	if (strncmp(name, "subvol-", 7) == 0 || strncmp(name, "basevol-", 8) == 0)
		return refuse_subvol(s, volname, e);
	v->vmid = owned(name, "vm-");
	if (v->vmid == 0 && bases) {
		v->vmid = owned(name, "base-");
		v->is_base = v->vmid != 0;
	}
	if (v->vmid == 0)
		return refuse_form(s, volname, want, e);
	v->format = "raw";
	if (p->n == 1)
		return 0;
	v->base_vmid = owned(p->v[0], "base-");
	return v->base_vmid == 0 ? refuse_form(s, volname, want, e)
				 : set(&v->base_name, p->v[0], e);
}

/* "0.0.1.scsi-3600…": the LUN's name in /dev/disk/by-id stands behind three numbers. */
static int read_lun(const struct ri_storage *s, const char *volname, const struct parts *p,
    struct ri_volname *v, struct ri_err *e)
{
	const char *c = p->v[0];

	for (int i = 0; i < 3; i++) {
		size_t n = strspn(c, "0123456789");

		if (p->n != 1 || n == 0 || c[n] != '.')
			return refuse_form(s, volname, "CHANNEL.ID.LUN.NAME", e);
		c += n + 1;
	}
	if (!part_ok(c))
		return refuse_form(s, volname, "CHANNEL.ID.LUN.NAME", e);
	v->format = "raw";
	return set(&v->name, c, e);
}

static int read_type(const struct ri_storage *s, const char *volname, const struct parts *p,
    struct ri_volname *v, struct ri_err *e)
{
	switch (s->type) {
	case RI_STORAGE_DIR:
	case RI_STORAGE_NFS:
	case RI_STORAGE_CIFS:
	case RI_STORAGE_BTRFS:
		return read_dir(s, volname, p, v, e);
	case RI_STORAGE_LVM:
		if (read_flat(s, volname, p, false, false, v, e) < 0)
			return -1;
		/* Proxmox VE 9: a chain of snapshots as qcow2 on logical volumes. */
		if (ends(p->v[0], ".qcow2"))
			v->format = "qcow2";
		return 0;
	case RI_STORAGE_LVMTHIN:
		return read_flat(s, volname, p, true, false, v, e);
	case RI_STORAGE_ZFSPOOL:
	case RI_STORAGE_RBD:
		return read_flat(s, volname, p, true, true, v, e);
	case RI_STORAGE_ISCSI:
		return read_lun(s, volname, p, v, e);
	case RI_STORAGE_OTHER:
		break;
	}
	return refuse_form(s, volname, "only its plugin can tell", e);
}

int ri_volname_parse(const struct ri_storage *s, const char *volname, struct ri_volname *out,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_volname_free) struct ri_volname v = { 0 };
	RI_ON_EXIT(parts_end) struct parts p = { 0 };
	int rc = split(volname, &p, e);

	if (rc != 0)
		return rc < 0 ? -1 : refuse_form(s, volname, "its parts must be plain names", e);
	if (read_type(s, volname, &p, &v, e) < 0)
		return -1;
	if (!v.name && set(&v.name, p.v[p.n - 1], e) < 0)
		return -1;
	*out = v;
	v = (struct ri_volname){ 0 };
	return 0;
}

void ri_volname_short(const char *volname, struct ri_buf *out)
{
	const char *slash = strrchr(volname, '/'), *last = slash ? slash + 1 : volname;
	const char *format = format_of(last);

	ri_buf_add(out, last, strlen(last) - (format ? strlen(format) + 1 : 0));
}
