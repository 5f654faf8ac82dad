// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * /etc/pve/storage.cfg: what storages a Proxmox VE cluster has.
 *
 * Grammar as Proxmox reads it: pve-common SectionConfig.pm:parse_config, pve-storage
 * Storage/Plugin.pm:parse_section_header, parse_config, decode_value.
 */
#include "base/strv.h"

enum ri_storage_type {
	RI_STORAGE_DIR,
	RI_STORAGE_NFS,
	RI_STORAGE_CIFS,
	RI_STORAGE_BTRFS,
	RI_STORAGE_LVM,
	RI_STORAGE_LVMTHIN,
	RI_STORAGE_ZFSPOOL,
	RI_STORAGE_RBD,
	RI_STORAGE_ISCSI,
	RI_STORAGE_OTHER, /* known to be refused, or a plugin's; type_name tells */
};

/** One section. Strings that the section does not give are NULL unless Proxmox has a default. */
struct ri_storage {
	char *id;
	char *type_name; /* as written, lower case: "lvmthin" */
	enum ri_storage_type type;
	char *path;       /* dir, btrfs; nfs, cifs default to /mnt/pve/<id> */
	char *images_dir; /* below path: "images", or what content-dirs says */
	char *vgname;     /* lvm, lvmthin */
	char *thinpool;   /* lvmthin */
	char *base;       /* lvm: the volid of the iSCSI volume that contains the group */
	char *pool;       /* zfspool; rbd, there "rbd" by default */
	char *rbd_ns;     /* rbd: namespace */
	char *monhost;    /* rbd */
	char *username;   /* rbd: "admin" by default */
	char *fsid;       /* rbd: its cluster's, which storage.cfg does not say; NULL: not known */
	bool krbd;        /* rbd */
	char *mountpoint; /* dir, btrfs: where something must be mounted (is_mountpoint) */
	bool disable, shared;
	bool
	    shared_known; /* false: of a plugin's type, and only the plugin tells whether it is shared */
	bool isos;        /* its content has ISO images (given, or the default: `local`'s) */
	bool images;      /* its content holds VM disks (given, or the type's default) */
	bool nodes_given; /* only those nodes use it */
	struct ri_strv nodes;
	size_t line; /* of its header, from 1 */
};

struct ri_storages {
	struct ri_storage *v;
	size_t n;
	struct ri_strv warnings; /* "line 7: …": what Proxmox would warn of and pass over */
};

/**
 * Parse storage.cfg's text; hostile or damaged text gives warnings, never an error. `local` is
 * always there afterwards, as a dir at /var/lib/vz without a node restriction (as Proxmox forces
 * it).
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_storages_parse(struct ri_span text, struct ri_storages *out, struct ri_err *e) RI_MUST_CHECK;
void ri_storages_free(struct ri_storages *s);
/** The storage named @id, or NULL. */
const struct ri_storage *ri_storages_find(const struct ri_storages *s, const char *id);

/** Whether @id is a storage's name (pve-common JSONSchema.pm:parse_id). */
bool ri_storage_id_ok(struct ri_span id);
