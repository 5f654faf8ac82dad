// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which is a VM's boot drive, where is it, and who put it there, by each section of its configuration. */
#include "unit/check.h"

#include "pveconf/boot_drive.h"

#define DISKS "ide2: a:iso/d.iso,media=cdrom\nscsi0: a:s0\nscsi1: a:s1\nvirtio0: a:v0\n"
#define MARK "#ramimg detached scsi0=a%3Ab,size=1G\n"

enum when { RUNNING = 1, STOPPED = 2, BOTH = 3 };

static const char *const places[] = { "none", "attached", "pending", "unused", "disabled",
	"snapshot", "nowhere", "ambiguous" };
static const char *const changes[] = { "", " options", " volume", " delete" };
static const char *const bys[] = { " config", " detach", " others", " unknown" };

/* "attached scsi0 a:b config", with the change, and the line's key where that is another. */
static void show(const struct ri_boot_drive *d, struct ri_buf *out)
{
	ri_buf_addf(out, "%s", places[d->place]);
	if (d->file)
		ri_buf_addf(out, " %s%s%s %s%s%s", d->key,
		    strcmp(d->key, d->source) == 0 ? "" : "=",
		    strcmp(d->key, d->source) == 0 ? "" : d->source, d->file, bys[d->by],
		    changes[d->change]);
	if (d->why)
		ri_buf_addf(out, ": %s", d->why);
}

static const struct {
	enum when when;
	const char *text, *want;
} cases[] = {
	/* The order of the boot devices: CD drives, networks and what is no disk are passed over. */
	{ BOTH, DISKS "boot: order=scsi1;ide2;net0\n", "attached scsi1 a:s1 config" },
	{ BOTH, DISKS "boot: order=ide2;net0;virtio0\n", "attached virtio0 a:v0 config" },
	{ BOTH, DISKS "boot: order=net0;scsi1\n", "attached scsi1 a:s1 config" },
	{ BOTH, DISKS "boot: order=net0\n", "none: its boot order (net0) has no hard disk" },
	{ BOTH, DISKS "boot: order=\n", "none: its boot order () has no hard disk" },
	{ BOTH, DISKS "boot: \n", "none: its boot order () has no hard disk" },
	{ BOTH, DISKS "boot:\n", "attached scsi0 a:s0 config" },
	{ BOTH, DISKS "boot: order=ide3;sata5;net0;scsi1\n", "attached scsi1 a:s1 config" },
	{ BOTH, "boot: order=;aaaaaaaaaaaaaaaaaaaa,scsi1\nscsi1: a:d\n",
	    "attached scsi1 a:d config" },
	{ BOTH, DISKS "boot: order=efidisk0;tpmstate0;usb0;hostpci0;scsi1\n",
	    "attached scsi1 a:s1 config" },
	{ BOTH, "boot: order=scsi1;scsi0\nscsi0: a:b\nscsi1: a:vm-1-cloudinit,media=cdrom\n",
	    "attached scsi0 a:b config" },
	/* The drive of cloud-init, by its name alone. */
	{ BOTH, "boot: order=scsi1;scsi0\nscsi0: a:b\nscsi1: a:1/vm-1-cloudinit.qcow2\n",
	    "attached scsi0 a:b config" },
	{ BOTH, "scsi0: a:cloudinit\nscsi1: a:d\n", "attached scsi1 a:d config" },
	{ BOTH, DISKS "template: 1\nboot: order=scsi1\n", "attached scsi1 a:s1 config" },
	{ BOTH, "boot: order=scsi0\nlock: backup\nscsi0: a:b\n", "attached scsi0 a:b config" },
	/* What Proxmox drops is not there. */
	{ BOTH, "boot: order=scsi0;scsi1\nscsi0: a:b,nonsense=1\nscsi1: a:d\n",
	    "attached scsi1 a:d config" },
	{ RUNNING, "boot: order=scsi0\nscsi0: a:b,nonsense=1\n[PENDING]\nscsi0: a:b\n",
	    "pending scsi0 a:b detach" },
	{ BOTH, "boot: order=scsi0\nscsi0: a:x\nscsi0: a:b\n", "attached scsi0 a:b config" },
	/* The letters of old, and bootdisk. */
	{ BOTH, DISKS "boot: c\nbootdisk: scsi1\n", "attached scsi1 a:s1 config" },
	{ BOTH, DISKS "boot: legacy=cdn\nbootdisk: virtio0\n", "attached virtio0 a:v0 config" },
	{ BOTH, DISKS "bootdisk: virtio0\n", "attached virtio0 a:v0 config" },
	{ BOTH, DISKS, "attached scsi0 a:s0 config" },
	{ BOTH, DISKS "boot: cdn\n", "attached scsi0 a:s0 config" },
	{ BOTH, DISKS "boot: dn\n", "none: its boot order (dn) has no hard disk" },
	{ BOTH, DISKS "boot: c\nbootdisk: ide2\n",
	    "none: its bootdisk, ide2, is not one of its hard disks" },
	{ BOTH, DISKS "bootdisk: scsi9\n",
	    "nowhere: its bootdisk names scsi9, which the configuration does not have (or Proxmox drops)" },
	{ BOTH, "ide2: none,media=cdrom\nunused0: a:b\nefidisk0: a:b\n",
	    "none: it has no hard disk" },
	{ BOTH, "virtio0: a:v\nsata0: a:s\nscsi3: a:c\nide1: a:i\n", "attached ide1 a:i config" },
	{ BOTH, "virtio0: a:v\nsata0: a:s\n", "attached virtio0 a:v config" },
	/* Only [PENDING] has it: after a detach, of a VM that runs or one whose guest has powered off. */
	{ BOTH, "boot: order=scsi0\n[PENDING]\nscsi0: a:b\n", "pending scsi0 a:b detach" },
	{ BOTH, "boot: order=net0;scsi1;ide2\n[PENDING]\nscsi0: a:b\nscsi1: a:c\n",
	    "pending scsi1 a:c detach" },
	{ BOTH, "boot: order=scsi0;scsi1\nscsi1: a:d\n[PENDING]\nscsi0: a:b\n",
	    "pending scsi0 a:b detach" },
	{ BOTH, "boot: c\nbootdisk: scsi0\nscsi1: a:d\n[PENDING]\nscsi0: a:b\n",
	    "pending scsi0 a:b detach" },
	{ BOTH, "[PENDING]\nvirtio2: a:b\n", "pending virtio2 a:b unknown" },
	{ BOTH, "boot: order=scsi1\nscsi1: a:d\n[PENDING]\nscsi2: a:new\n",
	    "attached scsi1 a:d config" },
	{ BOTH, "[PENDING]\nide2: none,media=cdrom\nscsi3: a:iso/x,media=cdrom\n",
	    "none: it has no hard disk" },
	{ BOTH, "boot: order=scsi3;scsi1\nscsi1: a:d\n[PENDING]\nscsi3: a:iso/x,media=cdrom\n",
	    "attached scsi1 a:d config" },
	/* No such drive comes out of a running VM: it is new. */
	{ RUNNING, "[PENDING]\nide0: a:b\n", "none: it has no hard disk" },
	{ STOPPED, "[PENDING]\nide0: a:b\n", "pending ide0 a:b unknown" },
	{ RUNNING, "boot: order=sata0;scsi0\nscsi0: a:b\n[PENDING]\nsata0: a:c\n",
	    "attached scsi0 a:b config" },
	{ STOPPED, "boot: order=sata0;scsi0\nscsi0: a:b\n[PENDING]\nsata0: a:c\n",
	    "pending sata0 a:c unknown" },
	/* Nothing names one: a new drive is not the detached one, and a detached one not a new one. */
	{ BOTH, "scsi0: a:b\n[PENDING]\nscsi1: a:new\n", "attached scsi0 a:b config" },
	{ BOTH, "boot: cdn\nscsi0: a:b\n[PENDING]\nvirtio0: a:new\n", "attached scsi0 a:b config" },
	{ RUNNING, "scsi1: a:d\n[PENDING]\nscsi0: a:b\n",
	    "ambiguous: its boot drive may be scsi1, which is attached, or scsi0, which is pending" },
	{ STOPPED, "scsi1: a:d\n[PENDING]\nscsi0: a:b\n", "pending scsi0 a:b unknown" },
	{ BOTH, MARK "scsi1: a:d\n[PENDING]\nscsi0: a:b,size=1G\n", "pending scsi0 a:b detach" },
	{ BOTH, "#ramimg detached scsi1=a%3Ab\nscsi0: a:d\n[PENDING]\nscsi1: a:b\n",
	    "pending scsi1 a:b detach" },
	{ RUNNING, "[PENDING]\nscsi0: a:b\nscsi1: a:c\n",
	    "ambiguous: its boot drive may be any of the 2 that are pending" },
	{ STOPPED, "[PENDING]\nscsi0: a:b\nscsi1: a:c\n", "pending scsi0 a:b unknown" },
	/* A pending order says it where the one in force does not. */
	{ BOTH, "scsi1: a:d\n[PENDING]\nboot: order=scsi0\nscsi0: a:b\n",
	    "pending scsi0 a:b detach" },
	{ RUNNING, "boot: order=scsi0\nscsi0: a:b\nscsi1: a:d\n[PENDING]\nboot: order=scsi1\n",
	    "attached scsi0 a:b config" },
	{ STOPPED, "boot: order=scsi0\nscsi0: a:b\nscsi1: a:d\n[PENDING]\nboot: order=scsi1\n",
	    "attached scsi1 a:d config" },
	{ STOPPED, "bootdisk: scsi1\nscsi0: a:b\nscsi1: a:d\n[PENDING]\ndelete: bootdisk\n",
	    "attached scsi0 a:b config" },
	{ RUNNING, "bootdisk: scsi1\nscsi0: a:b\nscsi1: a:d\n[PENDING]\ndelete: bootdisk\n",
	    "attached scsi1 a:d config" },
	/* What is pending for one that is attached. */
	{ BOTH, "boot: order=scsi0\nscsi0: a:b\n[PENDING]\nscsi0: a:b,cache=none\n",
	    "attached scsi0 a:b others options" },
	{ RUNNING, "boot: order=scsi0\nscsi0: a:b\n[PENDING]\nscsi0: a:c\n",
	    "attached scsi0 a:b others volume" },
	{ STOPPED, "boot: order=scsi0\nscsi0: a:b\n[PENDING]\nscsi0: a:c\n",
	    "pending scsi0 a:c others" },
	{ BOTH, "boot: order=scsi0\nscsi0: a:b\n[PENDING]\ndelete: net0,!scsi0\n",
	    "attached scsi0 a:b others delete" },
	{ BOTH, "scsi0: a:b\n[PENDING]\ndelete: scsi0\n", "attached scsi0 a:b others delete" },
	{ BOTH, "scsi0: a:b\n[PENDING]\ndelete: net0\n", "attached scsi0 a:b config" },
	/* Only the last [PENDING] is one. */
	{ BOTH, "scsi0: a:b\n[PENDING]\ndelete: scsi0\n[PENDING]\nvga: std\n",
	    "attached scsi0 a:b config" },
	/* By hand: where it is left, though Proxmox goes on to the next. */
	{ BOTH, "boot: order=scsi0;scsi1\nscsi0: a:b,disabled=1\nscsi1: a:d\n",
	    "disabled scsi0 a:b detach" },
	{ BOTH, "scsi1: a:d,disabled=1\nscsi2: a:b\n", "disabled scsi1 a:d detach" },
	{ BOTH, "scsi0: a:b,disabled=1\nsata0: a:c\n", "disabled scsi0 a:b detach" },
	{ BOTH, "ide0: a:b,disabled=1\nsata0: a:c\n", "attached sata0 a:c config" },
	/* Others disable what they like. */
	{ BOTH, "boot: order=scsi0\nscsi0: a:b\nscsi1: a:c,disabled=1\n",
	    "attached scsi0 a:b config" },
	{ BOTH, "scsi0: a:b,disabled=1\nscsi1: a:c,disabled=1\n",
	    "ambiguous: its boot drive may be scsi0, which was detached, or scsi1, which was too" },
	{ BOTH, "[one]\nscsi0: a:b,disabled=1\n", "none: it has no hard disk" },
	/* Unused: by the mark, whichever of the volumes and whatever the order. */
	{ BOTH, MARK "unused0: a:x\nunused1: a:b\n", "unused scsi0=unused1 a:b detach" },
	{ BOTH, MARK "scsi1: a:d\nunused0: a:b\n", "unused scsi0=unused0 a:b detach" },
	{ BOTH, MARK "boot: order=scsi0;net0\nunused0: a:b\n[PENDING]\nboot: order=net0\n",
	    "unused scsi0=unused0 a:b detach" },
	{ BOTH, MARK "boot: dn\nunused0: a:b\n", "unused scsi0=unused0 a:b detach" },
	{ BOTH, MARK "boot: order=scsi7\nunused0: a:b\n", "unused scsi0=unused0 a:b detach" },
	{ BOTH, "#web\n#ramimg detached scsi0=a:b\r\nbootdisk: scsi0\nscsi1: a:d\nunused0: a:b\n",
	    "unused scsi0=unused0 a:b detach" },
	{ BOTH, MARK "boot: order=scsi1\nscsi1: a:d\nunused0: a:b\n",
	    "ambiguous: its boot drive may be scsi1, which its boot order names, or scsi0, which was "
	    "detached, as a line of its notes says" },
	{ BOTH, MARK "#ramimg detached scsi1=a:c\nunused0: a:b\nunused1: a:c\n",
	    "ambiguous: its boot drive may be scsi0, which was detached, or scsi1, which was too" },
	{ BOTH, "boot: order=scsi0\nscsi0: a:b\n[PENDING]\ndelete: scsi0\ndelete: net1\n",
	    "attached scsi0 a:b config" },
	/* The last of several about a drive, or about a volume. */
	{ BOTH, MARK "#ramimg detached scsi0=a:c\nunused0: a:b\nunused1: a:c\n",
	    "unused scsi0=unused1 a:c detach" },
	{ BOTH, "#ramimg detached scsi1=a%3Ab\n#ramimg detached virtio0=a%3Ab\nunused0: a:b\n",
	    "unused virtio0=unused0 a:b detach" },
	/* Marks that are outdated, or none. */
	{ BOTH, MARK "unused0: a:x\n", "none: it has no hard disk" },
	{ BOTH, MARK "scsi0: a:d\nunused0: a:b\n", "attached scsi0 a:d config" },
	{ BOTH, MARK "scsi1: a:b\nunused0: a:b\n", "attached scsi1 a:b config" },
	{ STOPPED, MARK "scsi1: a:d\n[PENDING]\nscsi0: a:other\n[one]\nscsi0: a:b\n",
	    "pending scsi0 a:other unknown" },
	{ BOTH,
	    "#ramimg detached ide0=a%3Ab\n#ramimg detached scsi99=a%3Ab\n#ramimg detached scsi1\n"
	    "#ramimg detached =a:b\n#ramimg detached aaaaaaaaaaaaaaaaaaaa=a:b\n"
	    "#ramimg detached scsi2=,size=1G\n#ramimg detach\nunused0: a:b\n",
	    "none: it has no hard disk" },
	/* An order that names a drive which is nowhere: the only unused volume, or not known. */
	{ BOTH, "boot: order=scsi0\nunused0: a:b\n", "unused scsi0=unused0 a:b unknown" },
	{ BOTH, "boot: order=ide0;virtio1\nscsi1: a:d\nunused0: a:b\n",
	    "unused virtio1=unused0 a:b unknown" },
	{ BOTH, "boot: order=scsi0\nunused0: a:b\nunused1: a:c\nunused2: a:d\n",
	    "ambiguous: its boot order names scsi0, which it does not have, and it may be any of its "
	    "unused volumes" },
	{ BOTH, "boot: cdn\nunused0: a:b\n", "none: it has no hard disk" },
	{ BOTH, "boot: order=scsi0\nunused0: file=a:b=c\n", "unused scsi0=unused0 a:b=c unknown" },
	{ BOTH, "boot: order=scsi7;scsi0\nscsi0: a:b\n",
	    "nowhere: its boot order names scsi7, which the configuration does not have (or Proxmox "
	    "drops)" },
	{ BOTH, "boot: order=scsi0\n[PENDING]\nscsi1: a:new\n",
	    "nowhere: its boot order names scsi0, which the configuration does not have (or Proxmox "
	    "drops)" },
	/* A snapshot taken before the detach, after the rollback to one that was taken since. */
	{ BOTH,
	    "boot: order=scsi0\n[later]\nboot: order=scsi0\n[odd]\nscsi0: size=1G\n[one]\nscsi0: a:b,size=1G\n",
	    "snapshot scsi0 a:b unknown: its boot order names scsi0, which only its snapshot 'one' has" },
	/* The section of cloud-init has no disks, whatever it says. */
	{ BOTH, "boot: order=scsi0\n[special:cloudinit]\nscsi0: a:b\n",
	    "nowhere: its boot order names scsi0, which the configuration does not have (or Proxmox "
	    "drops)" },
	{ BOTH, "", "none: it has no hard disk" },
};

static void check_one(const char *text, bool running, const char *want)
{
	RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };
	RI_ON_EXIT(ri_boot_drive_free) struct ri_boot_drive d = { 0 };
	struct ri_err e = { 0 };
	RI_BUF now = { 0 };

	check_ok(text, ri_vmconf_parse(ri_str(text), &c, &e), &e);
	check_ok(text, ri_boot_drive_find(&c, running, &d, &e), &e);
	show(&d, &now);
	check_span(text, ri_buf_span(&now), ri_str(want));
}

static void test_find(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (cases[i].when & RUNNING)
			check_one(cases[i].text, true, cases[i].want);
		if (cases[i].when & STOPPED)
			check_one(cases[i].text, false, cases[i].want);
	}
}

/* What is said of each, and the error where it cannot be worked on. */
static void test_words(void **state)
{
	static const struct {
		const char *text, *word;
		bool out;
		enum ri_code code;
		const char *error; /* NULL: none */
	} all[] = {
		{ "scsi0: a:b\n", "attached", false, RI_OK, NULL },
		{ "[PENDING]\nscsi0: a:b\n", "pending", true, RI_OK, NULL },
		{ "boot: order=scsi0\nunused0: a:b\n", "unused", true, RI_OK, NULL },
		{ "scsi0: a:b,disabled=1\n", "by-hand", true, RI_OK, NULL },
		{ "boot: order=net0\n", "-", false, RI_E_CONFIG,
		    "its boot order (net0) has no hard disk; name the volume instead" },
		{ "boot: order=scsi0\n", "lost", false, RI_E_CONFIG,
		    "its boot order names scsi0, which the configuration does not have (or Proxmox "
		    "drops); name the volume instead" },
		{ "boot: order=scsi0\n[one]\nscsi0: a:b,size=1G\n", "lost", false, RI_E_CONFIG,
		    "its boot order names scsi0, which only its snapshot 'one' has; to have it again, "
		    "run: qm set 105 --scsi0 'a:b,size=1G'" },
		{ "[PENDING]\nscsi0: a:b\nscsi1: a:c\n", "ambiguous", false, RI_E_CONFIG,
		    "its boot drive may be any of the 2 that are pending; say which in its boot order (qm "
		    "set 105 --boot order=DRIVE), or name the volume" },
		{ "scsi0: a:b\n[PENDING]\ndelete: scsi0\n", "attached", false, RI_E_BUSY,
		    "the next start takes away its boot drive scsi0, which is pending; take that back (qm "
		    "set 105 --revert scsi0), or stop and start the VM first" },
		{ "scsi0: a:b\n[PENDING]\nscsi0: a:c\n", "attached", false, RI_E_BUSY,
		    "the next start gives another volume to its boot drive scsi0, which is pending; take "
		    "that back (qm set 105 --revert scsi0), or stop and start the VM first" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };
		RI_ON_EXIT(ri_boot_drive_free) struct ri_boot_drive d = { 0 };
		struct ri_err e = { 0 };
		int rc;

		check_ok(all[i].text, ri_vmconf_parse(ri_str(all[i].text), &c, &e), &e);
		check_ok(all[i].text, ri_boot_drive_find(&c, true, &d, &e), &e);
		assert_string_equal(ri_boot_drive_word(&d), all[i].word);
		assert_int_equal(ri_boot_drive_is_out(&d), all[i].out);
		rc = ri_boot_drive_check(&d, 105, &e);
		if (all[i].error)
			check_err(all[i].text, rc, &e, all[i].code, all[i].error);
		else
			check_ok(all[i].text, rc, &e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
