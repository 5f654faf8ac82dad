// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a VM boots from, and whether its disks may be changed.
 */
#include "pveconf/vmconf_boot.h"
#include "pveconf/vmconf_drive.h"

/* A hard disk, not a CD-ROM, that Proxmox would attach. */
static bool boots(const struct ri_drive *d)
{
	static const char *const kinds[] = { "ide", "scsi", "virtio", "sata" };

	if (!d->valid || d->cdrom)
		return false;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strncmp(d->key, kinds[i], strlen(kinds[i])) == 0)
			return true;
	return false;
}

static const struct ri_drive *find(const struct ri_drives *d, const char *key, size_t n)
{
	for (size_t i = 0; i < d->n; i++)
		if (strlen(d->v[i].key) == n && memcmp(d->v[i].key, key, n) == 0)
			return &d->v[i];
	return NULL;
}

static bool is_key(const char *p, size_t n)
{
	char key[16];

	if (n >= sizeof key)
		return false;
	memcpy(key, p, n);
	key[n] = '\0';
	return ri_drive_key(key);
}

static int take(const struct ri_drive *d, char **key, struct ri_err *e)
{
	*key = strdup(d->key);
	return *key ? 0 : ri_nomem(e);
}

/* Such a drive cannot have been detached: one that is not there is a CD drive that was removed. */
static bool stays(const char *key)
{
	return strncmp(key, "ide", 3) == 0 || strncmp(key, "sata", 4) == 0;
}

/*
 * "order=scsi0;ide2;net0": the first of them that is a hard disk. A scsi or virtio drive that is
 * not there may be the one that was detached, and the next is not taken for it.
 */
static int by_order(const struct ri_drives *d, const char *order, char **key, struct ri_err *e)
{
	const char *first = order;

	for (const char *c = order; *c;) {
		size_t n = strcspn(c, "; ,");
		const struct ri_drive *x = find(d, c, n);

		if (x && boots(x))
			return take(x, key, e);
		if (!x && n > 0 && is_key(c, n) && !stays(c))
			return ri_fail(e, RI_E_CONFIG, 0,
			    "its boot order names %.*s, which the configuration does not have (or "
			    "Proxmox drops); name the volume instead",
			    (int)n, c);
		c += n;
		c += strspn(c, "; ,");
	}
	return ri_fail(e, RI_E_CONFIG, 0,
	    "its boot order (%.100s) has no hard disk; name the volume instead", first);
}

/*
 * Before Proxmox VE 6.3 letters, c for the disk that `bootdisk` names; without it the first disk.
 */
static int by_letters(const struct ri_vmconf *c, const struct ri_drives *d, char **key,
    struct ri_err *e)
{
	const char *named = ri_vmsection_get(&c->v[0], "bootdisk");
	const struct ri_drive *x = named ? find(d, named, strlen(named)) : NULL;

	if (x && boots(x))
		return take(x, key, e);
	if (named)
		return ri_fail(e, RI_E_CONFIG, 0,
		    "its bootdisk, %.40s, is not one of its hard disks; name the volume instead",
		    named);
	for (size_t i = 0; i < d->n; i++)
		if (boots(&d->v[i]))
			return take(&d->v[i], key, e);
	return ri_fail(e, RI_E_CONFIG, 0, "it has no hard disk");
}

int ri_vmconf_bootdisk(const struct ri_vmconf *c, char **key, struct ri_err *e)
{
	static const char order[] = "order=", legacy[] = "legacy=";
	const char *boot = ri_vmsection_get(&c->v[0], "boot");
	RI_ON_EXIT(ri_drives_free) struct ri_drives d = { 0 };

	if (ri_drives_of(&c->v[0], &d, e) < 0)
		return -1;
	if (boot && strncmp(boot, order, strlen(order)) == 0)
		return by_order(&d, boot + strlen(order), key, e);
	if (boot && strncmp(boot, legacy, strlen(legacy)) == 0)
		boot += strlen(legacy);
	if (boot && !strchr(boot, 'c'))
		return ri_fail(e, RI_E_CONFIG, 0,
		    "its boot order (%.40s) has no hard disk; name the volume instead", boot);
	return by_letters(c, &d, key, e);
}

int ri_vmconf_writable(const struct ri_vmconf *c, unsigned vmid, bool *commit_locked,
    struct ri_err *e)
{
	const struct ri_vmsection *main = &c->v[0];
	const char *lock = ri_vmsection_get(main, "lock");
	const char *template = ri_vmsection_get(main, "template");

	if (ri_vmsection_get(main, "vmstate") || (lock && strcmp(lock, "suspended") == 0))
		return ri_fail(e, RI_E_BUSY, 0,
		    "VM %u is hibernated, and its saved memory expects the disk as it is; start it and "
		    "shut it down",
		    vmid);
	if (commit_locked)
		*commit_locked = lock && strcmp(lock, RI_COMMIT_LOCK) == 0;
	if (lock && !(commit_locked && *commit_locked))
		return ri_fail(e, RI_E_BUSY, 0,
		    "VM %u is locked (%.40s); wait for that to end, or, if it died, run: qm unlock %u",
		    vmid, lock, vmid);
	if (template && strcmp(template, "0") != 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "VM %u is a template; clone it and build the clone, or write a new image with "
		    "--output",
		    vmid);
	return 0;
}
