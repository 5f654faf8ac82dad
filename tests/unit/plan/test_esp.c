// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the EFI partitions' stubs mean for a build. */
#include "unit/check.h"
#include "unit/facts_fixture.h"

#include "plan/esp.h"

#define OTHER "22222222-2222-3333-4444-555555555555"
#define STUB(uuid, dir)                                                                            \
	"search.fs_uuid " uuid " root hd0,gpt2\nset prefix=($root)'" dir                           \
	"'\nconfigfile $prefix/grub.cfg\n"
#define HERE STUB(FX_UUID, "/boot/grub")
#define ELSEWHERE STUB(OTHER, "/boot/grub")

static void replace(char **field, const char *value)
{
	free(*field);
	*field = strdup(value);
}

static void add(struct ri_facts *f, const char *path, const char *text)
{
	struct ri_esp_stub *v = realloc(f->stubs, (f->stubs_n + 1) * sizeof *v);

	assert_non_null(v);
	f->stubs = v;
	v[f->stubs_n] = (struct ri_esp_stub){ strdup(path), strdup("/dev/sda1"), { 0 } };
	ri_buf_add_str(&v[f->stubs_n++].bytes, text);
}

static int check(struct ri_facts *f, struct ri_buf *note, struct ri_err *e)
{
	replace(&f->mounts[0].device, "/dev/sda2");
	return ri_plan_check_esp(f, note, e);
}

static void test_notes(void **state)
{
	static const struct {
		const char *debian, *ubuntu, *loader, *note;
	} rows[] = {
		{ NULL, NULL, "", "" },
		{ HERE, NULL, "", "" },
		{ HERE, "if true; then :; fi\n", "", "" },
		{ HERE, ELSEWHERE, "",
		    "/EFI/ubuntu/grub.cfg on /dev/sda1 leads to /boot/grub/grub.cfg on file system " OTHER },
		{ "", NULL, "", "/EFI/debian/grub.cfg on /dev/sda1 is not understood" },
		{ "", ELSEWHERE, "",
		    "/EFI/debian/grub.cfg on /dev/sda1 is not understood; /EFI/ubuntu/grub.cfg on /dev/sda1 "
		    "leads to /boot/grub/grub.cfg on file system " OTHER },
		{ HERE, NULL, "systemd-boot (/EFI/systemd on /dev/sda1)",
		    "systemd-boot (/EFI/systemd on /dev/sda1) is there too" },
		{ HERE, NULL, "GRUB Legacy (/boot/grub/menu.lst)", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_facts_free) struct ri_facts f;
		struct ri_err e = { 0 };
		RI_BUF note = { 0 };

		fx_facts(&f);
		replace(&f.loader, rows[i].loader);
		if (rows[i].debian)
			add(&f, "/EFI/debian/grub.cfg", rows[i].debian);
		if (rows[i].ubuntu)
			add(&f, "/EFI/ubuntu/grub.cfg", rows[i].ubuntu);
		check_ok(rows[i].note, check(&f, &note, &e), &e);
		check_span("note", ri_buf_span(&note), ri_str(rows[i].note));
	}
}

static int refused(const char *text, bool separate, const char *fstype, struct ri_err *e)
{
	RI_ON_EXIT(ri_facts_free) struct ri_facts f;
	RI_BUF note = { 0 };

	fx_facts(&f);
	replace(&f.mounts[0].fstype, fstype);
	if (separate) {
		f.mounts[1] = (struct ri_mount){ strdup("/boot"), strdup("/dev/sda3"),
			strdup("ext4"), strdup(OTHER), 1, 1, { 0, NULL } };
		f.mounts_n = 2;
		f.boot = &f.mounts[1];
	}
	add(&f, "/EFI/debian/grub.cfg", text);
	return check(&f, &note, e);
}

#define WHO                                                                                        \
	"Debian GNU/Linux 12 (bookworm) on /dev/sda2: the firmware's GRUB reads the menu of "      \
	"another system: /EFI/debian/grub.cfg on /dev/sda1 leads to "
#define DO "; run grub-install and update-grub in the guest"

static void test_refused(void **state)
{
	struct ri_err e[3] = { 0 };

	(void)state;
	check_err("another file system", refused(ELSEWHERE, false, "ext4", &e[0]), &e[0],
	    RI_E_UNSUPPORTED,
	    WHO "/boot/grub/grub.cfg on file system " OTHER
		", and this system's is /boot/grub/grub.cfg on " FX_UUID DO);
	check_err("another directory",
	    refused(STUB(FX_UUID, "/old/boot/grub"), false, "ext4", &e[1]), &e[1], RI_E_UNSUPPORTED,
	    WHO "/old/boot/grub/grub.cfg on file system " FX_UUID
		", and this system's is /boot/grub/grub.cfg on " FX_UUID DO);
	check_err("before there was a /boot", refused(HERE, true, "ext4", &e[2]), &e[2],
	    RI_E_UNSUPPORTED,
	    WHO "/boot/grub/grub.cfg on file system " FX_UUID
		", and this system's is /grub/grub.cfg on " OTHER DO);
}

/* A path of GRUB's on btrfs begins with the subvolume's name. */
static void test_accepted(void **state)
{
	struct ri_err e = { 0 };

	(void)state;
	check_ok("a /boot of its own", refused(STUB(OTHER, "/grub"), true, "ext4", &e), &e);
	check_ok("a subvolume", refused(STUB(FX_UUID, "/@/boot/grub"), false, "btrfs", &e), &e);
}

/* Fedora's: another directory, and a variable of its own. */
static void test_grub2(void **state)
{
	static const struct {
		bool grub2;
		int rc;
	} rows[] = { { true, 0 }, { false, -1 } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_facts_free) struct ri_facts f;
		struct ri_err e = { 0 };
		RI_BUF note = { 0 };

		fx_facts(&f);
		f.grub2 = rows[i].grub2;
		add(&f, "/EFI/fedora/grub.cfg",
		    "search --no-floppy --root-dev-only --fs-uuid --set=dev " FX_UUID
		    "\nset prefix=($dev)/boot/grub2\nexport $prefix\nconfigfile $prefix/grub.cfg\n");
		assert_int_equal(check(&f, &note, &e), rows[i].rc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_grub2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
