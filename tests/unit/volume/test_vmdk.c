// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The beginnings of vmdk files, of which qemu-img makes all that it can. */
#include "unit/check.h"
#include "unit/run.h"
#include "unit/tmpdir.h"

#include "volume/vmdk.h"

static void put(struct ri_buf *b, size_t at, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		b->p[at + i] = (char)(v >> (8 * i));
}

static void make(const char *kind, struct ri_buf *head)
{
	char option[64];

	snprintf(option, sizeof option, "subformat=%s", kind);
	RUN(tmpdir, NULL, NULL, "qemu-img", "create", "-q", "-f", "vmdk", "-o", option, "a.vmdk",
	    "4M");
	slurp(tmp_path("a.vmdk"), head);
}

static struct ri_vmdk parse(struct ri_span head)
{
	struct ri_vmdk k;
	struct ri_err e = { 0 };

	check_ok("parse", ri_vmdk_parse(head, &k, &e), &e);
	return k;
}

static void test_kinds(void **state)
{
	static const struct {
		const char *kind, *other;
		bool one_file, in_place;
	} cases[] = {
		{ "monolithicSparse", "a.vmdk", true, true },
		{ "streamOptimized", "a.vmdk", true, false },
		{ "monolithicFlat", "a-flat.vmdk", false, false },
		{ "twoGbMaxExtentSparse", "a-s001.vmdk", false, false },
		{ "twoGbMaxExtentFlat", "a-f001.vmdk", false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_BUF head = { 0 };
		struct ri_vmdk k;

		make(cases[i].kind, &head);
		k = parse(ri_buf_span(&head));
		check_span(cases[i].kind, k.kind, ri_str(cases[i].kind));
		check_span(cases[i].kind, k.other, ri_str(cases[i].other));
		assert_int_equal(k.one_file, cases[i].one_file);
		assert_int_equal(k.in_place, cases[i].in_place);
		assert_false(k.parent);
	}
}

static void test_a_piece_of_a_disk(void **state)
{
	RI_BUF head = { 0 };
	RI_BUF piece = { 0 };
	struct ri_vmdk k;

	(void)state;
	make("twoGbMaxExtentSparse", &head);
	slurp(tmp_path("a-s001.vmdk"), &piece);
	k = parse(ri_buf_span(&piece));
	assert_true(k.one_file);
	assert_int_equal(k.kind.n, 0);
}

static void test_a_parent(void **state)
{
	RI_BUF head = { 0 };

	(void)state;
	RUN(tmpdir, NULL, NULL, "qemu-img", "create", "-q", "-f", "vmdk", "base.vmdk", "4M");
	RUN(tmpdir, NULL, NULL, "qemu-img", "create", "-q", "-f", "vmdk", "-b", "base.vmdk", "-F",
	    "vmdk", "a.vmdk");
	slurp(tmp_path("a.vmdk"), &head);
	assert_true(parse(ri_buf_span(&head)).parent);
}

/* A header that is like monolithicSparse's but for one field. */
static void test_fields(void **state)
{
	static const struct {
		const char *name;
		size_t at, bytes;
		uint64_t value;
		bool one_file, in_place;
	} cases[] = {
		{ "none", 8, 4, 3, true, true },
		{ "no capacity: the descriptor says where the data is", 12, 8, 0, false, false },
		{ "version 3", 4, 4, 3, true, false },
		{ "compressed", 8, 4, 0x10003, true, false },
		{ "markers", 8, 4, 0x20003, true, false },
		{ "a footer", 56, 8, UINT64_MAX, true, false },
		{ "deflate", 77, 2, 1, true, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_BUF head = { 0 };
		struct ri_vmdk k;

		make("monolithicSparse", &head);
		put(&head, cases[i].at, cases[i].value, cases[i].bytes);
		k = parse(ri_buf_span(&head));
		if (k.one_file != cases[i].one_file || k.in_place != cases[i].in_place)
			fail_msg("%s", cases[i].name);
	}
}

static void test_texts(void **state)
{
	static const struct {
		struct ri_span head;
		const char *kind, *other, *error;
		bool parent;
	} cases[] = {
		{ BYTES("createType=\"vmfs\"\nRW 1 VMFS \"/dev/sda\"\n"), "vmfs", "/dev/sda", NULL,
		    false },
		{ BYTES("# x\nRW 1 FLAT \"a\nb\" 0\ncreateType=\"x\"\nparentFileNameHint=\"/b\""),
		    "x", "", NULL, true },
		{ BYTES("COWD\1\0\0\0"), "vmfsSparse", "", NULL, false },
		{ BYTES("createType=\"x"), NULL, NULL,
		    "cannot be opened as vmdk: it does not begin like a vmdk file", false },
		{ BYTES(""), NULL, NULL,
		    "cannot be opened as vmdk: it does not begin like a vmdk file", false },
		{ BYTES("KDMV"), NULL, NULL, "cannot be opened as vmdk: its header is cut short",
		    false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ri_vmdk k;
		struct ri_err e = { 0 };
		int rc = ri_vmdk_parse(cases[i].head, &k, &e);

		if (cases[i].error) {
			check_err("text", rc, &e, RI_E_UNSUPPORTED, cases[i].error);
			continue;
		}
		check_ok("text", rc, &e);
		check_span("kind", k.kind, ri_str(cases[i].kind));
		check_span("other", k.other, ri_str(cases[i].other));
		assert_int_equal(k.parent, cases[i].parent);
		assert_false(k.one_file);
		assert_false(k.in_place);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kinds, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_a_piece_of_a_disk, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_a_parent, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_fields, tmp_set_up, tmp_tear_down),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
