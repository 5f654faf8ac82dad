// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The command line of a trial's QEMU, and the machine that a VM's configuration describes. */
#include "unit/check.h"
#include "trial/machine_conf.h"

#include <stdlib.h>

static const struct ri_trial_machine plain = { .memory = 2048,
	.cpus = 2,
	.overlay = "/s/a,b/overlay.qcow2" };

static char *line_of(const struct ri_trial_machine *m)
{
	RI_STRV argv = { 0 };
	RI_BUF line = { 0 };
	struct ri_err e = { 0 };

	check_ok("argv", ri_trial_argv(m, &argv, &e), &e);
	for (size_t i = 0; i < argv.n; i++)
		ri_buf_addf(&line, "%s%s", i > 0 ? " " : "", argv.v[i]);
	assert_false(line.oom);
	return ri_buf_steal(&line);
}

static void test_defaults(void **state)
{
	static const char want[] =
	    "qemu-system-x86_64 -name ramimg-test -nodefaults -no-user-config -no-reboot "
	    "-sandbox on,obsolete=deny,spawn=deny,resourcecontrol=deny,elevateprivileges=deny -display none -vga std "
	    "-rtc base=utc -machine pc -accel tcg,thread=single -cpu qemu64,+popcnt,+pni,+sse4.1,+sse4.2,+ssse3 "
	    "-smp 2 -m 2048 -smbios type=11,value=ramimg.status=ttyS1 "
	    "-chardev socket,id=console,fd=3 -chardev socket,id=status,fd=4 -chardev socket,id=monitor,fd=5 "
	    "-chardev socket,id=agent,fd=6 -mon chardev=monitor,mode=control "
	    "-device isa-serial,chardev=console,index=0 -device isa-serial,chardev=status,index=1 "
	    "-device virtio-serial-pci,id=qga0,bus=pci.0,addr=0x8 "
	    "-device virtserialport,bus=qga0.0,chardev=agent,name=org.qemu.guest_agent.0 "
	    "-blockdev {\"cache\":{\"direct\":false,\"no-flush\":true},\"discard\":\"unmap\",\"driver\":\"qcow2\","
	    "\"file\":{\"driver\":\"file\",\"filename\":\"/s/a,b/overlay.qcow2\"},\"node-name\":\"disk\"} "
	    "-device virtio-scsi-pci,id=controller0,bus=pci.0,addr=0x5 "
	    "-device scsi-hd,bus=controller0.0,channel=0,scsi-id=0,lun=0,drive=disk,id=disk0,bootindex=100";
	RI_FREE char *got = line_of(&plain);

	(void)state;
	assert_string_equal(got, want);
}

static void test_threads(void **state)
{
	struct ri_trial_machine m = plain;
	RI_FREE char *line = NULL;

	(void)state;
	m.threads = true;
	line = line_of(&m);
	assert_non_null(strstr(line, " -accel tcg,thread=multi "));
}

static void test_buses(void **state)
{
	static const struct {
		enum ri_trial_bus bus;
		unsigned index, unplugs;
		const char *word, *devices;
	} rows[] = {
		{ RI_TRIAL_VIRTIO_SCSI, 2, 2, "virtio-scsi",
		    "-device virtio-scsi-pci,id=controller0,bus=pci.0,addr=0x5 -device "
		    "scsi-hd,bus=controller0.0,channel=0,scsi-id=0,lun=2,drive" },
		{ RI_TRIAL_LSI, 1, 2, "lsi",
		    "-device lsi,id=controller0,bus=pci.0,addr=0x5 -device "
		    "scsi-hd,bus=controller0.0,scsi-id=1,drive" },
		{ RI_TRIAL_LSI53C810, 0, 2, "lsi53c810", "-device lsi53c810,id=controller0," },
		{ RI_TRIAL_MEGASAS, 3, 0, "megasas",
		    "-device megasas,id=controller0,bus=pci.0,addr=0x5 -device "
		    "scsi-hd,bus=controller0.0,channel=0,scsi-id=0,lun=0,drive" },
		{ RI_TRIAL_PVSCSI, 0, 0, "pvscsi", "-device pvscsi,id=controller0," },
		{ RI_TRIAL_VIRTIO, 0, 1, "virtio",
		    "-device virtio-blk-pci,bus=pci.0,addr=0xa,drive" },
		{ RI_TRIAL_SATA, 0, 0, "sata",
		    "-device ahci,id=controller0,bus=pci.0,addr=0x7 -device ide-hd,bus=controller0.0,drive" },
		{ RI_TRIAL_IDE, 0, 0, "ide", "-device ide-hd,bus=ide.0,drive" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_trial_machine m = plain;
		RI_FREE char *got = NULL;

		m.bus = rows[i].bus;
		m.index = rows[i].index;
		got = line_of(&m);
		if (!strstr(got, rows[i].devices))
			fail_msg("%s: %s", rows[i].word, got);
		assert_string_equal(ri_trial_bus_word(m.bus), rows[i].word);
		assert_int_equal(ri_trial_unplugs(m.bus), rows[i].unplugs);
	}
}

static void test_firmware_and_net(void **state)
{
	struct ri_trial_machine m = plain;
	RI_FREE char *plain_uefi = NULL;
	RI_FREE char *secure = NULL;

	(void)state;
	m.uefi = m.kvm = m.net = true;
	m.code = "/f/code";
	m.vars = "/s/vars";
	plain_uefi = line_of(&m);
	assert_non_null(strstr(plain_uefi, " -accel kvm "));
	assert_non_null(strstr(plain_uefi,
	    " -blockdev {\"driver\":\"raw\",\"file\":{\"driver\":\"file\",\"filename\":\"/f/code\",\"read-only\":true},"
	    "\"node-name\":\"code\",\"read-only\":true} "
	    "-blockdev {\"driver\":\"raw\",\"file\":{\"driver\":\"file\",\"filename\":\"/s/vars\"},\"node-name\":\"vars\"} "
	    "-machine pflash0=code,pflash1=vars "));
	assert_non_null(strstr(plain_uefi, "-device virtio-net-pci,netdev=net0"));
	assert_null(strstr(plain_uefi, "smm"));
	assert_null(strstr(plain_uefi, "pcidmi"));
	m.q35 = m.secure_boot = true;
	secure = line_of(&m);
	assert_non_null(strstr(secure, "-machine q35,smm=on "));
	assert_non_null(strstr(secure, "property=secure"));
	assert_non_null(strstr(secure, "pci-bridge,id=pci.0"));
}

static void test_configurations(void **state)
{
	static const struct {
		const char *text, *key, *efidisk;
		enum ri_trial_bus bus;
		unsigned index;
		bool q35, uefi, secure_boot;
	} rows[] = {
		{ "scsi0: s:vm-1-disk-0\n", "scsi0", NULL, RI_TRIAL_LSI, 0, false, false, false },
		{ "scsihw: virtio-scsi-single\nscsi3: s:vm-1-disk-0,iothread=1\n", "scsi3", NULL,
		    RI_TRIAL_VIRTIO_SCSI, 3, false, false, false },
		{ "scsihw: pvscsi\nscsi0: s:vm-1-disk-0\n", "scsi0", NULL, RI_TRIAL_PVSCSI, 0,
		    false, false, false },
		{ "virtio1: s:vm-1-disk-0\nmachine: pc-i440fx-9.0\n", "virtio1", NULL,
		    RI_TRIAL_VIRTIO, 1, false, false, false },
		{ "sata0: s:vm-1-disk-0\nmachine: q35\nbios: ovmf\n", "sata0", NULL, RI_TRIAL_SATA,
		    0, true, true, false },
		{ "ide2: s:vm-1-disk-0\nmachine: pc-q35-8.1+pve0\nbios: ovmf\n"
		  "efidisk0: s:vm-1-disk-1,efitype=4m,pre-enrolled-keys=1,size=4M\n",
		    "ide2", "s:vm-1-disk-1,efitype=4m,pre-enrolled-keys=1,size=4M", RI_TRIAL_IDE, 2,
		    true, true, true },
		/* i440fx has no system management mode; keys count for OVMF alone. */
		{ "bios: ovmf\nefidisk0: s:x,pre-enrolled-keys=1\nscsi0: s:other\n", NULL,
		    "s:x,pre-enrolled-keys=1", RI_TRIAL_VIRTIO_SCSI, 0, false, true, false },
		{ "machine: q35\nefidisk0: s:x,pre-enrolled-keys=1\nbios: seabios\n", NULL,
		    "s:x,pre-enrolled-keys=1", RI_TRIAL_VIRTIO_SCSI, 0, true, false, false },
		/* What only waits, or was, is not what starts. */
		{ "[PENDING]\nscsi0: s:vm-1-disk-0\n", NULL, NULL, RI_TRIAL_VIRTIO_SCSI, 0, false,
		    false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };
		struct ri_trial_machine m = plain;
		struct ri_trial_conf conf;
		struct ri_err e = { 0 };

		check_ok(rows[i].text, ri_vmconf_parse(ri_str(rows[i].text), &c, &e), &e);
		check_ok(rows[i].text, ri_trial_of_conf(&c, "s:vm-1-disk-0", &m, &conf, &e), &e);
		if (m.bus != rows[i].bus || m.index != rows[i].index || m.q35 != rows[i].q35 ||
		    m.uefi != rows[i].uefi || m.secure_boot != rows[i].secure_boot)
			fail_msg("%s: bus %d, index %u, %d %d %d", rows[i].text, (int)m.bus,
			    m.index, m.q35, m.uefi, m.secure_boot);
		assert_int_equal(!conf.key, !rows[i].key);
		assert_int_equal(!conf.efidisk, !rows[i].efidisk);
		if (conf.key)
			assert_string_equal(conf.key, rows[i].key);
		if (conf.efidisk)
			assert_string_equal(conf.efidisk, rows[i].efidisk);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_buses),
		cmocka_unit_test(test_firmware_and_net),
		cmocka_unit_test(test_configurations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
