// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "format/lz4_frame.h"

#include <lz4frame.h>

static const char head[] =
    "\x50\x2a\x4d\x18\x10\0\0\0RI\0\0\x04\x03\x02\x01\x88\x77\x66\x55\x44\x33\x22\x11";
/* 5 bytes of content in a block of 3 that is not stored. */
static const char frame[] = "\x04\x22\x4d\x18\x6c\x60\x05\0\0\0\0\0\0\0\x9a\x03\0\0\0";

static void test_bytes(void **state)
{
	const struct ri_lz4_block block = { 5, 3, false }, stored = { 5, 5, true };
	unsigned char out[RI_LZ4_HEAD];
	struct ri_lz4_head h;
	struct ri_lz4_block got;

	(void)state;
	assert_int_equal(sizeof head - 1, RI_LZ4_HEAD);
	assert_int_equal(sizeof frame - 1, RI_LZ4_FRAME);
	ri_lz4_head_put(&(struct ri_lz4_head){ 0x01020304, 0x1122334455667788 }, out);
	assert_memory_equal(out, head, RI_LZ4_HEAD);
	assert_true(ri_lz4_head_get(head, &h));
	assert_true(h.bytes == 0x01020304 && h.sum == 0x1122334455667788);
	ri_lz4_frame_put(&block, out);
	assert_int_equal(out[RI_LZ4_CHECK], 0); /* the caller's */
	out[RI_LZ4_CHECK] = 0x9a;
	assert_memory_equal(out, frame, RI_LZ4_FRAME);
	assert_true(ri_lz4_frame_get(frame, &got));
	assert_true(got.content == 5 && got.bytes == 3 && !got.stored);
	ri_lz4_frame_put(&stored, out);
	assert_memory_equal(out + 15, "\x05\0\0\x80", 4);
	assert_true(ri_lz4_frame_get((const char *)out, &got));
	assert_true(got.content == 5 && got.bytes == 5 && got.stored);
}

/* What the library reads of them. */
static void test_library_agrees(void **state)
{
	LZ4F_dctx *d = NULL;
	LZ4F_frameInfo_t info;
	size_t n = sizeof head - 1;

	(void)state;
	assert_false(LZ4F_isError(LZ4F_createDecompressionContext(&d, LZ4F_VERSION)));
	assert_false(LZ4F_isError(LZ4F_getFrameInfo(d, &info, head, &n)));
	assert_int_equal(info.frameType, LZ4F_skippableFrame);
	LZ4F_resetDecompressionContext(d);
	n = sizeof frame - 1;
	assert_false(LZ4F_isError(LZ4F_getFrameInfo(d, &info, frame, &n)));
	assert_int_equal(n, RI_LZ4_FRAME - 4);
	assert_true(info.blockSizeID == LZ4F_max1MB && info.blockMode == LZ4F_blockIndependent);
	assert_true(info.contentChecksumFlag && !info.blockChecksumFlag && info.contentSize == 5);
	LZ4F_freeDecompressionContext(d);
}

/* Whichever bit is another: it is noticed here, or changes what is told. */
static void test_each_bit(void **state)
{
	(void)state;
	for (size_t bit = 0; bit < RI_LZ4_HEAD * 8; bit++) {
		struct ri_lz4_head got;
		char p[RI_LZ4_HEAD];

		memcpy(p, head, sizeof p);
		p[bit / 8] ^= (char)(1 << bit % 8);
		if (ri_lz4_head_get(p, &got) != (bit / 8 >= 12) ||
		    (got.bytes == 0x01020304 && got.sum == 0x1122334455667788 && bit / 8 >= 12))
			fail_msg("head, byte %zu bit %zu", bit / 8, bit % 8);
	}
	for (size_t bit = 0; bit < RI_LZ4_FRAME * 8; bit++) {
		struct ri_lz4_block got;
		char p[RI_LZ4_FRAME];

		memcpy(p, frame, sizeof p);
		p[bit / 8] ^= (char)(1 << bit % 8);
		if (ri_lz4_frame_get(p, &got) && bit / 8 != RI_LZ4_CHECK && got.content == 5 &&
		    got.bytes == 3 && !got.stored)
			fail_msg("frame, byte %zu bit %zu", bit / 8, bit % 8);
	}
}

static void test_limits(void **state)
{
	static const struct {
		struct ri_lz4_block block;
		bool ok;
	} rows[] = {
		{ { 1, 1, false }, true },
		{ { 1 << 20, 1 << 20, true }, true },
		{ { 1 << 20, 1 << 20, false }, true },
		{ { 0, 1, false }, false },
		{ { 1, 0, false }, false },
		{ { (1 << 20) + 1, 1, false }, false },
		{ { 1, (1 << 20) + 1, false }, false },
		{ { UINT32_MAX, 1, false }, false },
		{ { 2, 1, true }, false },
		{ { 1, 2, true }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		unsigned char p[RI_LZ4_FRAME];
		struct ri_lz4_block got;

		ri_lz4_frame_put(&rows[i].block, p);
		if (ri_lz4_frame_get((const char *)p, &got) != rows[i].ok)
			fail_msg("row %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_library_agrees), cmocka_unit_test(test_each_bit),
		cmocka_unit_test(test_limits) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
