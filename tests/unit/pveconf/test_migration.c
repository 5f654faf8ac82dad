// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is in the way of a live migration, by the configuration and by what QEMU has. */
#include "unit/check.h"

#include "pveconf/migration.h"

#define STORAGES "lvm: san\n\tvgname san\n\tshared 1\n\tcontent images\n"
#define SINGLE "scsihw: virtio-scsi-single\n"

static const struct {
	const char *text;
	struct ri_miglive live;
	const char *blocker; /* the only one; NULL: nothing is in the way */
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
	    .blocker = "ide2: local:iso/a.iso is an ISO on local storage; qm set VMID --ide2 "
		       "none,media=cdrom" },
	{ .text = "ide2: cdrom,media=cdrom\n",
	    .blocker = "ide2: cdrom is the host's own CD drive; qm set VMID --ide2 "
		       "none,media=cdrom" },
	{ .text = "ide2: none,media=cdrom\n[PENDING]\nide2: local:iso/a.iso,media=cdrom\n",
	    .blocker = "pending ide2: local:iso/a.iso is an ISO on local storage; qm set VMID "
		       "--ide2 none,media=cdrom" },
	{ .text = "ide2: none,media=cdrom\n[one]\nide2: local:iso/a.iso,media=cdrom\n",
	    .blocker = "the snapshot 'one' has ide2 with an ISO on local storage "
		       "(local:iso/a.iso); delete it: qm delsnapshot VMID one" },
	{ .text = "[one]\nide2: san:iso/a.iso,media=cdrom\n" },
	{ .text = "scsi0: /dev/sdb\n",
	    .blocker = "scsi0: /dev/sdb is a device or file of this node" },
	{ .text = "scsi0: /dev/sdb,shared=1\n" },
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
		       "delete it: qm delsnapshot VMID one" },
	{ .text = "unused0: local:1/vm-1-disk-0.raw\n",
	    .blocker = "unused0: local:1/vm-1-disk-0.raw on local storage would be copied along; "
		       "move it to shared storage, or remove it" },
	{ .text = "[PENDING]\nscsi0: local:1/vm-1-disk-0.raw\n",
	    .blocker = "pending scsi0: local:1/vm-1-disk-0.raw on local storage would be copied "
		       "along; move it to shared storage, or remove it" },
	{ .text = "scsi0: local:1/vm-1-disk-0.raw,odd=1\n" }, /* a line that Proxmox drops */
	{ .text = "[no name]\nscsi0: local:1/a.raw\n[special:cloudinit]\nscsi0: local:1/a.raw\n" },
	{ .text = "lock: backup\n", .blocker = "the configuration is locked (backup)" },
	{ .text = "hostpci0: 00:02\n", .blocker = "hostpci0: a PCI device of this node (00:02)" },
	{ .text = "usb3: host=1:2\n", .blocker = "usb3: a USB device of this node (host=1:2)" },
	{ .text = "usb3: spice\nserial0: socket\nusb: host\nusbx: host\nusbx-1: host\n" },
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

static void test_blockers(void **state)
{
	RI_ON_EXIT(ri_storages_free) struct ri_storages s = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("storages", ri_storages_parse(ri_str(STORAGES), &s, &e), &e);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };
		RI_STRV out = { 0 };

		check_ok("parse", ri_vmconf_parse(ri_str(cases[i].text), &c, &e), &e);
		check_ok(cases[i].text, ri_migration_blockers(&c, &s, &cases[i].live, &out, &e),
		    &e);
		assert_string_equal(out.n > 0 ? out.v[0] : "",
		    cases[i].blocker ? cases[i].blocker : "");
		assert_int_equal(out.n, cases[i].blocker ? 1 : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_blockers) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
