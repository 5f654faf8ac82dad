// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/qemu_names.h"
#include "pveconf/vmconf_drive.h"

static int refuse(const char *key, struct ri_err *e)
{
	static const struct {
		const char *kind, *why;
	} kinds[] = {
		{ "ide", "IDE disks" },
		{ "sata", "SATA disks" },
		{ "efidisk", "the EFI variables" },
		{ "tpmstate", "the TPM's state" },
	};

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strncmp(key, kinds[i].kind, strlen(kinds[i].kind)) == 0)
			return ri_fail(e, RI_E_UNSUPPORTED, 0,
			    "%s: QEMU cannot unplug %s from a running VM; use scsi or virtio", key,
			    kinds[i].why);
	return ri_fail(e, RI_E_USAGE, 0, "%.40s is not a disk of a running VM", key);
}

/* "virtio-scsi-single,disabled=1" is still called that (and Proxmox goes by it). */
static bool is_hw(const char *scsihw, const char *name)
{
	size_t n = strlen(name);

	return strncmp(scsihw, name, n) == 0 && (scsihw[n] == '\0' || scsihw[n] == ',');
}

static bool has_other(const struct ri_vmconf *c, const char *key)
{
	for (size_t i = 0; i < c->v[0].n; i++) {
		const char *k = c->v[0].v[i].key;

		if (strncmp(k, "scsi", 4) == 0 && ri_drive_key(k) && strcmp(k, key) != 0)
			return true;
	}
	return false;
}

static int on_scsi(const struct ri_vmconf *c, struct ri_qemu_names *d, struct ri_err *e)
{
	const char *hw = ri_vmsection_get(&c->v[0], "scsihw");

	if (hw && is_hw(hw, "virtio-scsi-single")) {
		snprintf(d->controller, sizeof d->controller, "virtioscsi%u", d->index);
		snprintf(d->iothread, sizeof d->iothread, "iothread-%s", d->controller);
		return 0;
	}
	if (!hw || !is_hw(hw, "virtio-scsi-pci"))
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "%s: is on a controller (%.40s) from which QEMU unplugs no disk; use "
		    "virtio-scsi-single or virtio-scsi-pci",
		    d->key, hw ? hw : "lsi");
	snprintf(d->controller, sizeof d->controller, "scsihw0");
	d->shared = has_other(c, d->key);
	return 0;
}

int ri_qemu_names_of(const struct ri_vmconf *c, const char *key, struct ri_qemu_names *out,
    struct ri_err *e)
{
	bool scsi = strncmp(key, "scsi", 4) == 0;
	bool virtio = strncmp(key, "virtio", 6) == 0;

	*out = (struct ri_qemu_names){ 0 };
	if (!ri_drive_key(key) || !(scsi || virtio))
		return refuse(key, e);
	snprintf(out->key, sizeof out->key, "%s", key);
	snprintf(out->drive, sizeof out->drive, "drive-%s", out->key);
	snprintf(out->throttle, sizeof out->throttle, "throttle-%s", out->drive);
	out->index = (unsigned)strtoul(key + (scsi ? 4 : 6), NULL, 10);
	if (scsi)
		return on_scsi(c, out, e);
	snprintf(out->iothread, sizeof out->iothread, "iothread-%s", out->key);
	return 0;
}
