// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a guest has for swapping to zram. */
#include "unit/check.h"
#include "unit/guest/small_guest.h"

#define FACTS RI_ON_EXIT(ri_facts_free) struct ri_facts
#define GUEST RI_ON_EXIT(fake_free) struct fake_guest

/* And what says that it does so already. */
static void test_zram(void **state)
{
	static const char *const dirs[] = { "/etc/modules-load.d", "/etc/udev/rules.d" };
	static const struct {
		const char *makefs, *without, *own;
		bool systemd;
	} rows[] = {
		{ "/usr/lib/systemd/systemd-makefs", NULL, NULL, true },
		{ "/lib/systemd/systemd-makefs", NULL, NULL, true },
		{ "/lib/systemd/systemd", NULL, NULL, false },
		{ "/lib/systemd/systemd-makefs", "/etc/modules-load.d", NULL, false },
		{ "/lib/systemd/systemd-makefs", "/etc/udev/rules.d", NULL, false },
		{ "/lib/systemd/systemd-makefs", NULL, "/usr/sbin/zramswap", true },
		{ "/lib/systemd/systemd-makefs", NULL,
		    "/usr/lib/systemd/system-generators/zram-generator", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		GUEST k = { 0 };
		FACTS f = { 0 };
		struct ri_err e = { 0 };

		small_fresh(&k);
		small_text(&k, rows[i].makefs, "ELF");
		for (size_t d = 0; d < 2; d++)
			if (!rows[i].without || strcmp(rows[i].without, dirs[d]) != 0)
				fake_put(&k, dirs[d], "", 0, 0755)->dir = true;
		if (rows[i].own)
			small_text(&k, rows[i].own, "ELF");
		small_text(&k, SMALL_MODULES "/kernel/drivers/block/zram/zram.ko.xz", "xz");
		check_ok("inspect", ri_inspect(&k.w.g, true, &f, &e), &e);
		assert_int_equal(f.zram.systemd, rows[i].systemd);
		if (rows[i].own)
			assert_string_equal(f.zram.own, rows[i].own);
		else
			assert_null(f.zram.own);
		assert_int_equal(f.zram.modules.n, rows[i].systemd ? 1 : 0);
		if (rows[i].systemd)
			assert_string_equal(f.zram.modules.v[0],
			    SMALL_MODULES "/kernel/drivers/block/zram/zram.ko.xz");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
