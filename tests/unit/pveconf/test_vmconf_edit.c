// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A disk out of a configuration and back, every other byte as it was. */
#include "unit/check.h"

#include "pveconf/boot_drive.h"
#include "pveconf/vmconf_edit.h"

#define HEAD "#web\nboot: order=scsi0;net0\nname: web\n"
#define DISK "scsi0: san:vm-105-disk-1,iothread=1,size=32G\n"
#define TAIL "scsihw: virtio-scsi-single\nsmbios1: uuid=x\n"
#define ORDER "boot: order=scsi0\n"
#define SNAP "\n[one]\nscsi0: san:vm-105-disk-1\n"

/* What a detach makes, and whether an attach after it gives the first text back to the byte. */
static const struct {
	const char *name;
	enum ri_detach_way way;
	const char *text, *want;
	bool other_back; /* not the first text: as told in want_back */
	const char *want_back;
} changes[] = {
	{ .name = "pending", .text = HEAD DISK TAIL, .want = HEAD TAIL "\n[PENDING]\n" DISK },
	{ .name = "pending, snapshots",
	    .text = HEAD DISK TAIL SNAP,
	    .want = HEAD TAIL "\n[PENDING]\n" DISK SNAP },
	{ .name = "pending there",
	    .text = HEAD DISK TAIL "\n[PENDING]\nmemory: 1\nvga: std\n" SNAP,
	    .want = HEAD TAIL "\n[PENDING]\nmemory: 1\n" DISK "vga: std\n" SNAP },
	{ .name = "no line end",
	    .text = ORDER "name: a\nscsi0: a:b",
	    .want = ORDER "name: a\n\n[PENDING]\nscsi0: a:b\n",
	    .other_back = true,
	    .want_back = ORDER "name: a\nscsi0: a:b\n" },
	{ .name = "twice",
	    .text = "boot: order=scsi0\nscsi0: a:x\nscsi0: a:b\n",
	    .want = "boot: order=scsi0\n\n[PENDING]\nscsi0: a:b\n",
	    .other_back = true,
	    .want_back = "boot: order=scsi0\nscsi0: a:b\n" },
	{ .name = "other options pending",
	    .text = HEAD DISK TAIL "\n[PENDING]\nscsi0: san:vm-105-disk-1,cache=none\n",
	    .want = "#web\n#ramimg detached scsi0=san%3Avm-105-disk-1,iothread=1,size=32G\n"
		    "boot: order=scsi0;net0\nname: web\n" TAIL
		    "\n[PENDING]\nscsi0: san:vm-105-disk-1,cache=none\n" },
	{ .name = "the same pending, called otherwise",
	    .text = "bootdisk: scsi0\nscsi0: a:b\n[PENDING]\nscsi0: a:b\n",
	    .want = "bootdisk: scsi0\n[PENDING]\nscsi0: a:b\n",
	    .other_back = true,
	    .want_back = "bootdisk: scsi0\nscsi0: a:b\n" },
	{ .name = "nothing names it",
	    .text = "name: a\nscsi0: a:b,size=1G\n",
	    .want =
		"#ramimg detached scsi0=a%3Ab,size=1G\nname: a\n\n[PENDING]\nscsi0: a:b,size=1G\n" },
	{ .name = "nothing names it, and marked of old",
	    .text = "#ramimg detached scsi0=a%3Ax\nbootdisk: ide0\nscsi0: a:b\n",
	    .want = "#ramimg detached scsi0=a%3Ab\nbootdisk: ide0\n\n[PENDING]\nscsi0: a:b\n",
	    .other_back = true,
	    .want_back = "bootdisk: ide0\nscsi0: a:b\n" },
	{ .name = "unused, other options pending",
	    .way = RI_DETACH_UNUSED,
	    .text = "scsi0: a:b,size=1G\n[PENDING]\nscsi0: a:b,cache=none\nvga: std\n",
	    .want = "#ramimg detached scsi0=a%3Ab,size=1G\nunused0: a:b\n[PENDING]\nvga: std\n",
	    .other_back = true,
	    .want_back = "scsi0: a:b,size=1G\n[PENDING]\nvga: std\n" },
	{ .name = "unused, the only one of a pending order",
	    .way = RI_DETACH_UNUSED,
	    .text = "boot: order=net0\nscsi0: a:b\n[PENDING]\nboot: order=scsi0\n",
	    .want =
		"#ramimg detached scsi0=a%3Ab\nboot: order=net0\nunused0: a:b\n[PENDING]\nboot: order=scsi0\n" },
	{ .name = "behind a line without an end",
	    .text = ORDER "scsi0: a:b\nzz: 1",
	    .want = ORDER "zz: 1\n\n[PENDING]\nscsi0: a:b\n",
	    .other_back = true,
	    .want_back = ORDER "scsi0: a:b\nzz: 1\n" },
	{ .name = "pending deletes of others",
	    .text = ORDER "scsi0: a:b\n[PENDING]\ndelete: net0;,!usb1 x\n",
	    .want = ORDER "[PENDING]\ndelete: net0;,!usb1 x\nscsi0: a:b\n" },
	{ .name = "unused, bytes that are escaped",
	    .way = RI_DETACH_UNUSED,
	    .text = "scsi0: a:\xc3\xa4\x7f~\n",
	    .want = "#ramimg detached scsi0=a%3A%C3%A4%7F~\nunused0: a:\xc3\xa4\x7f~\n",
	    .other_back = true,
	    .want_back = "scsi0: a:\xc3\xa4\x7f~\n" },
	{ .name = "unused, booting by letters",
	    .way = RI_DETACH_UNUSED,
	    .text = "boot: c\nscsi0: a:b\n",
	    .want = "#ramimg detached scsi0=a%3Ab\nboot: c\nunused0: a:b\n" },
	{ .name = "unused, one taken by what is pending",
	    .way = RI_DETACH_UNUSED,
	    .text = "scsi0: a:b\n[PENDING]\nunused0: a:c\n",
	    .want = "#ramimg detached scsi0=a%3Ab\nunused1: a:b\n[PENDING]\nunused0: a:c\n" },
	{ .name = "unused, a pending boot order of somebody else",
	    .way = RI_DETACH_UNUSED,
	    .text = "boot: order=scsi0;net0\nscsi0: a:b\n[PENDING]\nboot: order=net1;scsi0;net2\n",
	    .want = "#ramimg detached scsi0=a%3Ab\nboot: order=scsi0;net0\nunused0: a:b\n"
		    "[PENDING]\nboot: order=net1;net2\n",
	    .other_back = true,
	    .want_back = "boot: order=scsi0;net0\nscsi0: a:b\n[PENDING]\nboot: order=net1;net2\n" },
	{ .name = "unused, a boot order without it",
	    .way = RI_DETACH_UNUSED,
	    .text = "boot: order=net0\nscsi0: a:b\n",
	    .want = "#ramimg detached scsi0=a%3Ab\nboot: order=net0\nunused0: a:b\n" },
	{ .name = "by hand, the default controller",
	    .way = RI_DETACH_BY_HAND,
	    .text = "scsi0: a:b\n",
	    .want = "scsi0: a:b,disabled=1\n" },
	{ .name = "CRLF and blanks",
	    .text = ORDER "name: a\r\nscsi0: a:b \r\nzz: 1\r\n",
	    .want = ORDER "name: a\r\nzz: 1\r\n\n[PENDING]\nscsi0: a:b\n",
	    .other_back = true,
	    .want_back = ORDER "name: a\r\nscsi0: a:b\nzz: 1\r\n" },
	{ .name = "unused",
	    .way = RI_DETACH_UNUSED,
	    .text = HEAD DISK TAIL SNAP,
	    .want = "#web\n#ramimg detached scsi0=san%3Avm-105-disk-1,iothread=1,size=32G\n"
		    "boot: order=scsi0;net0\nname: web\n" TAIL
		    "unused0: san:vm-105-disk-1\n\n[PENDING]\nboot: order=net0\n" SNAP },
	{ .name = "unused, one taken, no boot order",
	    .way = RI_DETACH_UNUSED,
	    .text = "scsi0: volume=a:b,size=1G\nunused0: a:c\n",
	    .want = "#ramimg detached scsi0=volume=a%3Ab,size=1G\nunused0: a:c\nunused1: a:b\n" },
	{ .name = "unused, an old mark, a name that is escaped",
	    .way = RI_DETACH_UNUSED,
	    .text = "#ramimg detached scsi0=a%3Ax\nscsi0: a:b%\n#ramimg detached scsi1=a%3Ay\n",
	    .want = "#ramimg detached scsi1=a%3Ay\n#ramimg detached scsi0=a%3Ab%25\n"
		    "unused0: a:b%\n",
	    .other_back = true,
	    .want_back = "#ramimg detached scsi1=a%3Ay\nscsi0: a:b%\n" },
	{ .name = "by hand",
	    .way = RI_DETACH_BY_HAND,
	    .text = HEAD DISK TAIL SNAP,
	    .want = HEAD "scsi0: san:vm-105-disk-1,iothread=1,size=32G,disabled=1\n"
			 "scsihw: virtio-scsi-single,disabled=1\nsmbios1: uuid=x\n" SNAP },
	{ .name = "by hand, no line end",
	    .way = RI_DETACH_BY_HAND,
	    .text = "scsi0: a:b \r\nscsihw: virtio-scsi-pci",
	    .want = "scsi0: a:b,disabled=1 \r\nscsihw: virtio-scsi-pci,disabled=1" },
	{ .name = "by hand, behind another such word",
	    .way = RI_DETACH_BY_HAND,
	    .text = "scsi0: a:b,disabled=10\nscsihw: lsi,disabled=12\n",
	    .want = "scsi0: a:b,disabled=10,disabled=1\nscsihw: lsi,disabled=12,disabled=1\n" },
	/* Proxmox reads the last one only. */
	{ .name = "pending twice",
	    .text = ORDER "scsi0: a:b\n[PENDING]\ndelete: scsi0\n\n[PENDING]\nvga: std\n",
	    .want = ORDER "[PENDING]\ndelete: scsi0\n\n[PENDING]\nscsi0: a:b\nvga: std\n" },
	{ .name = "pending twice, the last one empty",
	    .text = ORDER "scsi0: a:b\n[PENDING]\nvga: std\n\n[PENDING]\n",
	    .want = ORDER "[PENDING]\nvga: std\n\n[PENDING]\nscsi0: a:b\n" },
	{ .name = "a key without a value",
	    .text = ORDER "scsi0: a:b\nscsi0:  \n",
	    .want = ORDER "scsi0:  \n\n[PENDING]\nscsi0: a:b\n",
	    .other_back = true,
	    .want_back = ORDER "scsi0:  \nscsi0: a:b\n" },
	{ .name = "unused, called as a header",
	    .way = RI_DETACH_UNUSED,
	    .text = "boot: order=scsi0\nscsi0: [PENDING]\n",
	    .want = "#ramimg detached scsi0=[PENDING]\nboot: order=scsi0\nunused0: [PENDING]\n" },
	{ .name = "unused, no blank line before what is pending",
	    .way = RI_DETACH_UNUSED,
	    .text = "scsi0: a:b\n[PENDING]\n[one]\nname: a\n",
	    .want = "#ramimg detached scsi0=a%3Ab\nunused0: a:b\n[PENDING]\n[one]\nname: a\n",
	    .other_back = true,
	    .want_back = "scsi0: a:b\n[one]\nname: a\n" },
};

static void test_there_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };
		RI_ON_EXIT(ri_boot_drive_free) struct ri_boot_drive d = { 0 };
		const char *back = changes[i].other_back ? changes[i].want_back : changes[i].text;
		struct ri_detached was;
		struct ri_err e = { 0 };
		RI_BUF out = { 0 };
		RI_BUF again = { 0 };

		check_ok(changes[i].name,
		    ri_vmconf_edit_detach(ri_str(changes[i].text), "scsi0", changes[i].way, &out,
			&e),
		    &e);
		check_span(changes[i].name, ri_buf_span(&out), ri_str(changes[i].want));
		check_ok(changes[i].name, ri_vmconf_parse(ri_buf_span(&out), &c, &e), &e);
		check_ok(changes[i].name, ri_boot_drive_find(&c, true, &d, &e), &e);
		if (!ri_boot_drive_is_out(&d))
			fail_msg("%s: not found", changes[i].name);
		was = ri_boot_drive_was(&d);
		assert_int_equal(was.way, changes[i].way);
		assert_string_equal(was.key, "scsi0");
		check_ok(changes[i].name,
		    ri_vmconf_edit_attach(ri_buf_span(&out), &was, &again, &e), &e);
		check_span(changes[i].name, ri_buf_span(&again), ri_str(back));
	}
}

static void test_refusals(void **state)
{
	const struct ri_detached gone = { RI_DETACH_UNUSED, "scsi0", "unused3", NULL };
	struct ri_err e = { 0 };
	RI_BUF all = { 0 };
	RI_BUF out = { 0 };

	static const char *const taken[][2] = {
		{ "scsi0: a:b\n[PENDING]\nscsi0: a:c\n",
		    "scsi0 is to have another volume at the next start" },
		{ "scsi0: a:b\n[PENDING]\ndelete: scsi0\n",
		    "scsi0 is to be deleted at the next start" },
		{ "scsi0: a:b\n[PENDING]\ndelete: net0;,!usb1 !scsi0\n",
		    "scsi0 is to be deleted at the next start" },
		{ "scsi0: a:b\n[PENDING]\nscsi0: size=1G\n", "scsi0: size=1G names no volume" },
		{ "scsi0: size=1G\n", "scsi0: size=1G names no volume" },
		{ "name: a\nide2: size=1G\nscsi0: a:b\nscsi1: a:c\nunused0: a:b\nvirtio3: a:b,size=1G\n",
		    "virtio3 has the volume of scsi0 too" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
		e = (struct ri_err){ 0 };
		check_err(taken[i][0],
		    ri_vmconf_edit_detach(ri_str(taken[i][0]), "scsi0", RI_DETACH_PENDING, &out,
			&e),
		    &e, RI_E_CONFIG, taken[i][1]);
	}
	e = (struct ri_err){ 0 };
	check_err("absent",
	    ri_vmconf_edit_detach(ri_str("[PENDING]\nscsi0: a:b\n"), "scsi0", RI_DETACH_PENDING,
		&out, &e),
	    &e, RI_E_CONFIG, "the configuration has no scsi0");
	e = (struct ri_err){ 0 };
	check_err("gone", ri_vmconf_edit_attach(ri_str("name: a\n"), &gone, &out, &e), &e,
	    RI_E_CONFIG, "the configuration has no unused3");
	e = (struct ri_err){ 0 };
	check_err("a name with =",
	    ri_vmconf_edit_detach(ri_str("scsi0: file=a:b=c\n"), "scsi0", RI_DETACH_UNUSED, &out,
		&e),
	    &e, RI_E_CONFIG, "a:b=c would not be read as the volume of unused0");
	ri_buf_add_str(&all, "scsi0: a:b\n");
	for (int i = 0; i < 256; i++)
		ri_buf_addf(&all, "unused%d: a:x\n", i);
	e = (struct ri_err){ 0 };
	check_err("full",
	    ri_vmconf_edit_detach(ri_buf_span(&all), "scsi0", RI_DETACH_UNUSED, &out, &e), &e,
	    RI_E_CONFIG, "all of unused0 to unused255 are taken");
	assert_int_equal(out.n, 0);
}

/* What others made of the line before it comes back. */
static void test_by_hand_back(void **state)
{
	static const struct ri_detached d = { RI_DETACH_BY_HAND, "scsi0", "scsi0", NULL };
	static const char *const texts[][2] = {
		{ "scsi0: a:b,disabled=1,ssd=1\n", "scsi0: a:b,ssd=1\n" },
		{ "scsi0: a:b\n", "scsi0: a:b\n" },
		{ "scsi0: a:b,disabled=1\nscsihw: lsi\n", "scsi0: a:b\nscsihw: lsi\n" },
		{ "scsi0: a:b,disabled=10\n", "scsi0: a:b,disabled=10\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct ri_err e = { 0 };
		RI_BUF out = { 0 };

		check_ok(texts[i][0], ri_vmconf_edit_attach(ri_str(texts[i][0]), &d, &out, &e), &e);
		check_span(texts[i][0], ri_buf_span(&out), ri_str(texts[i][1]));
	}
}

/* The controller's line stays as it is where the disk is on none of that kind. */
static void test_virtio_by_hand(void **state)
{
	struct ri_err e = { 0 };
	RI_BUF out = { 0 };

	(void)state;
	check_ok("virtio",
	    ri_vmconf_edit_detach(ri_str("scsihw: lsi\nvirtio0: a:b\n"), "virtio0",
		RI_DETACH_BY_HAND, &out, &e),
	    &e);
	check_span("virtio", ri_buf_span(&out), LIT("scsihw: lsi\nvirtio0: a:b,disabled=1\n"));
}

static void test_may_be_unused(void **state)
{
	static const struct {
		const char *text, *file, *error; /* NULL: it may */
	} cases[] = {
		{ "protection: 0\n", "san:vm-105-disk-1", NULL },
		{ "", "local:105/vm-105-disk-1.qcow2", NULL },
		{ "", "local:100/base-100-disk-0.qcow2/105/vm-105-disk-1.qcow2", NULL },
		{ "protection: 1\n", "san:vm-105-disk-1",
		    "it is protected (protection: 1), so that" },
		{ "", "vm-105-disk-1", NULL },
		{ "", "/dev/sdx", "/dev/sdx is not the VM's own volume" },
		{ "", "/dev/san/vm-105-disk-1",
		    "/dev/san/vm-105-disk-1 is not the VM's own volume" },
		{ "", "san:vm-106-disk-1", "san:vm-106-disk-1 is not the VM's own volume" },
		{ "", "lun:0.0.1.scsi-3600", "lun:0.0.1.scsi-3600 is not the VM's own volume" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };
		struct ri_err e = { 0 };
		int rc;

		check_ok("parse", ri_vmconf_parse(ri_str(cases[i].text), &c, &e), &e);
		rc = ri_vmconf_edit_check_unused(&c, 105, cases[i].file, &e);
		if (rc != (cases[i].error ? -1 : 0) ||
		    (rc < 0 && strncmp(e.msg, cases[i].error, strlen(cases[i].error)) != 0))
			fail_msg("%s: %d %s", cases[i].file, rc, e.msg);
	}
}

/* Set and taken out again, all other bytes stay. */
static void test_lock(void **state)
{
	static const char *const texts[][2] = {
		{ HEAD DISK TAIL SNAP,
		    "#web\nboot: order=scsi0;net0\nlock: create\nname: web\n" DISK TAIL SNAP },
		{ "", "lock: create\n" },
		{ "zz: 1\n", "lock: create\nzz: 1\n" },
		{ "a: 1\n\n[PENDING]\nlock: x\n\n[s]\nlock: backup\n",
		    "a: 1\nlock: create\n\n[PENDING]\nlock: x\n\n[s]\nlock: backup\n" },
		{ "#ä %3A\r\na: 1\r\n", "#ä %3A\r\na: 1\r\nlock: create\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct ri_err e = { 0 };
		RI_BUF set = { 0 };
		RI_BUF back = { 0 };

		check_ok("set", ri_vmconf_edit_lock(ri_str(texts[i][0]), "create", &set, &e), &e);
		check_span("set", ri_buf_span(&set), ri_str(texts[i][1]));
		check_ok("back", ri_vmconf_edit_lock(ri_buf_span(&set), NULL, &back, &e), &e);
		check_span("back", ri_buf_span(&back), ri_str(texts[i][0]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lock),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_by_hand_back),
		cmocka_unit_test(test_virtio_by_hand),
		cmocka_unit_test(test_may_be_unused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
