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

/* Controllers that other disks may hang on as well; lsi is Proxmox's default. */
static const struct hw {
	const char *name;
	unsigned disks;  /* of one controller */
	const char *why; /* its disks are not unplugged; NULL: they are */
} hws[] = {
	{ "virtio-scsi-pci", 256, NULL },
	{ "lsi", 7, NULL },
	{ "lsi53c810", 7, NULL },
	/* Source: qemu qga/commands-posix.c, build_guest_fsinfo_for_pci_dev, which has a list of drivers. */
	{ "megasas", 256, "whose disks the guest agent cannot tell apart" },
	{ "pvscsi", 256, "whose disks the guest agent cannot tell apart" },
	{ NULL, 0, "that is not known here" },
};

static unsigned number_of(const char *key)
{
	return (unsigned)strtoul(key + strcspn(key, "0123456789"), NULL, 10);
}

bool ri_qemu_names_shares(const struct ri_qemu_names *d, const char *key)
{
	return d->disks != 0 && strncmp(key, "scsi", 4) == 0 && ri_drive_key(key) &&
	       strcmp(key, d->key) != 0 && number_of(key) / d->disks == d->index / d->disks;
}

static bool has_other(const struct ri_vmconf *c, const struct ri_qemu_names *d)
{
	for (size_t i = 0; i < c->v[0].n; i++)
		if (ri_qemu_names_shares(d, c->v[0].v[i].key))
			return true;
	return false;
}

static int on_scsi(const struct ri_vmconf *c, struct ri_qemu_names *d, struct ri_err *e)
{
	const char *name = ri_vmsection_get(&c->v[0], "scsihw");
	const struct hw *hw = hws;

	if (name && is_hw(name, "virtio-scsi-single")) {
		d->disks = 1;
		d->unit = d->index;
		snprintf(d->controller, sizeof d->controller, "virtioscsi%u", d->index);
		snprintf(d->iothread, sizeof d->iothread, "iothread-%s", d->controller);
		return 0;
	}
	name = name ? name : "lsi";
	while (hw->name && !is_hw(name, hw->name))
		hw++;
	if (hw->why)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "%s: is on a controller (%.40s) %s; use virtio-scsi-single or virtio-scsi-pci",
		    d->key, name, hw->why);
	d->disks = hw->disks;
	d->unit = d->index % hw->disks;
	snprintf(d->controller, sizeof d->controller, "scsihw%u", d->index / hw->disks);
	d->shared = has_other(c, d);
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
	out->index = number_of(key);
	if (scsi)
		return on_scsi(c, out, e);
	snprintf(out->iothread, sizeof out->iothread, "iothread-%s", out->key);
	return 0;
}
