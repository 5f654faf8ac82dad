// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whether a name that LVM's metadata has can become more than a name: where it ends up is a device's path, and by
 * that the root= of a line that GRUB's script holds. Programs get it as one argument, never through a shell.
 */
#include "unit/check.h"
#include "unit/run.h"

#include "grub/grubentry.h"
#include "lvm/metadata.h"

/* What lvm(8) allows in a name: letters and digits are added to these. */
#define OTHERS "+_.-"
#define LETTERS "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* The metadata of a real group, whose section @from is called @to. */
static void renamed(const char *from, const char *to, struct ri_buf *out)
{
	RI_BUF text = { 0 };
	const char *at;

	slurp(SOURCE_DIR "/tests/fuzz/corpus/lvmmeta/linear", &text);
	at = memmem(text.p, text.n, from, strlen(from));
	assert_non_null(at);
	ri_buf_add(out, text.p, (size_t)(at - text.p));
	ri_buf_add_str(out, to);
	ri_buf_add_span(out,
	    ri_span_skip(ri_buf_span(&text), (size_t)(at - text.p) + strlen(from)));
}

/* root= for the device, in the kernel's command line. */
static int line_of(const char *vg, const char *lv, struct ri_buf *out, struct ri_err *e)
{
	RI_BUF device = { 0 };
	RI_BUF mapped = { 0 };

	ri_buf_addf(&device, "/dev/%s/%s", vg, lv);
	ri_lvm_mapper_path(device.p, &mapped);
	return ri_grub_cmdline(mapped.p, "", "", "boot=ramimg toram noresume", out, e);
}

/* One byte in the middle of a name. @return whether the metadata is still LVM's. */
static bool allowed(unsigned char c, bool group)
{
	const char name[] = { 'a', (char)c, 'b', '\0' };
	RI_ON_EXIT(ri_lvm_vg_free) struct ri_lvm_vg vg = { 0 };
	struct ri_err e = { 0 };
	RI_BUF section = { 0 };
	RI_BUF text = { 0 };
	RI_BUF line = { 0 };

	ri_buf_addf(&section, "\n%s {", name);
	renamed(group ? "vms {" : "\nroot {", section.p, &text);
	if (ri_lvm_vg_parse(ri_buf_span(&text), &vg, &e) < 0) {
		assert_int_equal(e.code, RI_E_UNSUPPORTED);
		return false;
	}
	assert_string_equal(group ? vg.name : vg.lv[0].name, name);
	check_ok(name, line_of(vg.name, vg.lv[0].name, &line, &e), &e);
	assert_int_equal(strspn(line.p + strlen("root="), LETTERS OTHERS "/"),
	    strcspn(line.p, " ") - strlen("root="));
	return true;
}

static void test_every_byte(void **state)
{
	(void)state;
	for (unsigned c = 1; c < 256; c++) {
		bool want = strchr(LETTERS OTHERS, (int)c) != NULL;

		if (allowed((unsigned char)c, true) != want ||
		    allowed((unsigned char)c, false) != want)
			fail_msg("byte 0x%02x in a name: %s is wanted", c, want ? "yes" : "no");
	}
}

/* And whoever says that there is such a name, it gets into no line. */
static void test_no_line(void **state)
{
	static const char *const hostile[] = { "$(reboot)", "`reboot`", "a;reboot", "a'b", "a\"b",
		"a b", "a\nb", "a{b", "a}b", "a|b", "a&b", "a>b", "a\\b", "${b}", "a#b", "\xff",
		"a\x1b[2Jb" };

	(void)state;
	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++)
		for (int group = 0; group < 2; group++) {
			struct ri_err e = { 0 };
			RI_BUF line = { 0 };
			int rc = line_of(group ? hostile[i] : "vms", group ? "root" : hostile[i],
			    &line, &e);

			if (rc != -1 || e.code != RI_E_GUEST || line.n != 0 ||
			    !strstr(e.msg, "the root device has a byte 0x"))
				fail_msg("%s: %d, [%s]", hostile[i], rc, e.msg);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_no_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
