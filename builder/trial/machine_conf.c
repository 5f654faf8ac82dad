// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trial/machine_conf.h"
#include "pveconf/vmconf_drive.h"

static enum ri_trial_bus scsi_bus(const char *hw)
{
	static const struct {
		const char *word;
		enum ri_trial_bus bus;
	} rows[] = {
		{ "virtio-scsi-pci", RI_TRIAL_VIRTIO_SCSI },
		{ "virtio-scsi-single", RI_TRIAL_VIRTIO_SCSI },
		{ "lsi53c810", RI_TRIAL_LSI53C810 },
		{ "megasas", RI_TRIAL_MEGASAS },
		{ "pvscsi", RI_TRIAL_PVSCSI },
	};

	for (size_t i = 0; hw && i < sizeof rows / sizeof *rows; i++)
		if (strcmp(hw, rows[i].word) == 0)
			return rows[i].bus;
	return RI_TRIAL_LSI;
}

/* @return false: no disk that a machine boots from. */
static bool bus_of(const struct ri_vmsection *main, const char *key, struct ri_trial_machine *m)
{
	static const struct {
		const char *prefix;
		enum ri_trial_bus bus;
	} rows[] = {
		{ "virtio", RI_TRIAL_VIRTIO },
		{ "sata", RI_TRIAL_SATA },
		{ "ide", RI_TRIAL_IDE },
		{ "scsi", RI_TRIAL_VIRTIO_SCSI },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t n = strlen(rows[i].prefix);

		if (strncmp(key, rows[i].prefix, n) != 0)
			continue;
		m->bus = rows[i].bus == RI_TRIAL_VIRTIO_SCSI
			     ? scsi_bus(ri_vmsection_get(main, "scsihw"))
			     : rows[i].bus;
		m->index = (unsigned)strtoul(key + n, NULL, 10);
		return true;
	}
	return false;
}

/* "q35", "pc-q35-8.1+pve0", "type=q35,viommu=intel": the family; the version is this QEMU's newest. */
static bool is_q35(const char *machine)
{
	return machine && strstr(machine, "q35");
}

/* The property "pre-enrolled-keys=1" of an efidisk0. */
static bool has_keys(const char *efidisk)
{
	return efidisk && strstr(efidisk, ",pre-enrolled-keys=1");
}

int ri_trial_of_conf(const struct ri_vmconf *c, const char *volid, struct ri_trial_machine *m,
    struct ri_trial_conf *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_drives_free) struct ri_drives drives = { 0 };
	const struct ri_vmsection *main = &c->v[0];
	const char *bios = ri_vmsection_get(main, "bios");

	*out = (struct ri_trial_conf){ .efidisk = ri_vmsection_get(main, "efidisk0") };
	m->q35 = is_q35(ri_vmsection_get(main, "machine"));
	m->uefi = bios && strcmp(bios, "ovmf") == 0;
	/* Its keys without system management mode, which i440fx has not, would be nobody's to enforce. */
	m->secure_boot = m->uefi && m->q35 && has_keys(out->efidisk);
	if (ri_drives_of(main, &drives, e) < 0)
		return -1;
	for (size_t i = 0; volid && i < drives.n; i++) {
		const struct ri_drive *d = &drives.v[i];

		if (d->file && strcmp(d->file, volid) == 0 && bus_of(main, d->key, m))
			for (size_t k = 0; k < main->n; k++)
				if (strcmp(main->v[k].key, d->key) == 0)
					out->key = main->v[k].key;
	}
	return 0;
}
