// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A VM's configuration, /etc/pve/nodes/NODE/qemu-server/VMID.conf, read as Proxmox VE reads it.
 * Source: qemu-server QemuServer.pm:parse_vm_config, Drive.pm:parse_drive, get_bootdisks
 * (device_bootorder), JSONSchema.pm:parse_property_string.
 */
#include "base/strv.h"

enum ri_vmsec {
	RI_VMSEC_MAIN,
	RI_VMSEC_PENDING,
	RI_VMSEC_SNAPSHOT,
	RI_VMSEC_SPECIAL,
	RI_VMSEC_UNKNOWN
};

/** One "key: value" line that Proxmox would take. If a key occurs twice, the last one counts. */
struct ri_vmline {
	char *key, *value;
	size_t line; /* from 1 */
};

struct ri_vmsection {
	enum ri_vmsec kind;
	char *name;        /* a snapshot's, "cloudinit"; "" for main and pending */
	char *description; /* the # lines, decoded (%XX), joined by LF; NULL without */
	struct ri_vmline *v;
	size_t n;
	struct ri_strv deletes; /* of [PENDING]: the keys that "delete:" lists */
};

/**
 * section v[0] is always the main one, and at most one is pending: an earlier [PENDING] is of no kind that
 * Proxmox knows.
 */
struct ri_vmconf {
	struct ri_vmsection *v;
	size_t n;
	struct ri_strv warnings; /* "line 7: …" for what Proxmox warns of and drops */
};

/** Hostile or damaged text gives warnings, never an error. @return 0; -1 RI_E_NOMEM. */
int ri_vmconf_parse(struct ri_span text, struct ri_vmconf *out, struct ri_err *e) RI_MUST_CHECK;
void ri_vmconf_free(struct ri_vmconf *c);
/** Whether a line without its end is a section's header, "[PENDING]"; @inside is what it names. */
bool ri_vmconf_header(struct ri_span line, struct ri_span *inside);
/** Take "key: value" apart. @return false if a line without its end is not one. */
bool ri_vmconf_split(struct ri_span line, struct ri_span *key, struct ri_span *value);
/** The value of @key in a section, or NULL. */
const char *ri_vmsection_get(const struct ri_vmsection *s, const char *key);

/** A drive line's value. */
struct ri_drive {
	char *key;  /* "scsi0", "unused3" */
	char *file; /* a volid, an absolute path, "none", "cdrom" */
	bool cdrom; /* media=cdrom, or file is none or cdrom */
	bool
	    cloudinit; /* its volume is a VM's cloud-init drive (vm-N-cloudinit), which is a cdrom */
	bool
	    valid; /* false: Proxmox would drop the line (an unknown property such as disabled=1) */
	struct ri_strv opts; /* "iothread=1", in order, without the file */
};

struct ri_drives {
	struct ri_drive *v;
	size_t n;
};
