// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is in the way of a live migration, by the configuration and by what QEMU has. */
#include "unit/check.h"

#include "pveconf/migration.h"

#define STORAGES                                                                                   \
	"dir: local\n\tpath /var/lib/vz\n\tcontent images,iso\n\n"                                 \
	"lvm: san\n\tvgname san\n\tshared 1\n\tcontent images\n\n"                                 \
	"nfs: nas\n\tcontent images,iso\n\tshared 0\n\n"                                           \
	"nfs: off\n\tdisable\n\n"                                                                  \
	"nfs: backups\n\tcontent backup\n\n"                                                       \
	"rbd: ours\n\tnodes me,two three\n\n"                                                      \
	"rbd: mine\n\tnodes me\n\n"                                                                \
	"rbd: theirs\n\tnodes two;three\n\n"                                                       \
	"rbd: other\n\tnodes me,four\n\n"                                                          \
	"dir: mylocal\n\tpath /x\n\tnodes me\n\n"                                                  \
	"acme: pure\n\tarray a\n\n"                                                                \
	"acme: pure1\n\tshared 1\n\n"
#define SINGLE "scsihw: virtio-scsi-single\n"

static const struct {
	const char *text;
	struct ri_miglive live;
	const char *blocker; /* the only one; NULL: nothing is in the way */
	const char *remark;  /* likewise */
} cases[] = {
	{ .text = "scsi0: san:vm-1-disk-0\nide2: none,media=cdrom\n" },
	{ .text = "scsi0: local:1/vm-1-disk-0.raw\n",
	    .blocker = "scsi0: local:1/vm-1-disk-0.raw is on local storage; detach it (ramimg "
		       "detach), or move it" },
	/* What detach refuses is not advised. */
	{ .text = "sata0: local:1/vm-1-disk-0.raw\n",
	    .blocker = "sata0: local:1/vm-1-disk-0.raw is on local storage; move it" },
	{ .text = "efidisk0: local:1/vm-1-disk-0.raw\n",
	    .blocker = "efidisk0: local:1/vm-1-disk-0.raw is on local storage; move it" },
	{ .text = "ide2: local:1/vm-1-cloudinit.qcow2,media=cdrom\n"
		  "tpmstate0: local:1/vm-1-disk-2.raw\n" },
	{ .text = "ide2: local:iso/a.iso,media=cdrom\n",
	    .blocker = "ide2: local:iso/a.iso is an ISO on local storage; qm set 1 --ide2 "
		       "none,media=cdrom" },
	{ .text = "ide2: cdrom,media=cdrom\n",
	    .blocker = "ide2: cdrom is the host's own CD drive; qm set 1 --ide2 "
		       "none,media=cdrom" },
	{ .text = "ide2: none,media=cdrom\n[PENDING]\nide2: local:iso/a.iso,media=cdrom\n",
	    .blocker = "pending ide2: local:iso/a.iso is an ISO on local storage; qm set 1 "
		       "--ide2 none,media=cdrom" },
	{ .text = "ide2: none,media=cdrom\n[one]\nide2: local:iso/a.iso,media=cdrom\n",
	    .blocker = "the snapshot 'one' has ide2 with an ISO on local storage "
		       "(local:iso/a.iso); delete it: qm delsnapshot 1 one" },
	{ .text = "[one]\nide2: nas:iso/a.iso,media=cdrom\n" },
	{ .text = "scsi0: /dev/sdb\n",
	    .blocker = "scsi0: /dev/sdb is a device or file of this node" },
	{ .text = "scsi0: /dev/sdb,shared=1\n" },
	{ .text = "ide2: /srv/a.iso,media=cdrom,shared=1\n" },
	{ .text = "ide2: /srv/a.iso,media=cdrom\n",
	    .blocker = "ide2: /srv/a.iso is a device or file of this node; qm set 1 --ide2 "
		       "none,media=cdrom" },
	{ .text = "ide2: gone:iso/a.iso,media=cdrom\n",
	    .blocker = "ide2: storage.cfg has no storage of gone:iso/a.iso" },
	/* Always shared, whatever the file says. */
	{ .text = "scsi0: nas:1/vm-1-disk-0.raw\nide2: nas:iso/a.iso,media=cdrom\n" },
	/* A plugin's. */
	{ .text = "scsi0: pure1:vm-1-disk-0\n" },
	{ .text = "scsi0: pure:vm-1-disk-0\n",
	    .blocker =
		"scsi0: pure:vm-1-disk-0: whether the storage 'pure' is shared is not known; "
		"only the plugin of its type, 'acme', could tell" },
/* Each volume, in each section, on a storage that is switched off. */
#define OFF(where, key, file)                                                                      \
	{                                                                                          \
		.text = where key ": " file "\n",                                                  \
		.blocker = key ": the storage of " file " is disabled; pvesm set off --disable 0"  \
	}
	OFF("", "scsi0", "off:1/vm-1-disk-0.raw"),
	OFF("", "unused7", "off:1/vm-1-disk-0.raw"),
	OFF("", "efidisk0", "off:1/vm-1-disk-0.raw"),
	OFF("", "tpmstate0", "off:1/vm-1-disk-0.raw"),
	OFF("", "vmstate", "off:1/vm-1-state-a.raw"),
	{ .text = "ide2: off:1/vm-1-cloudinit.qcow2,media=cdrom\n",
	    .blocker = "ide2: the storage of off:1/vm-1-cloudinit.qcow2 is disabled; pvesm set off "
		       "--disable 0" },
	{ .text = "ide2: off:iso/a.iso,media=cdrom\n",
	    .blocker =
		"ide2: the storage of off:iso/a.iso is disabled; pvesm set off --disable 0" },
	{ .text = "[PENDING]\nscsi1: off:1/vm-1-disk-0.raw\n",
	    .blocker = "pending scsi1: the storage of off:1/vm-1-disk-0.raw is disabled; pvesm set "
		       "off --disable 0" },
	{ .text = "[one]\nvmstate: off:1/vm-1-state-one.raw\n",
	    .blocker = "snapshot's vmstate: the storage of off:1/vm-1-state-one.raw is disabled; "
		       "pvesm set off --disable 0" },
	/* Memory of a snapshot is copied along with it. */
	{ .text = "[one]\nvmstate: local:1/vm-1-state-one.raw\n",
	    .blocker = "the snapshot 'one' has vmstate on local storage "
		       "(local:1/vm-1-state-one.raw); delete it: qm delsnapshot 1 one" },
	{ .text = "[one]\nvmstate: san:vm-1-state-one\n" },
	/* … or without the kind of content. */
	{ .text = "unused0: backups:1/vm-1-disk-0.raw\n",
	    .blocker = "unused0: backups:1/vm-1-disk-0.raw: the storage 'backups' does not have "
		       "'images' in its content; add it" },
	{ .text = "[one]\nide2: san:iso/a.iso,media=cdrom\n",
	    .blocker =
		"snapshot's ide2: san:iso/a.iso: the storage 'san' does not have 'iso' in its "
		"content; add it" },
	/* … or that this or the other node does not have. */
	{ .text = "scsi0: theirs:vm-1-disk-0\n",
	    .blocker = "scsi0: theirs:vm-1-disk-0: the storage 'theirs' is not for this node, me, "
		       "but for two, three" },
	{ .text = "[PENDING]\nscsi0: mine:vm-1-disk-0\n",
	    .blocker = "no other node has all that it needs: only me have mine" },
	{ .text = "tpmstate0: mylocal:1/vm-1-disk-0.raw\n",
	    .blocker = "no other node has all that it needs: only me have mylocal" },
	{ .text = "scsi0: ours:vm-1-disk-0\nscsi1: ours:vm-1-disk-1\n",
	    .remark = "it can only go to two, three: only me, two, three have ours" },
	{ .text = "scsi0: ours:vm-1-disk-0\n[one]\nscsi1: other:vm-1-disk-1\n",
	    .blocker = "no other node has all that it needs: only me, two, three have ours; me, "
		       "four have other" },
	/* A script that the target runs before it takes the VM. */
	{ .text = "hookscript: local:snippets/hook.pl\n",
	    .remark = "hookscript: local:snippets/hook.pl is a file of this node; where the target "
		      "has no such file, the migration ends there" },
	{ .text = "hookscript: nas:snippets/hook.pl\n" },
	{ .text = "hookscript: pure:snippets/hook.pl\n",
	    .remark = "hookscript: pure:snippets/hook.pl is on a storage of which is not known "
		      "whether it is shared; where the target has no such file, the migration ends "
		      "there" },
	{ .text = "hookscript: gone:snippets/hook.pl\n",
	    .blocker = "hookscript: storage.cfg has no storage of gone:snippets/hook.pl" },
	{ .text = "hookscript: what\n" },
	/* VNC's clipboard, by the machine that runs or, before it does, by the one that it will have. */
	{ .text = "vga: qxl,clipboard=vnc,memory=32\n",
	    .live = { .running = true, .machine = "pc-i440fx-9.2-machine" },
	    .blocker =
		"vga: clipboard=vnc keeps a machine of a version before 10.1 from moving, and "
		"it has 9.2; without it from the next start on: qm set 1 --vga "
		"qxl,memory=32" },
	{ .text = "vga: clipboard=vnc\nmachine: pc-q35-10.1\n",
	    .live = { .running = true, .machine = "pc-q35-10.0-machine" },
	    .blocker =
		"vga: clipboard=vnc keeps a machine of a version before 10.1 from moving, and "
		"it has 10.0; without it from the next start on: qm set 1 --delete vga" },
	{ .text = "vga: std,clipboard=vnc\n",
	    .live = { .running = true, .machine = "pc-i440fx-10.1-machine" } },
	{ .text = "vga: std,clipboard=vnc\n",
	    .live = { .running = true, .machine = "virt-11.0-machine" } },
	{ .text = "vga: std,clipboard=vnc\nmachine: type=pc-q35-8.1+pve0\n",
	    .blocker =
		"vga: clipboard=vnc keeps a machine of a version before 10.1 from moving, and "
		"it has 8.1; without it from the next start on: qm set 1 --vga std" },
	{ .text = "vga: std,clipboard=vnc\nmachine: q35\n",
	    .remark =
		"vga: clipboard=vnc keeps a machine of a version before 10.1 from moving, which "
		"it will have is not known before it runs" },
	{ .text = "vga: std,clipboard=vnc\n",
	    .live = { .running = true },
	    .blocker =
		"vga: clipboard=vnc keeps a machine of a version before 10.1 from moving, and "
		"which it has is not known" },
	{ .text = "vga: std,clipboard=vncx\n", .live = { .running = true } },
	{ .text = "scsi0: gone:vm-1-disk-0\n",
	    .blocker = "scsi0: storage.cfg has no storage of gone:vm-1-disk-0" },
	{ .text = "[PENDING]\nscsi0: what\n",
	    .blocker = "pending scsi0: storage.cfg has no storage of what" },
	{ .text = "[one]\nscsi0: gone:vm-1-disk-0\n",
	    .blocker = "snapshot's scsi0: storage.cfg has no storage of gone:vm-1-disk-0" },
	{ .text = "scsi0: local:9/base-9-disk-0.raw/1/vm-1-disk-0.raw\n",
	    .blocker = "scsi0: local:9/base-9-disk-0.raw/1/vm-1-disk-0.raw is a linked clone on "
		       "local storage, which is not copied" },
	{ .text = "virtio0: local:odd\n",
	    .blocker = "virtio0: local:odd is on local storage; detach it (ramimg detach), or "
		       "move it" },
	/* Said once of what comes twice. */
	{ .text = "[one]\nscsi0: local:1/vm-1-disk-0.raw\n[one]\nscsi0: "
		  "local:1/vm-1-disk-0.raw\n",
	    .blocker = "the snapshot 'one' has scsi0 on local storage (local:1/vm-1-disk-0.raw); "
		       "delete it: qm delsnapshot 1 one" },
	{ .text = "unused0: local:1/vm-1-disk-0.raw\n",
	    .blocker = "unused0: local:1/vm-1-disk-0.raw on local storage would be copied along; "
		       "move it to shared storage, or remove it" },
	{ .text = "[PENDING]\nscsi0: local:1/vm-1-disk-0.raw\n",
	    .blocker = "pending scsi0: local:1/vm-1-disk-0.raw on local storage would be copied "
		       "along; move it to shared storage, or remove it" },
	/* Lines that Proxmox drops, in whatever section. */
	{ .text = "scsi0: local:1/vm-1-disk-0.raw,odd=1\n" },
	{ .text = "[PENDING]\nscsi0: local:1/vm-1-disk-0.raw,odd=1\n" },
	{ .text = "[no name]\nscsi0: local:1/a.raw\n[special:cloudinit]\nscsi0: local:1/a.raw\n" },
	{ .text = "lock: backup\n", .blocker = "the configuration is locked (backup)" },
	{ .text = "hostpci0: 00:02\n", .blocker = "hostpci0: a PCI device of this node (00:02)" },
	{ .text = "usb3: host=1:2\n", .blocker = "usb3: a USB device of this node (host=1:2)" },
	{ .text = "usb3: spice\nserial0: socket\nusb: host\nusbx: host\nusbx-1: host\n" },
	{ .text = "usb0: host=SPICE,usb3=1\n" },
	/* Only the word itself is harmless. */
	{ .text = "usb0: mapping=spice-stick\n",
	    .blocker = "usb0: a USB device of this node (mapping=spice-stick)" },
	{ .text = "serial0: /dev/socket\n",
	    .blocker = "serial0: a serial port of this node (/dev/socket)" },
	{ .text = "hostusb: 1:2\n", .blocker = "hostusb: a USB device of this node" },
	{ .text = "serial0: /dev/ttyS0\n",
	    .blocker = "serial0: a serial port of this node (/dev/ttyS0)" },
	{ .text = "", .live = { .running = true } },
	{ .text = "scsi0: san:vm-1-disk-0\n", .live = { .key = "scsi0" } }, /* it is stopped */
	{ .text = "scsi0: san:vm-1-disk-0\nscsi1: san:vm-1-disk-1\n",
	    .live = { .running = true, .key = "scsi0", .disk = true } },
	{ .text = "amd-sev: type=std\n",
	    .blocker = "amd-sev: memory that this node's processor encrypts" },
	{ .text = "intel-tdx: type=tdx\n",
	    .blocker = "intel-tdx: memory that this node's processor encrypts" },
	{ .text = "ivshmem: size=32\n", .blocker = "ivshmem: shared memory of this node" },
	/* Detached by hand: Proxmox drops the line, so that the target has no disk either. */
	{ .text = "scsi0: san:vm-1-disk-0,disabled=1\n" SINGLE,
	    .live = { .running = true, .key = "scsi0" } },
	{ .text = "scsi0: san:vm-1-disk-0,disabled=1\n" SINGLE,
	    .live = { .running = true, .key = "scsi0", .disk = true },
	    .blocker =
		"scsi0: the running QEMU has it but the configuration does not; ramimg detach goes on" },
	{ .text = "scsi0: san:vm-1-disk-0\n" SINGLE,
	    .live = { .running = true, .key = "scsi0" },
	    .blocker = "scsi0: is out of the running QEMU and still in the configuration; "
		       "ramimg detach goes on" },
	{ .text = "scsi0: san:vm-1-disk-0,disabled=1\n" SINGLE,
	    .live = { .running = true,
		.key = "scsi0",
		.controller = true,
		.controller_id = "virtioscsi0" },
	    .blocker = "virtioscsi0: is left in the running QEMU without a disk, and the target "
		       "would not have it; ramimg detach goes on" },
};

static void check_only(const char *text, const struct ri_strv *got, const char *want)
{
	if (got->n != (want ? 1 : 0) || (want && strcmp(got->v[0], want) != 0))
		fail_msg("%s: %zu, got [%s], want [%s]", text, got->n, got->n > 0 ? got->v[0] : "",
		    want ? want : "");
}

static void test_blockers(void **state)
{
	RI_ON_EXIT(ri_storages_free) struct ri_storages s = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("storages", ri_storages_parse(ri_str(STORAGES), &s, &e), &e);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };
		RI_ON_EXIT(ri_migverdict_free) struct ri_migverdict v = { 0 };
		struct ri_migvm vm = { 1, "me", &c, &s, cases[i].live, NULL, NULL };

		check_ok("parse", ri_vmconf_parse(ri_str(cases[i].text), &c, &e), &e);
		check_ok(cases[i].text, ri_migration_check(&vm, &v, &e), &e);
		check_only(cases[i].text, &v.blockers, cases[i].blocker);
		check_only(cases[i].text, &v.remarks, cases[i].remark);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_blockers) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
