// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The head of a kernel's image. */
#include "unit/check.h"
#include "os/kernel_image.h"

static void test_memory(void **state)
{
	char head[RI_KERNEL_HEAD] = { 0 };
	struct ri_span whole = { head, sizeof head };

	(void)state;
	assert_int_equal(ri_kernel_memory(whole), 0);
	memcpy(head + 0x202, "HdrS\x0f\x02", 6);
	memcpy(head + 0x260, "\x00\x80\xf9\x83", 4);
	assert_int_equal(ri_kernel_memory(whole), 0x83f98000);
	assert_int_equal(ri_kernel_memory(ri_span(head, 0x264)), 0x83f98000);
	assert_int_equal(ri_kernel_memory(ri_span(head, 0x263)), 0);
	assert_int_equal(ri_kernel_memory(ri_span("a kernel", 8)), 0);
	head[0x206] = 9; /* too old to say it */
	assert_int_equal(ri_kernel_memory(whole), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_memory) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
