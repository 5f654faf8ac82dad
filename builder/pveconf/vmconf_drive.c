// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Drive lines (qemu-server Drive.pm: the drive names, and the properties that each interface
 * takes).
 */
#include "pveconf/vmconf_drive.h"

enum { IDE = 1, SCSI = 2, VIRTIO = 4, SATA = 8, EFI = 16, TPM = 32, UNUSED = 64 };
#define DISKS (IDE | SCSI | VIRTIO | SATA)

static const struct iface {
	const char *name;
	unsigned bit, count;
} ifaces[] = {
	{ "ide", IDE, 4 },
	{ "scsi", SCSI, 31 },
	{ "virtio", VIRTIO, 16 },
	{ "sata", SATA, 6 },
	{ "efidisk", EFI, 1 },
	{ "tpmstate", TPM, 1 },
	{ "unused", UNUSED, 256 },
};
#define IFACES (sizeof ifaces / sizeof ifaces[0])

static const struct {
	const char *name;
	unsigned on;
} properties[] = {
	{ "aio", DISKS },
	{ "backup", DISKS },
	{ "bps", DISKS },
	{ "bps_max_length", DISKS },
	{ "bps_rd", DISKS },
	{ "bps_rd_length", DISKS },
	{ "bps_rd_max_length", DISKS },
	{ "bps_wr", DISKS },
	{ "bps_wr_length", DISKS },
	{ "bps_wr_max_length", DISKS },
	{ "cache", DISKS },
	{ "cyls", DISKS },
	{ "detect_zeroes", DISKS },
	{ "discard", DISKS },
	{ "efitype", EFI },
	{ "format", DISKS | EFI | TPM },
	{ "heads", DISKS },
	{ "import-from", DISKS | EFI | TPM },
	{ "iops", DISKS },
	{ "iops_max", DISKS },
	{ "iops_max_length", DISKS },
	{ "iops_rd", DISKS },
	{ "iops_rd_length", DISKS },
	{ "iops_rd_max", DISKS },
	{ "iops_rd_max_length", DISKS },
	{ "iops_wr", DISKS },
	{ "iops_wr_length", DISKS },
	{ "iops_wr_max", DISKS },
	{ "iops_wr_max_length", DISKS },
	{ "iothread", SCSI | VIRTIO },
	{ "mbps", DISKS },
	{ "mbps_max", DISKS },
	{ "mbps_rd", DISKS },
	{ "mbps_rd_max", DISKS },
	{ "mbps_wr", DISKS },
	{ "mbps_wr_max", DISKS },
	{ "media", DISKS },
	{ "model", IDE },
	{ "ms-cert", EFI },
	{ "pre-enrolled-keys", EFI },
	{ "product", SCSI },
	{ "queues", SCSI },
	{ "replicate", DISKS },
	{ "rerror", DISKS },
	{ "ro", SCSI | VIRTIO },
	{ "scsiblock", SCSI },
	{ "secs", DISKS },
	{ "serial", DISKS },
	{ "shared", DISKS },
	{ "size", DISKS | EFI | TPM },
	{ "snapshot", DISKS },
	{ "ssd", IDE | SCSI | SATA },
	{ "trans", DISKS },
	{ "vendor", SCSI },
	{ "version", TPM },
	{ "werror", DISKS },
	{ "wwn", IDE | SCSI | SATA },
};

static const struct iface *iface_of(const char *key, unsigned *index)
{
	for (size_t i = 0; i < IFACES; i++) {
		size_t n = strlen(ifaces[i].name), digits;

		if (strncmp(key, ifaces[i].name, n) != 0)
			continue;
		digits = strspn(key + n, "0123456789");
		if (digits == 0 || digits > 3 || key[n + digits] != '\0' ||
		    (digits > 1 && key[n] == '0'))
			continue;
		*index = (unsigned)strtoul(key + n, NULL, 10);
		if (*index < ifaces[i].count)
			return &ifaces[i];
	}
	return NULL;
}

bool ri_drive_key(const char *key)
{
	unsigned index;

	return iface_of(key, &index) != NULL;
}

void ri_drive_free(struct ri_drive *d)
{
	free(d->key);
	free(d->file);
	ri_strv_free(&d->opts);
	*d = (struct ri_drive){ 0 };
}

bool ri_drive_bytes(const char *size, uint64_t *out)
{
	static const char digits[] = "0123456789", units[] = "KMGT";
	const char *p = size + strspn(size, digits), *unit;
	double bytes; /* as Perl reckons */

	if (p == size)
		return false;
	if (*p == '.' && strspn(p + 1, digits) > 0)
		p += 1 + strspn(p + 1, digits);
	unit = *p ? strchr(units, *p) : NULL;
	if (*p && (!unit || p[1]))
		return false;
	bytes = strtod(size, NULL);
	for (const char *u = units; unit && u <= unit; u++)
		bytes *= 1024;
	if (bytes >= 0x1p63)
		return false;
	*out = (uint64_t)bytes;
	return true;
}

void ri_drives_free(struct ri_drives *d)
{
	for (size_t i = 0; i < d->n; i++)
		ri_drive_free(&d->v[i]);
	free(d->v);
	*d = (struct ri_drives){ 0 };
}

static bool known(struct ri_span name, unsigned on)
{
	for (size_t i = 0; i < sizeof properties / sizeof properties[0]; i++)
		if (ri_span_eq(name, ri_str(properties[i].name)))
			return (properties[i].on & on) != 0;
	return false;
}

static bool starts_with_name(struct ri_span part, struct ri_span *name, struct ri_span *value)
{
	const char *eq = memchr(part.p, '=', part.n);

	if (!eq)
		return false;
	*name = ri_span(part.p, (size_t)(eq - part.p));
	*value = ri_span_skip(part, name->n + 1);
	return true;
}

/* One part between commas: the file, by itself or by name, or a property. */
static int part_of(struct ri_drive *d, struct ri_span part, unsigned on, struct ri_err *e)
{
	struct ri_span name, value;
	bool named = starts_with_name(part, &name, &value);

	if (!named || ri_span_eq(name, ri_str("file")) || ri_span_eq(name, ri_str("volume"))) {
		if (d->file) {
			d->valid = false; /* two files, or a word that is not a property */
			return 0;
		}
		d->file = ri_span_dup(named ? value : part);
		return d->file ? 0 : ri_nomem(e);
	}
	if (!known(name, on))
		d->valid = false;
	return ri_strv_add_span(&d->opts, part, e);
}

/* Drive.pm:drive_is_cloudinit: "cloudinit" or "vm-105-cloudinit" behind ":" or "/", and perhaps a format. */
static bool is_cloudinit(const char *file)
{
	static const char *const ends[] = { "", ".raw", ".qcow", ".qcow2", ".qed", ".vmdk",
		".cloop" };
	static const char word[] = "cloudinit";
	const char *at = file + strlen(file);

	while (at > file && !strchr(":/", at[-1]))
		at--;
	if (at == file)
		return false;
	if (strncmp(at, "vm-", 3) == 0 && strspn(at + 3, "0123456789") > 0) {
		at += 3 + strspn(at + 3, "0123456789");
		if (*at++ != '-')
			return false;
	}
	if (strncmp(at, word, strlen(word)) != 0)
		return false;
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		if (strcmp(at + strlen(word), ends[i]) == 0)
			return true;
	return false;
}

int ri_drive_parse(const char *key, const char *value, struct ri_drive *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_drive_free) struct ri_drive d = { .valid = true };
	unsigned index, on;
	const struct iface *iface = iface_of(key, &index);

	on = iface ? iface->bit : 0;
	d.key = strdup(key);
	if (!d.key)
		return ri_nomem(e);
	for (const char *c = value;; c++) {
		size_t n = strcspn(c, ",");

		if (n > 0 && part_of(&d, ri_span(c, n), on, e) < 0)
			return -1;
		c += n;
		if (*c == '\0')
			break;
	}
	if (ri_span_trim(ri_str(d.file ? d.file : "")).n == 0)
		return ri_fail(e, RI_E_CONFIG, 0, "%s: %.200s names no volume", key, value);
	d.cdrom = ri_strv_has(&d.opts, "media=cdrom") || strcmp(d.file, "none") == 0 ||
		  strcmp(d.file, "cdrom") == 0;
	d.cloudinit = is_cloudinit(d.file);
	*out = d;
	d = (struct ri_drive){ 0 };
	return 0;
}

static int add(struct ri_drives *l, struct ri_drive *d, struct ri_err *e)
{
	struct ri_drive *v = reallocarray(l->v, l->n + 1, sizeof *v);

	if (!v) {
		ri_drive_free(d);
		return ri_nomem(e);
	}
	l->v = v;
	v[l->n++] = *d;
	return 0;
}

int ri_drives_of(const struct ri_vmsection *s, struct ri_drives *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_drives_free) struct ri_drives l = { 0 };

	for (size_t i = 0; i < IFACES; i++)
		for (unsigned k = 0; k < ifaces[i].count; k++) {
			struct ri_drive d = { 0 };
			struct ri_err unread = { 0 };
			const char *value;
			char key[24];

			snprintf(key, sizeof key, "%s%u", ifaces[i].name, k);
			value = ri_vmsection_get(s, key);
			if (!value)
				continue;
			if (ri_drive_parse(key, value, &d, &unread) < 0) {
				if (unread.code == RI_E_NOMEM)
					return ri_nomem(e);
			} else if (add(&l, &d, e) < 0) {
				return -1;
			}
		}
	*out = l;
	l = (struct ri_drives){ 0 };
	return 0;
}
