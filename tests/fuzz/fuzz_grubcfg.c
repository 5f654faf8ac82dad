// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A 40_custom and a grub.cfg, "--" between them. */
#include "fuzz.h"
#include "grub/grubcfg.h"
#include "grub/grubcustom.h"
#include "grub/grubentry.h"
#include "grub/grubmenu.h"

#define BLOCK RI_GRUB_BEGIN "\nmenuentry 'RAM' {\n}\n" RI_GRUB_END "\n"
#define OTHER RI_GRUB_BEGIN "\n" RI_GRUB_END "\n"

static bool check_custom(struct ri_span custom, struct ri_buf *put)
{
	RI_BUF twice = { 0 };
	RI_BUF other = { 0 };
	RI_BUF back = { 0 };
	RI_BUF bare = { 0 };
	RI_BUF bare_twice = { 0 };
	struct ri_err e = { 0 };

	if (fuzz_ok(ri_grub_custom_drop(custom, &bare, &e), &e)) {
		FUZZ_CHECK(fuzz_ok(ri_grub_custom_drop(ri_buf_span(&bare), &bare_twice, &e), &e));
		FUZZ_CHECK(ri_span_eq(ri_buf_span(&bare), ri_buf_span(&bare_twice)));
	}
	if (!fuzz_ok(ri_grub_custom_put(custom, ri_str(BLOCK), put, &e), &e))
		return false;
	FUZZ_CHECK(ri_span_eq(ri_grub_find_block(ri_buf_span(put)), ri_str(BLOCK)));
	FUZZ_CHECK(fuzz_ok(ri_grub_custom_put(ri_buf_span(put), ri_str(BLOCK), &twice, &e), &e));
	FUZZ_CHECK(ri_span_eq(ri_buf_span(put), ri_buf_span(&twice)));
	FUZZ_CHECK(fuzz_ok(ri_grub_custom_put(ri_buf_span(put), ri_str(OTHER), &other, &e), &e));
	FUZZ_CHECK(fuzz_ok(ri_grub_custom_drop(ri_buf_span(&other), &back, &e), &e));
	FUZZ_CHECK(ri_span_eq(ri_buf_span(&back), ri_buf_span(&bare)));
	if (ri_grub_find_block(custom).n == 0)
		FUZZ_CHECK(ri_span_eq(ri_buf_span(&back), custom));
	return true;
}

static void check_cfg(struct ri_span cfg, struct ri_span custom)
{
	RI_BUF put = { 0 };
	RI_BUF twice = { 0 };
	struct ri_err e = { 0 };

	if (!fuzz_ok(ri_grub_cfg_put(cfg, custom, &put, &e), &e))
		return;
	FUZZ_CHECK(fuzz_ok(ri_grub_cfg_put(ri_buf_span(&put), custom, &twice, &e), &e));
	FUZZ_CHECK(ri_span_eq(ri_buf_span(&put), ri_buf_span(&twice)));
}

static void check_default(struct ri_span cfg)
{
	RI_BUF set = { 0 };
	RI_BUF back = { 0 };
	struct ri_span was, now;
	struct ri_err e = { 0 };

	if (!fuzz_ok(ri_grub_cfg_get_default(cfg, &was, &e), &e))
		return;
	FUZZ_CHECK(fuzz_ok(ri_grub_cfg_set_default(cfg, ri_str("ramimg-1"), &set, &e), &e));
	FUZZ_CHECK(fuzz_ok(ri_grub_cfg_get_default(ri_buf_span(&set), &now, &e), &e));
	FUZZ_CHECK(ri_span_eq(now, ri_str("ramimg-1")));
	FUZZ_CHECK(fuzz_ok(ri_grub_cfg_set_default(ri_buf_span(&set), was, &back, &e), &e));
	FUZZ_CHECK(ri_span_eq(ri_buf_span(&back), cfg));
}

#define KERNEL "/boot/vmlinuz-1"
#define ENTRY                                                                                         \
	"@FAILED@menuentry 'RAM' @ATTRIBUTES@--id 'ram' {\n@COUNT@@BEFORE@\tlinux@SUFFIX@\t@KERNEL@ " \
	"@CMDLINE@\n\tinitrd@SUFFIX@\t@EARLY@@INITRD@\n@AFTER@}\n"

/* The menu of a text that is nothing but the RAM entry: that is in it, and nothing else. */
static void check_entry(struct ri_span entry, const struct ri_grub_stock *stock,
    const struct ri_grub_boots *boots)
{
	RI_ON_EXIT(ri_grub_menu_free) struct ri_grub_menu menu = { 0 };
	RI_ON_EXIT(ri_grub_body_free) struct ri_grub_body again = { 0 };
	struct ri_err e = { 0 };

	FUZZ_CHECK(fuzz_ok(ri_grub_menu_read(entry, &menu, &e), &e));
	FUZZ_CHECK(menu.n == 1 && !menu.v[0].submenu && !menu.v[0].maybe);
	FUZZ_CHECK(ri_span_starts(menu.v[0].header, " 'RAM' "));
	FUZZ_CHECK(menu.v[0].body.p + menu.v[0].body.n + 2 == entry.p + entry.n);
	if (!stock->has_body)
		return;
	FUZZ_CHECK(fuzz_ok(ri_grub_body_read(menu.v[0].body, boots, &again, &e), &e));
	FUZZ_CHECK(ri_span_eq(ri_buf_span(&again.before), ri_buf_span(&stock->body.before)));
	FUZZ_CHECK(ri_span_eq(ri_buf_span(&again.after), ri_buf_span(&stock->body.after)));
	FUZZ_CHECK(ri_span_eq(ri_buf_span(&again.early), ri_buf_span(&stock->body.early)));
	FUZZ_CHECK(strcmp(again.suffix, stock->body.suffix) == 0);
}

/* Whatever the guest's entries say, the RAM entry is one entry, which ends where it ends. */
static void check_stock(struct ri_span cfg)
{
	RI_ON_EXIT(ri_grub_stock_free) struct ri_grub_stock stock = { 0 };
	const struct ri_grub_stock_ask ask = { .cfg = cfg,
		.saved_entry = ri_str("1>0"),
		.boots = { KERNEL, "12-ab", true, true } };
	const struct ri_grub_templates t = { ri_str(ENTRY), ri_str("\tinsmod @INSMODS@\n"),
		ri_str(""), ri_str("") };
	const struct ri_grub_spec spec = { .id = "ram",
		.os_name = "",
		.os_id = "debian",
		.part = 1,
		.ptable = "gpt",
		.fstype = "ext4",
		.fs_module = "ext2",
		.fs_uuid = "12-ab",
		.kernel = KERNEL,
		.initrd = "/boot/initrd.img",
		.cmdline = "ro",
		.stock = &stock };
	RI_BUF entry = { 0 };
	struct ri_err e = { 0 };

	FUZZ_CHECK(fuzz_ok(ri_grub_stock_read(&ask, &stock, &e), &e));
	FUZZ_CHECK((stock.why.n > 0) == !(stock.has_body && stock.attributes.p));
	FUZZ_CHECK(fuzz_ok(ri_grub_entry(&spec, &t, &entry, &e), &e));
	check_entry(ri_buf_span(&entry), &stock, &ask.boots);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ri_span cfg = fuzz_input(data, size);
	struct ri_span custom = fuzz_part(&cfg);
	RI_BUF put = { 0 };

	if (check_custom(custom, &put))
		check_cfg(cfg, ri_buf_span(&put));
	check_cfg(cfg, custom);
	check_default(cfg);
	check_stock(cfg);
	return 0;
}
