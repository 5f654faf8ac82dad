// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "os/fstab_lines.h"

struct content {
	const char *device, *type, *names[5];
};

/* A GPT with a root, an ESP, /home, swap, two file systems of one label, and a volume group. */
static const struct content plain[] = {
	{ "/dev/sda1", "vfat", { "UUID=AB-CD", "PARTUUID=0f-1", "PARTLABEL=EFI System" } },
	{ "/dev/sda2", "ext4", { "UUID=22", "LABEL=Data 1", "PARTUUID=0f-2" } },
	{ "/dev/sda3", "swap", { "UUID=33", "PARTUUID=0f-3" } },
	{ "/dev/sda4", "ext4", { "UUID=44", "LABEL=two", "PARTUUID=0f-4" } },
	{ "/dev/sda5", "xfs", { "UUID=55", "LABEL=two", "PARTUUID=0f-5", "PARTLABEL=homedata" } },
	{ "/dev/sda6", "LVM2_member", { "PARTUUID=0f-6" } },
	{ "/dev/vg/a-b", "ext4", { "UUID=66", "/dev/mapper/vg-a--b" } },
	{ 0 },
};
static const struct content encrypted[] = {
	{ "/dev/sda1", "ext4", { "UUID=11" } },
	{ "/dev/sda2", "crypto_LUKS", { "UUID=22" } },
	{ 0 },
};
static const struct content array[] = {
	{ "/dev/sda1", "ext4", { "UUID=11" } },
	{ "/dev/sda2", "linux_raid_member", { "UUID=22" } },
	{ "/dev/md0", "ext4", { "UUID=77" } },
	{ 0 },
};

static void fill(struct ri_ondisk *d, const struct content *c)
{
	struct ri_err e = { 0 };

	for (; c->device; c++) {
		struct ri_ondisk_fs *fs = ri_ondisk_add(d, c->device, c->type, &e);

		assert_non_null(fs);
		for (size_t i = 0; i < 5 && c->names[i]; i++)
			check_ok("name", ri_strv_add(&fs->names, c->names[i], &e), &e);
	}
}

static const char *const kinds[] = { [RI_FSTAB_ROOT] = "root",
	[RI_FSTAB_HERE] = "here",
	[RI_FSTAB_ELSEWHERE] = "elsewhere",
	[RI_FSTAB_SWAP] = "swap",
	[RI_FSTAB_NO_DISK] = "no disk",
	[RI_FSTAB_ON_DEMAND] = "on demand" };

/* "kind", with the device where there is one, of each line by commas; the error, where there is one. */
static void check_sorted(const struct content *content, const char *fstab, const char *want)
{
	RI_ON_EXIT(ri_fstab_lines_free) struct ri_fstab_lines l = { 0 };
	RI_ON_EXIT(ri_ondisk_free) struct ri_ondisk disk = { 0 };
	struct ri_err e = { 0 };
	RI_BUF got = { 0 };

	fill(&disk, content);
	if (ri_fstab_sort(ri_str(fstab), &disk, NULL, &l, &e) < 0) {
		assert_int_equal(e.code, RI_E_GUEST);
		check_span(fstab, ri_str(e.msg), ri_str(want));
		return;
	}
	for (size_t i = 0; i < l.n; i++)
		ri_buf_addf(&got, "%s%s%s%s", i ? ", " : "", kinds[l.v[i].kind],
		    l.v[i].fs ? " " : "", l.v[i].fs ? l.v[i].fs->device : "");
	check_span(fstab, ri_buf_span(&got), ri_str(want));
}

struct row {
	const char *fstab, *want;
};

#define WRITE "; write UUID=… for it, as blkid tells it in the guest"
#define NO_NAME "that name does not tell which disk it is on" WRITE

static const struct row rows[] = {
	/* Where it is, by every name */
	{ "UUID=22 / ext4", "root" },
	{ "/dev/disk/by-path/x / ext4", "root" },
	{ "none / tmpfs defaults 0 0", "root" },
	{ "UUID=22 /a ext4", "here /dev/sda2" },
	{ "UUID=\"22\" /a ext4\nUUID='44' /b ext4", "here /dev/sda2, here /dev/sda4" },
	{ "UUID=ab-cd /boot/efi vfat umask=0077", "here /dev/sda1" },
	{ "UUID=23 /a ext4", "elsewhere" },
	{ "LABEL=Data\\0401 /a ext4", "here /dev/sda2" },
	{ "LABEL=\"Data\\0401\" /a ext4", "here /dev/sda2" },
	{ "LABEL=data\\0401 /a ext4", "elsewhere" },
	{ "PARTLABEL=homedata /home ext4 defaults 0 2", "here /dev/sda5" },
	{ "PARTLABEL=HomeData /home ext4", "elsewhere" },
	{ "PARTUUID=0F-5 /home ext4", "here /dev/sda5" },
	{ "/dev/disk/by-uuid/22 /a ext4", "here /dev/sda2" },
	{ "/dev/disk/by-uuid/23 /a ext4", "elsewhere" },
	{ "/dev/disk/by-label/Data\\x201 /a ext4", "here /dev/sda2" },
	{ "/dev/disk/by-partuuid/0f-2 /home ext4", "here /dev/sda2" },
	{ "/dev/disk/by-partlabel/EFI\\x20System /boot/efi vfat", "here /dev/sda1" },
	{ "\\057dev\\057sda2 /a ext4", "here /dev/sda2" },
	{ "/dev/sda2 /a ext4", "here /dev/sda2" },
	{ "/dev/vda2 /a ext4\n/dev/xvda4 /b ext4", "here /dev/sda2, here /dev/sda4" },
	{ "/dev/nvme0n1p2 /a ext4", "here /dev/sda2" },
	{ "/dev/mapper/vg-a--b /a ext4\n/dev/vg/a-b /b ext4",
	    "here /dev/vg/a-b, here /dev/vg/a-b" },
	{ "/dev/mapper/vg-c /a ext4\n/dev/srv/data /b xfs", "elsewhere, elsewhere" },
	{ "/dev/md0 /md ext4\n/dev/md/x /x ext4\nrpool/data /data zfs",
	    "elsewhere, elsewhere, elsewhere" },
	/* Its own file systems belong to it whatever the options say */
	{ "UUID=22 /var/lib/docker ext4 defaults,_netdev 0 2", "here /dev/sda2" },
	{ "UUID=22 /a ext4 nofail,x-systemd.device-timeout=1", "here /dev/sda2" },
	/* What needs no disk */
	{ "tmpfs /x tmpfs rw,nodev,,noexec, 0 0", "no disk" },
	{ "192.0.2.7:/share /share nfs ,nofail,noatime 0 0\n//nas/share /mnt cifs user=x",
	    "no disk, no disk" },
	{ "a,b:/ /mnt ceph name=x\nshare /m virtiofs\nu@h:/x /y fuse.sshfs",
	    "no disk, no disk, no disk" },
	{ "/dev/shm /dev/shm tmpfs\n/dev/pts /dev/pts devpts gid=5\nproc /proc proc",
	    "no disk, no disk, no disk" },
	{ "/srv/a /srv/b none bind\n/dev/a /srv/c auto ro,rbind", "no disk, no disk" },
	{ "/srv/x.iso /mnt iso9660 loop,ro\noverlay /x overlay lowerdir=/a:/b",
	    "no disk, no disk" },
	{ "/dev/ram0 /x ext2\n/dev/fuse /etc/pve fuse", "no disk, no disk" },
	/* Swap on this disk, or where that is not known */
	{ "UUID=33 none swap sw\n/dev/sdb1 none swap sw\n/swapfile none swap\nzram0 none swap",
	    "swap, swap, swap, swap" },
	{ "/dev/mapper/cryptswap none swap\n/dev/mapper/vg-a--b none swap\nLABEL=two none swap",
	    "swap, swap, swap" },
	{ "UUID=33 none swap noauto", "swap" },
	/* Swap on another, or in RAM */
	{ "UUID=34 none swap sw\nLABEL=swap2 none swap\n/dev/disk/by-uuid/34 none swap\n"
	  "/dev/data/swap none swap\nPARTUUID=0f-9 none swap nofail,x-systemd.device-timeout=5",
	    "elsewhere, elsewhere, elsewhere, elsewhere, elsewhere" },
	{ "/dev/zram0 none swap pri=100", "no disk" },
	{ "UUID=22 / ext4\nUUID=34 none swap\nUUID=33 none swap", "root, elsewhere, swap" },
	{ "UUID=22 / ext4\nUUID=99 /data ext4\n/data/swap none swap\n/data2/swap none swap",
	    "root, elsewhere, elsewhere, swap" },
	{ "UUID=99 /data ext4\nUUID=44 /data/a ext4\n/data/a/swap none swap\n/data//s\\040w none swap",
	    "elsewhere, here /dev/sda4, swap, elsewhere" },
	{ "UUID=99 /data ext4 noauto\nUUID=44 /a ext4\n/a/swap none swap",
	    "on demand, here /dev/sda4, swap" },
	{ "/data/swap none swap\nUUID=99 /data ext4 noauto", "elsewhere, elsewhere" },
	/* Drives, and disks of the network */
	{ "/dev/sr0 /media/cdrom0 udf,iso9660 user,noauto", "on demand" },
	{ "/dev/cdrom /media iso9660 ro\n/dev/fd0 /f auto\n/dev/nbd0 /n ext4",
	    "elsewhere, elsewhere, elsewhere" },
	{ "/dev/srv/sr0 /s ext4", "elsewhere" },
	/* Nothing tells */
	{ "UUID=22 / ext4\n/dev/sdb1 /data ext4", "line 2, column 1: /dev/sdb1: " NO_NAME },
	{ "\t/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_drive-scsi1-part1 /data ext4 nofail",
	    "line 1, column 2: /dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_drive-scsi1-part1: " NO_NAME },
	{ "/dev/disk/by-path/pci-0-part1 /a ext4",
	    "line 1, column 1: /dev/disk/by-path/pci-0-part1: " NO_NAME },
	{ "ID=scsi-1 /a ext4", "line 1, column 1: ID=scsi-1: " NO_NAME },
	{ "/dev/dm-1 /a ext4", "line 1, column 1: /dev/dm-1: " NO_NAME },
	{ "/dev/loop3 /a ext4", "line 1, column 1: /dev/loop3: " NO_NAME },
	{ "/dev/drbd0 /a ext4", "line 1, column 1: /dev/drbd0: " NO_NAME },
	{ "/dev/mmcblk0p1 /a ext4", "line 1, column 1: /dev/mmcblk0p1: " NO_NAME },
	{ "/dev/sda9 /a ext4",
	    "line 1, column 1: /dev/sda9: this disk, which should be the first, has none of that number" WRITE },
	{ "LABEL=two /a ext4",
	    "line 1, column 1: LABEL=two: more than one file system of this disk is called that" WRITE },
	{ "UUID=22 /a ext4\nUUID=44 /a/ ext4",
	    "line 2, column 9: UUID=44: line 1 mounts another file system at /a" },
	{ "UUID=22 /a ext4\nUUID=22 /a ext4", "here /dev/sda2, here /dev/sda2" },
	/* The text itself */
	{ "UUID=22 / ext4 defaults\r\n",
	    "line 1, column 24: a carriage return, as DOS ends lines; in the guest: "
	    "sed -i 's/\\r$//' /etc/fstab" },
	{ "#\r\n \r\nUUID=22 / ext4", "root" },
	{ "# UUID=22 /a ext4\n\nUUID=22 /a",
	    "line 3, column 11: it ends after 2 of the fields source, mount point and type" },
	{ "what\n",
	    "line 1, column 5: it ends after 1 of the fields source, mount point and type" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_sorted(plain, rows[i].fstab, rows[i].want);
}

/* noauto is on demand only where nothing has it mounted (systemd.mount(5)). */
static void test_on_demand(void **state)
{
	static const struct row on_demand[] = {
		{ "UUID=22 /a ext4 noauto", "on demand /dev/sda2" },
		{ "UUID=22 /a/ ext4 rw,noauto,nofail", "on demand /dev/sda2" },
		{ "UUID=22 /a ext4 x-noauto", "here /dev/sda2" },
		{ "UUID=22 /a ext4 context=\"x,noauto,y\"", "here /dev/sda2" },
		{ "/dev/sdb1 /a ext4 noauto", "on demand" },
		{ "UUID=99 /a ext4 noauto", "on demand" },
		{ "UUID=22 none ext4 defaults", "on demand /dev/sda2" },
		{ "UUID=22 /home ext4 noauto,x-systemd.automount,x-systemd.idle-timeout=60 0 2",
		    "here /dev/sda2" },
		{ "UUID=22 /a ext4 noauto,comment=systemd.automount", "here /dev/sda2" },
		{ "UUID=22 /a ext4 noauto,x-systemd.wanted-by=a.service", "here /dev/sda2" },
		{ "UUID=22 /a ext4 noauto,x-systemd.required-by=a.service", "here /dev/sda2" },
		{ "/dev/sdb1 /a ext4 noauto,x-systemd.automount",
		    "line 1, column 1: /dev/sdb1: " NO_NAME },
		{ "UUID=22 /boot ext4 noauto", "here /dev/sda2" },
		{ "UUID=22 /boot/ ext4 noauto", "here /dev/sda2" },
		/* By what is mounted in it, or comes from it */
		{ "UUID=22 /a ext4 noauto\nUUID=44 /a/b ext4", "here /dev/sda2, here /dev/sda4" },
		{ "UUID=22 /a ext4 noauto\nUUID=44 /ab ext4",
		    "on demand /dev/sda2, here /dev/sda4" },
		{ "UUID=22 /a ext4 noauto\ntmpfs /a/b tmpfs", "here /dev/sda2, no disk" },
		{ "UUID=22 /a ext4 noauto\n/a/x /srv none bind", "here /dev/sda2, no disk" },
		{ "UUID=22 /a ext4 noauto\n/a/x /srv none bind,noauto",
		    "on demand /dev/sda2, no disk" },
		{ "UUID=22 /a ext4 noauto\n/a/swap none swap sw", "here /dev/sda2, swap" },
		{ "UUID=22 /a ext4 noauto\n/a/x.img /srv squashfs ro", "here /dev/sda2, no disk" },
		{ "UUID=22 /a ext4 noauto\nUUID=44 /b ext4 x-systemd.requires-mounts-for=/a/c",
		    "here /dev/sda2, here /dev/sda4" },
		{ "UUID=22 /a/b-c ext4 noauto\nUUID=44 /b ext4 x-systemd.requires=a-b\\x2dc.mount",
		    "here /dev/sda2, here /dev/sda4" },
		{ "UUID=22 /a ext4 noauto\nUUID=44 /a/b ext4 noauto\nUUID=66 /a/b/c ext4",
		    "here /dev/sda2, here /dev/sda4, here /dev/vg/a-b" },
		{ "UUID=22 /a ext4 noauto\nUUID=44 /a/b ext4 noauto",
		    "on demand /dev/sda2, on demand /dev/sda4" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof on_demand / sizeof *on_demand; i++)
		check_sorted(plain, on_demand[i].fstab, on_demand[i].want);
}

/* What is not on the disk may be in a part of it that has to be opened first. */
static void test_closed(void **state)
{
	(void)state;
	check_sorted(encrypted, "UUID=11 / ext4\nUUID=99 /a ext4",
	    "line 2, column 1: UUID=99: it may be inside /dev/sda2 (crypto_LUKS), into which ramimg cannot look" WRITE);
	check_sorted(encrypted, "/dev/mapper/home /home ext4",
	    "line 1, column 1: /dev/mapper/home: it may be inside /dev/sda2 (crypto_LUKS), into which ramimg "
	    "cannot look" WRITE);
	check_sorted(encrypted, "tank/a /home zfs",
	    "line 1, column 1: tank/a: it may be inside /dev/sda2 (crypto_LUKS), into which ramimg cannot look" WRITE);
	check_sorted(encrypted,
	    "UUID=11 / ext4\n/dev/mapper/swap none swap sw\nUUID=99 /a ext4 noauto",
	    "root, swap, on demand");
	check_sorted(array, "UUID=77 /a ext4\n/dev/md0 /b ext4", "here /dev/md0, here /dev/md0");
	check_sorted(array, "/dev/md1 /b ext4",
	    "line 1, column 1: /dev/md1: it may be inside /dev/sda2 (linux_raid_member), into which ramimg cannot "
	    "look" WRITE);
}

/* A btrfs has several trees: the same one twice is one, two at one place are not. */
static void test_subvolumes(void **state)
{
	static const struct row rows_btrfs[] = {
		{ "UUID=11 /a btrfs subvol=@a\nUUID=11 /a btrfs subvolid=256", NULL },
		{ "UUID=11 /a btrfs subvol=@a\nUUID=11 /b btrfs subvol=@b", NULL },
		/* A line that no subvolume fits is refused where it is mounted. */
		{ "UUID=11 /a btrfs subvol=@a\nUUID=11 /a btrfs subvol=@c", NULL },
		{ "UUID=11 /a btrfs subvol=@a\nUUID=11 /a btrfs subvol=@b",
		    "line 2, column 9: UUID=11: line 1 mounts another subvolume at /a" },
		{ "UUID=11 /a btrfs\nUUID=11 /a btrfs subvolid=257",
		    "line 2, column 9: UUID=11: line 1 mounts another subvolume at /a" },
	};
	static const struct content btrfs[] = { { "/dev/sda1", "btrfs", { "UUID=11" } }, { 0 } };
	RI_ON_EXIT(ri_ondisk_free) struct ri_ondisk disk = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	fill(&disk, btrfs);
	disk.v[0].subvols.by_default = RI_SUBVOL_TOP;
	check_ok("top", ri_subvols_add(&disk.v[0].subvols, RI_SUBVOL_TOP, "", &e), &e);
	check_ok("@a", ri_subvols_add(&disk.v[0].subvols, 256, "@a", &e), &e);
	check_ok("@b", ri_subvols_add(&disk.v[0].subvols, 257, "@b", &e), &e);
	for (size_t i = 0; i < sizeof rows_btrfs / sizeof *rows_btrfs; i++) {
		RI_ON_EXIT(ri_fstab_lines_free) struct ri_fstab_lines l = { 0 };
		const struct row *r = &rows_btrfs[i];
		int rc = ri_fstab_sort(ri_str(r->fstab), &disk, NULL, &l, &e);

		if (r->want)
			check_err(r->fstab, rc, &e, RI_E_GUEST, r->want);
		else
			check_ok(r->fstab, rc, &e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_on_demand),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_subvolumes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
