// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a disk is called in its running QEMU. */
#include "unit/check.h"

#include "pveconf/qemu_names.h"

static const struct {
	const char *text, *key;
	const char *controller, *iothread, *error;
	bool shared;
	enum ri_code code;
	unsigned unit;
} cases[] = {
	{ .text = "scsihw: virtio-scsi-single\nscsi0: a:b,iothread=1\n",
	    .key = "scsi0",
	    .controller = "virtioscsi0",
	    .iothread = "iothread-virtioscsi0" },
	{ .text = "scsihw: virtio-scsi-single,disabled=1\nscsi3: a:b\nscsi1: a:c\n",
	    .key = "scsi3",
	    .controller = "virtioscsi3",
	    .iothread = "iothread-virtioscsi3",
	    .unit = 3 },
	/* An unused volume has no options any more. */
	{ .text = "scsihw: virtio-scsi-single\nunused0: a:b\n",
	    .key = "scsi0",
	    .controller = "virtioscsi0",
	    .iothread = "iothread-virtioscsi0" },
	{ .text = "scsihw: virtio-scsi-pci\nscsi0: a:b,iothread=1\n",
	    .key = "scsi0",
	    .controller = "scsihw0",
	    .iothread = "" },
	{ .text = "scsihw: virtio-scsi-pci\nscsi0: a:b\nscsi1: none,media=cdrom\n",
	    .key = "scsi0",
	    .controller = "scsihw0",
	    .iothread = "",
	    .shared = true },
	{ .text = "virtio1: a:b,iothread=1\n",
	    .key = "virtio1",
	    .controller = "",
	    .iothread = "iothread-virtio1" },
	/* Proxmox's default, of seven disks each. */
	{ .text = "scsi0: a:b\nscsi7: a:c\n",
	    .key = "scsi0",
	    .controller = "scsihw0",
	    .iothread = "" },
	{ .text = "scsi0: a:b\nscsi6: a:c\n",
	    .key = "scsi0",
	    .controller = "scsihw0",
	    .iothread = "",
	    .shared = true },
	{ .text = "scsihw: lsi53c810\nscsi8: a:b\nscsi6: a:c\nscsi14: a:d\n",
	    .key = "scsi8",
	    .controller = "scsihw1",
	    .iothread = "",
	    .unit = 1 },
	{ .text = "scsihw: pvscsi\nscsi0: a:b\n",
	    .key = "scsi0",
	    .code = RI_E_UNSUPPORTED,
	    .error =
		"scsi0: is on a controller (pvscsi) whose disks the guest agent cannot tell apart; "
		"use virtio-scsi-single or virtio-scsi-pci" },
	{ .text = "scsihw: buslogic\nscsi0: a:b\n",
	    .key = "scsi0",
	    .code = RI_E_UNSUPPORTED,
	    .error = "scsi0: is on a controller (buslogic) that is not known here; use "
		     "virtio-scsi-single or virtio-scsi-pci" },
	{ .text = "",
	    .key = "ide0",
	    .code = RI_E_UNSUPPORTED,
	    .error = "ide0: QEMU cannot unplug IDE disks from a running VM; use scsi or "
		     "virtio" },
	{ .text = "",
	    .key = "efidisk0",
	    .code = RI_E_UNSUPPORTED,
	    .error = "efidisk0: QEMU cannot unplug the EFI variables from a running VM; use "
		     "scsi or virtio" },
	{ .text = "",
	    .key = "unused0",
	    .code = RI_E_USAGE,
	    .error = "unused0 is not a disk of a running VM" },
	{ .text = "",
	    .key = "scsi31",
	    .code = RI_E_USAGE,
	    .error = "scsi31 is not a disk of a running VM" },
};

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };
		struct ri_qemu_names d;
		struct ri_err e = { 0 };
		int rc;

		check_ok("parse", ri_vmconf_parse(ri_str(cases[i].text), &c, &e), &e);
		rc = ri_qemu_names_of(&c, cases[i].key, &d, &e);
		if (cases[i].error) {
			check_err(cases[i].key, rc, &e, cases[i].code, cases[i].error);
			continue;
		}
		check_ok(cases[i].key, rc, &e);
		assert_string_equal(d.controller, cases[i].controller);
		assert_string_equal(d.iothread, cases[i].iothread);
		assert_int_equal(d.shared, cases[i].shared);
		assert_int_equal(d.unit, cases[i].unit);
		assert_string_equal(d.drive + 6, cases[i].key);
		assert_string_equal(d.throttle + 15, cases[i].key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_names) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
