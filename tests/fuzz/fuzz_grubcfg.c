// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A 40_custom and a grub.cfg, "--" between them. */
#include "fuzz.h"
#include "grub/grubcfg.h"
#include "grub/grubcustom.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ri_span cfg = fuzz_input(data, size);
	struct ri_span custom = fuzz_part(&cfg);
	RI_BUF put = { 0 };

	if (check_custom(custom, &put))
		check_cfg(cfg, ri_buf_span(&put));
	check_cfg(cfg, custom);
	check_default(cfg);
	return 0;
}
