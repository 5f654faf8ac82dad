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

/** One "key: value" line that Proxmox would take. Of a key that comes twice the last one counts. */
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

/** section v[0] is always the main one. */
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
/** Take "key: value" apart. @return false where a line without its end is none of them. */
bool ri_vmconf_split(struct ri_span line, struct ri_span *key, struct ri_span *value);
/** The value of @key in a section, or NULL. */
const char *ri_vmsection_get(const struct ri_vmsection *s, const char *key);

/** A drive line's value. */
struct ri_drive {
	char *key;      /* "scsi0", "unused3" */
	char *file;     /* a volid, an absolute path, "none", "cdrom" */
	bool cdrom;     /* media=cdrom, or file is none or cdrom */
	bool cloudinit; /* a cdrom whose volume is a VM's cloud-init drive (vm-N-cloudinit) */
	bool
	    valid; /* false: Proxmox would drop the line (an unknown property such as disabled=1) */
	struct ri_strv opts; /* "iothread=1", in order, without the file */
};
void ri_drive_free(struct ri_drive *d);

/** Whether @key names a drive: ide0-3 sata0-5 scsi0-30 virtio0-15 efidisk0 tpmstate0 unused0-255. */
bool ri_drive_key(const char *key);
/** @return 0 (look at valid); -1 RI_E_NOMEM, RI_E_CONFIG where no file can be told at all. */
int ri_drive_parse(const char *key, const char *value, struct ri_drive *out,
    struct ri_err *e) RI_MUST_CHECK;

struct ri_drives {
	struct ri_drive *v;
	size_t n;
};
void ri_drives_free(struct ri_drives *d);
/** All drives of a section, in Proxmox's order of keys (ide, scsi, virtio, sata, efidisk, tpmstate,
 *  unused), those that cannot be read left out. */
int ri_drives_of(const struct ri_vmsection *s, struct ri_drives *out,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * The key of the disk that the VM boots from: the first hard disk of "boot: order=…"; the legacy
 * "boot: c" forms take "bootdisk", else the first of ide0, scsi0, virtio0, … that is there
 * (Drive.pm / QemuServer.pm, legacy boot order).
 * @return 0 and a string for free() in *@key; -1 RI_E_CONFIG: no order, no disk in it, or its disk is
 *         missing from the configuration; the sentence says which, and that a volume can be named.
 */
int ri_vmconf_bootdisk(const struct ri_vmconf *c, char **key, struct ri_err *e) RI_MUST_CHECK;

/**
 * Whether the configuration lets a disk of the VM be rewritten while it is off.
 * @return 0; -1 RI_E_BUSY "VM 105 is locked (backup); …what to do", or "… is hibernated (vmstate …)";
 *         RI_E_UNSUPPORTED "… is a template; clone it first".
 */
int ri_vmconf_writable(const struct ri_vmconf *c, unsigned vmid, struct ri_err *e) RI_MUST_CHECK;
