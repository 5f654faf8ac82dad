// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Root, GRUB_CMDLINE_LINUX, GRUB_CMDLINE_LINUX_DEFAULT, OS name and the default entry, "--" between
 * them.
 */
#include "fuzz.h"
#include "grub/grubcfg.h"
#include "grub/grubcustom.h"
#include "grub/grubentry.h"
#include "grub/grublex.h"

/* The real one's shape; what matters is that no value gets out of its place. */
#define FAILED "set default=\"@STOCK_DEFAULT@\"\n"
#define BEFORE "@INSMODS@\tset root='@ROOT_HINT@'\n\tsearch @SEARCH_HINTS@ @FS_UUID@\n"
#define TEMPLATE                                                                                   \
	RI_GRUB_BEGIN                                                                              \
	"\n@FAILED@menuentry 'RAM-@OS_NAME@' @ATTRIBUTES@ '@ID@' {\n@COUNT@@BEFORE@"               \
	"\tlinux@SUFFIX@\t@KERNEL@ @CMDLINE@\n\tinitrd@SUFFIX@\t@EARLY@@INITRD@\n@AFTER@}"         \
	"\n" RI_GRUB_END "\n"

/** Every line of the entry that holds guest text is a sequence of GRUB words. */
static void check_entry(struct ri_span entry)
{
	struct ri_span line, word;
	size_t lines = 0;

	while (ri_span_line(&entry, &line)) {
		struct ri_err e = { 0 };
		bool opens = ri_span_starts(line, "menuentry ");
		int rc;

		lines++;
		line.n -= opens ? 2 : 1; /* "{\n" */
		if (ri_span_starts(line, "#") || ri_span_eq(line, ri_str("}")))
			continue;
		while ((rc = ri_grub_word(&line, &word, &e)) > 0)
			continue;
		FUZZ_CHECK(rc == 0);
	}
	FUZZ_CHECK(lines == 11);
}

static void check_line(const char *cmdline, const char *os_name, const char *stock)
{
	const struct ri_grub_templates t = { ri_str(TEMPLATE), ri_str(BEFORE), ri_str(""),
		ri_str(FAILED) };
	const struct ri_grub_spec spec = {
		.id = "ramimg-1",
		.os_name = os_name,
		.os_id = "debian",
		.ptable = "gpt",
		.part = 1,
		.fstype = "ext4",
		.fs_module = "ext2",
		.fs_uuid = "12-ab",
		.kernel = "/boot/vmlinuz",
		.initrd = "/boot/initrd.img-ramboot",
		.cmdline = cmdline,
		.stock_default = stock,
	};
	RI_BUF out = { 0 };
	struct ri_err e = { 0 };

	if (fuzz_ok(ri_grub_entry(&spec, &t, &out, &e), &e))
		check_entry(ri_buf_span(&out));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ri_span rest = fuzz_input(data, size);
	RI_FREE char *root = ri_span_dup(ri_span_trim(fuzz_part(&rest)));
	RI_FREE char *all = ri_span_dup(ri_span_trim(fuzz_part(&rest)));
	RI_FREE char *dflt = ri_span_dup(ri_span_trim(fuzz_part(&rest)));
	RI_FREE char *os_name = ri_span_dup(ri_span_trim(fuzz_part(&rest)));
	RI_FREE char *stock = ri_span_dup(ri_span_trim(fuzz_part(&rest)));
	RI_BUF line = { 0 };
	RI_BUF again = { 0 };
	struct ri_err e = { 0 };

	FUZZ_CHECK(root && all && dflt && os_name && stock);
	check_line(all, os_name, stock);
	if (!fuzz_ok(ri_grub_cmdline(root, all, dflt, "boot=ramimg toram noresume", &line, &e), &e))
		return 0;
	FUZZ_CHECK(fuzz_ok(
	    ri_grub_cmdline(root, line.p, "", "boot=ramimg toram noresume", &again, &e), &e));
	FUZZ_CHECK(ri_span_eq(ri_buf_span(&line), ri_buf_span(&again)));
	check_line(line.p, os_name, stock);
	return 0;
}
