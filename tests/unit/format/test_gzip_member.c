// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "format/gzip_member.h"

static const char ours[] =
    "\x1f\x8b\x08\x04\0\0\0\0\0\xff\x10\0RI\x0c\0\x78\x56\x34\x12\x88\x77\x66\x55\x44\x33\x22\x11";
/* As 0.1.0 wrote it; what follows is the deflate data. */
static const char old[] = "\x1f\x8b\x08\x04\0\0\0\0\0\xff\x08\0RI\x04\0\x78\x56\x34\x12--------";

static void test_bytes(void **state)
{
	unsigned char out[RI_GZIP_HEAD];
	struct ri_gzip_head h;

	(void)state;
	assert_int_equal(sizeof ours - 1, RI_GZIP_HEAD);
	ri_gzip_head_put(0x12345678, 0x1122334455667788, out);
	assert_memory_equal(out, ours, sizeof out);
	assert_true(ri_gzip_head_get(ours, &h));
	assert_int_equal(h.bytes, RI_GZIP_HEAD);
	assert_int_equal(h.whole, 0x12345678);
	assert_true(h.summed && h.sum == 0x1122334455667788);
	assert_true(ri_gzip_head_get(old, &h));
	assert_int_equal(h.bytes, 20);
	assert_int_equal(h.whole, 0x12345678);
	assert_false(h.summed);
}

/* Whichever bit is another: it is noticed here, or is one of what is compared with the member. */
static void test_each_bit(void **state)
{
	static const struct {
		const char *head;
		size_t fixed, bytes;
	} rows[] = { { ours, 16, RI_GZIP_HEAD }, { old, 16, 20 } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t bit = 0; bit < rows[i].bytes * 8; bit++) {
			char p[RI_GZIP_HEAD];
			struct ri_gzip_head before, after;
			bool got;

			memcpy(p, rows[i].head, sizeof p);
			assert_true(ri_gzip_head_get(p, &before));
			p[bit / 8] ^= (char)(1 << bit % 8);
			got = ri_gzip_head_get(p, &after);
			if (got != (bit / 8 >= rows[i].fixed) ||
			    (got && before.whole == after.whole && before.sum == after.sum))
				fail_msg("head %zu, byte %zu bit %zu", i, bit / 8, bit % 8);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_each_bit) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
