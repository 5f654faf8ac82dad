// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/storage_types.h"
#include "pveconf/section_config.h"

#include <strings.h>

/*
 * What a type makes of `shared`: SHARED is @SHARED_STORAGE, for which Storage/Plugin.pm:parse_config sets it
 * whatever the file says; LOCAL has no such property (each plugin's options), so that it is dropped.
 */
enum sharing { LOCAL, SAID, SHARED };

/* enum ri_storage_type's types first, in its order, then those that are refused by name. */
static const struct type {
	const char *name;
	enum ri_storage_type type;
	enum sharing sharing;
	bool images;         /* its default content holds VM disks */
	const char *refused; /* why ramimg cannot open its volumes */
} types[] = {
	{ "dir", RI_STORAGE_DIR, SAID, true, NULL },
	{ "nfs", RI_STORAGE_NFS, SHARED, true, NULL },
	{ "cifs", RI_STORAGE_CIFS, SHARED, true, NULL },
	{ "btrfs", RI_STORAGE_BTRFS, SAID, true, NULL },
	{ "lvm", RI_STORAGE_LVM, SAID, true, NULL },
	{ "lvmthin", RI_STORAGE_LVMTHIN, LOCAL, true, NULL },
	{ "zfspool", RI_STORAGE_ZFSPOOL, LOCAL, true, NULL },
	{ "rbd", RI_STORAGE_RBD, SHARED, true, NULL },
	{ "iscsi", RI_STORAGE_ISCSI, SHARED, true, NULL },
	{ "zfs", RI_STORAGE_OTHER, SHARED, true,
	    "is ZFS over iSCSI, whose volumes are not block devices of this host; move the disk to "
	    "another storage for the build" },
	{ "iscsidirect", RI_STORAGE_OTHER, SHARED, true,
	    "is iSCSI from user space (iscsidirect), whose LUNs are not block devices of this host; an "
	    "iscsi storage of the same target has them" },
	{ "esxi", RI_STORAGE_OTHER, SAID, false,
	    "is an ESXi host to import from; import the VM first" },
	{ "pbs", RI_STORAGE_OTHER, SHARED, false,
	    "is a Proxmox Backup Server, which holds backups only; restore the VM first" },
	{ "cephfs", RI_STORAGE_OTHER, SHARED, false,
	    "is a CephFS, on which Proxmox keeps no VM disks" },
	{ "glusterfs", RI_STORAGE_OTHER, SHARED, true,
	    "is a GlusterFS, which Proxmox VE 9 no longer has; name the volume by its path below "
	    "/mnt/pve" },
	{ "drbd", RI_STORAGE_OTHER, SHARED, true, NULL },
};

static const struct type *find(const char *name)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	return NULL;
}

void ri_storage_type_set(struct ri_storage *s)
{
	const struct type *t = find(s->type_name);

	s->type = t ? t->type : RI_STORAGE_OTHER;
	s->shared = t && t->sharing == SHARED;
	s->shared_known = t != NULL;
	s->images = !t || t->images;
	s->isos = !t; /* no type has them by default; what a plugin's has is not known */
}

#define FIELD(name) offsetof(struct ri_storage, name)

static const struct {
	const char *key;
	size_t offset;
} texts[] = {
	{ "path", FIELD(path) },
	{ "vgname", FIELD(vgname) },
	{ "thinpool", FIELD(thinpool) },
	{ "base", FIELD(base) },
	{ "pool", FIELD(pool) },
	{ "namespace", FIELD(rbd_ns) },
	{ "monhost", FIELD(monhost) },
	{ "username", FIELD(username) },
	{ "is_mountpoint", FIELD(mountpoint) },
}, flags[] = {
	{ "krbd", FIELD(krbd) },
	{ "disable", FIELD(disable) },
};

static enum ri_property_result set_text(char **field, struct ri_span value, struct ri_err *e)
{
	if (value.n == 0 || memchr(value.p, '\0', value.n))
		return RI_PROPERTY_BAD;
	free(*field);
	*field = ri_span_dup(value);
	if (*field)
		return RI_PROPERTY_SET;
	ri_nomem(e);
	return RI_PROPERTY_FAILED;
}

/* A word without a value is yes. */
static enum ri_property_result set_flag(bool *field, struct ri_span value)
{
	if (value.n > 0 && !ri_span_eq(value, ri_str("0")) && !ri_span_eq(value, ri_str("1")))
		return RI_PROPERTY_BAD;
	*field = value.n == 0 || *value.p == '1';
	return RI_PROPERTY_SET;
}

/* A plugin may share what does not say so, but never takes back what does. */
static enum ri_property_result set_shared(struct ri_storage *s, struct ri_span value)
{
	const struct type *t = find(s->type_name);
	enum ri_property_result rc;

	if (t && t->sharing != SAID)
		return RI_PROPERTY_SET;
	rc = set_flag(&s->shared, value);
	s->shared_known = t || s->shared;
	return rc;
}

static enum ri_property_result set_nodes(struct ri_storage *s, struct ri_span value,
    struct ri_err *e)
{
	struct ri_span word;

	s->nodes_given = true;
	while (ri_section_word(&value, &word))
		if (ri_strv_add_span(&s->nodes, word, e) < 0)
			return RI_PROPERTY_FAILED;
	return RI_PROPERTY_SET;
}

static enum ri_property_result set_content(struct ri_storage *s, struct ri_span value)
{
	struct ri_span word;

	s->images = s->isos = false;
	while (ri_section_word(&value, &word)) {
		s->images = s->images || ri_span_eq(word, ri_str("images"));
		s->isos = s->isos || ri_span_eq(word, ri_str("iso"));
	}
	return RI_PROPERTY_SET;
}

/* "images=some/dir,iso=…" */
static enum ri_property_result set_dirs(struct ri_storage *s, struct ri_span value,
    struct ri_err *e)
{
	static const char key[] = "images=";
	struct ri_span word;

	while (ri_section_word(&value, &word))
		if (ri_span_starts(word, key))
			return set_text(&s->images_dir, ri_span_skip(word, strlen(key)), e);
	return RI_PROPERTY_SET;
}

enum ri_property_result ri_storage_set(struct ri_storage *s, const char *key, struct ri_span value,
    struct ri_err *e)
{
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (strcmp(key, texts[i].key) == 0)
			return set_text((char **)((char *)s + texts[i].offset), value, e);
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if (strcmp(key, flags[i].key) == 0)
			return set_flag((bool *)((char *)s + flags[i].offset), value);
	if (strcmp(key, "shared") == 0)
		return set_shared(s, value);
	if (strcmp(key, "nodes") == 0)
		return set_nodes(s, value, e);
	if (strcmp(key, "content") == 0)
		return set_content(s, value);
	if (strcmp(key, "content-dirs") == 0)
		return set_dirs(s, value, e);
	return RI_PROPERTY_SET;
}

static int default_to(char **field, const char *value, struct ri_err *e)
{
	if (!*field)
		*field = strdup(value);
	return *field ? 0 : ri_nomem(e);
}

static bool is_one_of(const char *s, const char *const *words)
{
	while (*words && strcasecmp(*words, s) != 0)
		words++;
	return *words != NULL;
}

/*
 * is_mountpoint is a path, or a yes for the storage's own, or a no
 * (DirPlugin.pm:parse_is_mountpoint).
 */
static int resolve_mountpoint(struct ri_storage *s, struct ri_err *e)
{
	static const char *const yes[] = { "1", "yes", "on", "true", NULL };
	static const char *const no[] = { "0", "no", "off", "false", NULL };
	bool has = s->type == RI_STORAGE_DIR || s->type == RI_STORAGE_BTRFS;
	bool own;

	if (!s->mountpoint ||
	    (has && !is_one_of(s->mountpoint, yes) && !is_one_of(s->mountpoint, no)))
		return 0;
	own = has && s->path && is_one_of(s->mountpoint, yes);
	free(s->mountpoint);
	s->mountpoint = own ? strdup(s->path) : NULL;
	return own && !s->mountpoint ? ri_nomem(e) : 0;
}

int ri_storage_defaults(struct ri_storage *s, struct ri_err *e)
{
	RI_BUF mnt = { 0 };

	if (default_to(&s->images_dir, "images", e) < 0 || resolve_mountpoint(s, e) < 0)
		return -1;
	if (s->type == RI_STORAGE_RBD &&
	    (default_to(&s->pool, "rbd", e) < 0 || default_to(&s->username, "admin", e) < 0))
		return -1;
	if (s->type != RI_STORAGE_NFS && s->type != RI_STORAGE_CIFS)
		return 0;
	ri_buf_addf(&mnt, "/mnt/pve/%s", s->id);
	return ri_buf_check(&mnt, e) < 0 ? -1 : default_to(&s->path, mnt.p, e);
}

int ri_storage_enabled(const struct ri_storage *s, const char *node, struct ri_err *e)
{
	RI_BUF nodes = { 0 };

	if (s->disable)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "the storage '%s' is disabled", s->id);
	if (!s->nodes_given || ri_strv_has(&s->nodes, node))
		return 0;
	for (size_t i = 0; i < s->nodes.n; i++)
		ri_buf_addf(&nodes, "%s%s", i > 0 ? ", " : "", s->nodes.v[i]);
	if (ri_buf_check(&nodes, e) < 0)
		return -1;
	return ri_fail(e, RI_E_UNSUPPORTED, 0,
	    "the storage '%s' is not for this node, %s, but for %s", s->id, node,
	    nodes.p ? nodes.p : "none");
}

int ri_storage_usable(const struct ri_storage *s, const char *node, struct ri_err *e)
{
	if (ri_storage_enabled(s, node, e) < 0)
		return -1;
	return ri_storage_refused(s) || s->images
		   ? 0
		   : ri_fail(e, RI_E_UNSUPPORTED, 0,
			 "the storage '%s' holds no VM disks (its content has no images)", s->id);
}

const char *ri_storage_refused(const struct ri_storage *s)
{
	const struct type *t = find(s->type_name);

	return t ? t->refused : NULL;
}

int ri_storage_supported(const struct ri_storage *s, bool *plugin, struct ri_err *e)
{
	const char *why = ri_storage_refused(s);

	*plugin = false;
	if (why)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "the storage '%s' %s", s->id, why);
	if (s->type != RI_STORAGE_OTHER)
		return 0;
	*plugin = true;
	return ri_fail(e, RI_E_UNSUPPORTED, 0,
	    "the storage '%s' is of the type '%s', which only its plugin knows", s->id,
	    s->type_name);
}
