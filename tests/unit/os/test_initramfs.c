// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "os/initramfs.h"

#include <string.h>

static void test_entries(void **state)
{
	static const struct {
		const char *entry, *generator;
	} cases[] = {
		{ "usr/lib/dracut", "dracut" },
		{ "usr/lib/dracut/hooks/mount/x", "dracut" },
		{ "usr/lib/dracuts", NULL },
		{ "usr/lib", NULL },
		{ "lib/dracut/need-initqueue", "dracut" },
		{ "dracut-state.sh", "dracut" },
		{ "init_functions", "mkinitcpio" },
		{ "init_functions.orig", NULL },
		{ "etc/booster.init.yaml", "booster" },
		{ "etc/mkinitfs/features.d", "mkinitfs" },
		{ "tiny_initramfs", "tiny-initramfs" },
		/* Part of the one that is extended. */
		{ "scripts/local", NULL },
		{ "init", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *got = ri_initramfs_of_entry(cases[i].entry);

		if (!got != !cases[i].generator || (got && strcmp(got, cases[i].generator) != 0))
			fail_msg("%s: %s", cases[i].entry, got ? got : "none");
	}
}

/* A guest with initramfs-tools and parts of another is taken for the former, which comes first. */
static void test_order_and_paths(void **state)
{
	const struct ri_initramfs *k;
	size_t n = 0, installed = 0;

	(void)state;
	assert_string_equal(ri_initramfs_get(0)->name, RI_INITRAMFS_TOOLS);
	assert_string_equal(ri_initramfs_get(1)->name, RI_INITRAMFS_DRACUT);
	for (; (k = ri_initramfs_get(n)); n++) {
		for (const char *const *p = k->installed; *p; p++, installed++)
			assert_int_equal(**p, '/');
		for (const char *const *p = k->packed; *p; p++)
			assert_int_not_equal(**p, '/');
		/* What is extended has all that this takes. */
		const char *script = k->hook[0].script;
		assert_true(
		    !script == !k->cmdline && !script == !k->rebuild && !script == !k->whole[0]);
		assert_ptr_equal(ri_initramfs_find(k->name), script ? k : NULL);
		for (const struct ri_initramfs_hook *h = k->hook; h->script; h++) {
			assert_true(*h->script != '/' && strchr(h->script, '/'));
			assert_int_equal(!h->diskless, !k->hook[0].diskless);
		}
	}
	assert_null(ri_initramfs_find(""));
	assert_int_equal(n, 6);
	assert_int_equal(installed, 5);
	assert_null(ri_initramfs_get(n + 1));
}

static void test_hook_directories(void **state)
{
	const char *hook = ri_initramfs_find(RI_INITRAMFS_DRACUT)->hook[0].script;

	(void)state;
	assert_true(ri_initramfs_is_hook_dir("var/lib/dracut/hooks/pre-pivot", hook));
	assert_false(ri_initramfs_is_hook_dir("var/lib/dracut/hooks", hook));
	assert_false(ri_initramfs_is_hook_dir("usr/lib/dracut/hooks/pre-pivot", hook));
	assert_false(ri_initramfs_is_hook_dir(hook, hook));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hook_directories),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_order_and_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
