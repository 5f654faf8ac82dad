// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "os/fstab_place.h"

/* What the name of a source says of itself, by how it begins. */
enum how {
	BY_TAG,     /* what follows is the value of the tag */
	BY_LINK,    /* the same, as udev writes it in a link's name */
	BY_NAME,    /* of a mapping, a pool's volume, an array */
	BY_DEVICE,  /* a kernel's name of a disk, or VG/LV */
	NOT_HERE,   /* a drive, or a device of the network */
	IN_RAM,     /* no disk at all */
	CANNOT_TELL /* depends on the hardware, or on what was set up before */
};

struct way {
	const char *prefix;
	enum how how;
	const char *tag; /* for BY_TAG and BY_LINK */
	bool
	    numbered; /* only with nothing but digits behind it: /dev/srv/data is LVM, /dev/sr0 a drive */
};

/* The first that fits. */
static const struct way ways[] = {
	{ "UUID=", BY_TAG, "UUID=", false },
	{ "LABEL=", BY_TAG, "LABEL=", false },
	{ "PARTUUID=", BY_TAG, "PARTUUID=", false },
	{ "PARTLABEL=", BY_TAG, "PARTLABEL=", false },
	{ "ID=", CANNOT_TELL, NULL, false },
	{ "/dev/disk/by-uuid/", BY_LINK, "UUID=", false },
	{ "/dev/disk/by-label/", BY_LINK, "LABEL=", false },
	{ "/dev/disk/by-partuuid/", BY_LINK, "PARTUUID=", false },
	{ "/dev/disk/by-partlabel/", BY_LINK, "PARTLABEL=", false },
	{ "/dev/disk/", CANNOT_TELL, NULL, false },
	{ "/dev/mapper/", BY_NAME, NULL, false },
	{ "/dev/dm-", CANNOT_TELL, NULL, true },
	{ "/dev/zvol/", BY_NAME, NULL, false },
	{ "/dev/md", BY_NAME, NULL, true },
	{ "/dev/md/", BY_NAME, NULL, false },
	{ "/dev/ram", IN_RAM, NULL, true },
	{ "/dev/zram", IN_RAM, NULL, true },
	{ "/dev/fuse", IN_RAM, NULL, true },
	{ "/dev/cdrom", NOT_HERE, NULL, true },
	{ "/dev/cdrw", NOT_HERE, NULL, true },
	{ "/dev/dvd", NOT_HERE, NULL, true },
	{ "/dev/dvdrw", NOT_HERE, NULL, true },
	{ "/dev/sr", NOT_HERE, NULL, true },
	{ "/dev/scd", NOT_HERE, NULL, true },
	{ "/dev/fd", NOT_HERE, NULL, true },
	{ "/dev/floppy", NOT_HERE, NULL, true },
	{ "/dev/nbd", NOT_HERE, NULL, true },
	{ "/dev/rbd", NOT_HERE, NULL, true },
	{ "/dev/rbd/", NOT_HERE, NULL, false },
	{ "/dev/loop", CANNOT_TELL, NULL, true },
	{ "/dev/", BY_DEVICE, NULL, false },
};

static const struct way *way_of(const char *spec)
{
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		const char *rest = spec + strlen(ways[i].prefix);

		if (strncmp(spec, ways[i].prefix, strlen(ways[i].prefix)) == 0 &&
		    (!ways[i].numbered || rest[strspn(rest, "0123456789")] == '\0'))
			return &ways[i];
	}
	return NULL;
}

/* Virtual file systems, whose source is just a name and may look like a device. */
static bool is_made_up(struct ri_span type)
{
	static const char *const types[] = { "autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2",
		"configfs", "debugfs", "devpts", "devtmpfs", "efivarfs", "fusectl", "hugetlbfs",
		"mqueue", "nfsd", "none", "overlay", "proc", "pstore", "ramfs", "rpc_pipefs",
		"securityfs", "selinuxfs", "sysfs", "tmpfs", "tracefs" };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (ri_span_eq(type, ri_str(types[i])))
			return true;
	return false;
}

/* Of the quotes around a tag's value, which mount(8) allows. */
static struct ri_span unquoted(struct ri_span s)
{
	return s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0]
		   ? ri_span(s.p + 1, s.n - 2)
		   : s;
}

/* udev writes what may not stand in a link's name as \x20 (systemd: encode_devnode_name). */
static void add_link(struct ri_span s, struct ri_buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (ri_fstab_hex(s, i, &c))
			i += 3;
		ri_buf_add(out, &c, 1);
	}
}

/*
 * "/dev/vda2" and "/dev/nvme0n1p2" are "/dev/sda2": what is built is the guest's first disk, by every name that
 * a kernel gives it. @return "2", "" for the whole disk, NULL: not the first.
 */
static const char *on_first_disk(const char *spec)
{
	static const char *const disks[] = { "/dev/sda", "/dev/vda", "/dev/hda", "/dev/xvda",
		"/dev/nvme0n1" };

	for (size_t i = 0; i < sizeof disks / sizeof *disks; i++) {
		const char *part = spec + strlen(disks[i]);

		if (strncmp(spec, disks[i], strlen(disks[i])) != 0)
			continue;
		if (strchr("0123456789", disks[i][strlen(disks[i]) - 1]) && part[0] == 'p')
			part++;
		if (part[strspn(part, "0123456789")] == '\0')
			return part;
	}
	return NULL;
}

/* Of a kernel's name for another disk, or for a partition that is not there. */
static bool is_drive(const char *spec)
{
	static const char *const drives[] = { "/dev/sd", "/dev/vd", "/dev/hd", "/dev/xvd",
		"/dev/nvme", "/dev/mmcblk" };

	for (size_t i = 0; i < sizeof drives / sizeof *drives; i++) {
		const char *rest = spec + strlen(drives[i]);

		if (strncmp(spec, drives[i], strlen(drives[i])) == 0 && !strchr(rest, '/'))
			return true;
	}
	return false;
}

struct search {
	const struct ri_ondisk *disk;
	enum ri_place place;
	const struct ri_ondisk_fs *fs;
	struct ri_buf *why;
};

static void look_up(struct search *s, const char *name)
{
	bool several;
	const struct ri_ondisk_fs *fs = ri_ondisk_find(s->disk, name, &several);

	if (!fs)
		return;
	s->place = several ? RI_PLACE_UNKNOWN : RI_PLACE_HERE;
	s->fs = several ? NULL : fs;
	if (several)
		ri_buf_addf(s->why, "more than one file system of this disk is called that");
}

/* Not a name of this disk, as far as it can be seen: then of another, unless something hides a part of it. */
static void look_behind(struct search *s)
{
	const struct ri_ondisk_fs *closed = ri_ondisk_closed(s->disk);

	if (s->place != RI_PLACE_UNKNOWN || s->why->n > 0)
		return;
	if (closed)
		ri_buf_addf(s->why, "it may be inside %s (%s), into which ramimg cannot look",
		    closed->device, closed->type);
	else
		s->place = RI_PLACE_ELSEWHERE;
}

static void by_device(struct search *s, const char *spec)
{
	const char *part = on_first_disk(spec);
	char name[32];

	if (part && strlen(part) < 4) {
		snprintf(name, sizeof name, "/dev/sda%s", part);
		look_up(s, name);
	}
	if (s->place == RI_PLACE_UNKNOWN && s->why->n == 0)
		ri_buf_addf(s->why,
		    part ? "this disk, which should be the first, has none of that number"
			 : "that name does not tell which disk it is on");
}

static int by_way(struct search *s, const struct way *w, struct ri_span spec, struct ri_err *e)
{
	struct ri_span value = unquoted(ri_span_skip(spec, strlen(w->prefix)));
	RI_BUF name = { 0 };

	ri_buf_add_str(&name, w->tag ? w->tag : "");
	if (w->how == BY_LINK)
		add_link(value, &name);
	else
		ri_buf_add_span(&name, w->tag ? value : spec);
	if (ri_buf_check(&name, e) < 0)
		return -1;
	if (w->how == BY_DEVICE && is_drive(name.p)) {
		by_device(s, name.p);
	} else if (w->how == CANNOT_TELL || (w->how == BY_DEVICE && !strchr(name.p + 5, '/'))) {
		ri_buf_addf(s->why, "that name does not tell which disk it is on");
	} else if (w->how == NOT_HERE || w->how == IN_RAM) {
		s->place = w->how == IN_RAM ? RI_PLACE_NO_DISK : RI_PLACE_ELSEWHERE;
	} else {
		look_up(s, name.p);
		look_behind(s);
	}
	return ri_buf_check(s->why, e);
}

static bool is_zfs(const struct ri_fstab_entry *en)
{
	return ri_span_eq(en->type, ri_str("zfs"));
}

int ri_fstab_place(const struct ri_fstab_entry *en, const struct ri_ondisk *disk,
    enum ri_place *place, const struct ri_ondisk_fs **fs, struct ri_buf *why, struct ri_err *e)
{
	struct search s = { .disk = disk, .place = RI_PLACE_UNKNOWN, .why = why };
	RI_BUF spec = { 0 };
	const struct way *w;
	int rc = 0;

	ri_fstab_unescape(en->spec, &spec);
	if (ri_buf_check(&spec, e) < 0)
		return -1;
	w = way_of(spec.p);
	if (is_made_up(en->type) || ri_fstab_has_option(en, "bind") ||
	    ri_fstab_has_option(en, "rbind") || (!w && !is_zfs(en)))
		s.place = RI_PLACE_NO_DISK;
	else if (!w)
		look_behind(&s); /* a dataset of a pool */
	else
		rc = by_way(&s, w, ri_buf_span(&spec), e);
	*place = s.place;
	*fs = s.fs;
	return rc < 0 ? -1 : ri_buf_check(why, e);
}
