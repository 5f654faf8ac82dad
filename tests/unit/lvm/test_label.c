// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Labels and heads of metadata areas that lvm2 would not write, but with right checksums: what is
 * refused, and what still counts at the limits. The sample is a physical volume of lvm2 2.03.16.
 */
#include "unit/check.h"
#include "unit/run.h"

#include "lvm/label.h"

#define SAMPLE SOURCE_DIR "/tests/fuzz/corpus/lvmmeta/physical"
#define SECTOR 512u
#define AREA 4096u    /* where the sample's metadata area begins */
#define HEADER 32u    /* where a physical volume's header is in its label */
#define AREAS_AT 40u  /* and the areas in that: of data, then of metadata, each ended by zeros */
#define AREA_BYTES 16 /* start and size */

static void put(char *p, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		p[i] = (char)(v >> (8 * i));
}

static void sum_label(char *sector)
{
	put(sector + 16, ri_lvm_crc(RI_LVM_CRC_INIT, ri_span(sector + 20, SECTOR - 20)), 4);
}

/* The label of the sample, in a buffer of its own of all the sectors that may have one and one more. */
static void label_at(size_t number, struct ri_buf *first)
{
	RI_BUF pv = { 0 };
	char *sector;

	slurp(SAMPLE, &pv);
	for (size_t i = 0; i <= RI_LVM_LABEL_BYTES / SECTOR; i++)
		ri_buf_add(first, (char[SECTOR]){ 0 }, SECTOR);
	assert_false(first->oom);
	sector = first->p + number * SECTOR;
	memcpy(sector, pv.p + SECTOR, SECTOR);
	put(sector + 8, number, 8);
	sum_label(sector);
}

static void test_where_a_label_may_be(void **state)
{
	static const char missing[] = "the label of LVM's physical volume is missing";
	struct ri_lvm_label label;
	struct ri_err e = { 0 };
	RI_BUF behind = { 0 };

	(void)state;
	for (size_t number = 0; number < 4; number++) {
		RI_BUF first = { 0 };

		label_at(number, &first);
		memset(&label, 0, sizeof label);
		check_ok("found", ri_lvm_label_parse(ri_buf_span(&first), &label, &e), &e);
		assert_string_equal(label.uuid, "4i8vdv-CHGF-PBdQ-9iaJ-4MZ7-sCas-np8SXM");
		/* A sector that is not whole has none. */
		check_err("cut",
		    ri_lvm_label_parse(ri_span(first.p, (number + 1) * SECTOR - 1), &label, &e), &e,
		    RI_E_UNSUPPORTED, missing);
		e = (struct ri_err){ 0 };
	}
	label_at(4, &behind);
	check_err("behind", ri_lvm_label_parse(ri_buf_span(&behind), &label, &e), &e,
	    RI_E_UNSUPPORTED, missing);
}

static void test_odd_labels(void **state)
{
	static const struct {
		const char *name;
		size_t at;
		uint64_t value;
		unsigned bytes;
		const char *msg;
	} cases[] = {
		{ "another sector's", 8, 2, 8, "is of another kind" },
		{ "of LVM1", 24, 0x2031304d564cu, 8, "is of another kind" },
		{ "header at the end", 20, SECTOR - 40, 4, "is damaged" }, /* zeros: no UUID */
		{ "header behind the end", 20, SECTOR - 39, 4, "is damaged" },
		{ "header far away", 20, UINT32_MAX, 4, "is damaged" },
		{ "below 0", HEADER, '/', 1, "is damaged" },
		{ "above 9", HEADER + 31, ':', 1, "is damaged" },
		{ "below A", HEADER, '@', 1, "is damaged" },
		{ "above Z", HEADER + 31, '[', 1, "is damaged" },
		{ "below a", HEADER, '`', 1, "is damaged" },
		{ "above z", HEADER + 31, '{', 1, "is damaged" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ri_lvm_label label = { .n = 77 };
		struct ri_err e = { 0 };
		RI_BUF first = { 0 };
		char msg[100];

		label_at(1, &first);
		put(first.p + SECTOR + cases[i].at, cases[i].value, cases[i].bytes);
		sum_label(first.p + SECTOR);
		snprintf(msg, sizeof msg, "the label of LVM's physical volume %s", cases[i].msg);
		check_err(cases[i].name, ri_lvm_label_parse(ri_buf_span(&first), &label, &e), &e,
		    RI_E_UNSUPPORTED, msg);
		assert_int_equal(label.n, 77); /* what fails writes nothing */
	}
}

/* A header at @header with @data and @metadata areas; how many of those are found, or -1 with @msg. */
static void areas(size_t header, size_t data, size_t metadata, int want, const char *msg)
{
	struct ri_lvm_label label = { 0 };
	struct ri_err e = { 0 };
	RI_BUF first = { 0 };
	char uuid[32], *at, name[60];
	int rc;

	label_at(1, &first);
	memcpy(uuid, first.p + SECTOR + HEADER, sizeof uuid);
	memset(first.p + SECTOR + HEADER, 0, SECTOR - HEADER);
	put(first.p + SECTOR + 20, header, 4);
	memcpy(first.p + SECTOR + header, uuid, sizeof uuid);
	at = first.p + SECTOR + header + AREAS_AT;
	for (size_t i = 0; i < data + 1 + metadata; i++, at += AREA_BYTES)
		if (i != data && at + AREA_BYTES <= first.p + 2 * SECTOR) {
			put(at, 1000 * (i + 1), 8);
			put(at + 8, i + 7, 8);
		}
	sum_label(first.p + SECTOR);
	snprintf(name, sizeof name, "%zu and %zu areas at %zu", data, metadata, header);
	rc = ri_lvm_label_parse(ri_buf_span(&first), &label, &e);
	if (want < 0) {
		check_err(name, rc, &e, RI_E_UNSUPPORTED, msg);
		return;
	}
	check_ok(name, rc, &e);
	assert_int_equal(label.n, want);
	for (size_t i = 0; i < label.n; i++) {
		assert_int_equal(label.mda[i].at, 1000 * (data + i + 2));
		assert_int_equal(label.mda[i].bytes, data + i + 8);
	}
}

static void test_areas(void **state)
{
	static const char endless[] = "the label of LVM's physical volume has no end";
	static const char many[] =
	    "the label of LVM's physical volume names more metadata areas than are known";

	(void)state;
	areas(HEADER, 0, 0, 0, NULL); /* made by pvcreate --metadatacopies 0 */
	areas(HEADER, 1, RI_LVM_MDAS_MAX, RI_LVM_MDAS_MAX, NULL);
	areas(HEADER, 1, RI_LVM_MDAS_MAX + 1, -1, many);
	areas(HEADER, 16, 1, 1, NULL);
	areas(HEADER, 17, 1, -1, endless);
	/* The sector ends before a list does: that of the data, and that of the metadata. */
	areas(SECTOR - 40, 0, 0, -1, endless);
	areas(SECTOR - 40 - 2 * AREA_BYTES, 0, 0, 0, NULL);
	areas(SECTOR - 40 - 2 * AREA_BYTES, 2, 0, -1, endless);
	areas(SECTOR - 40 - 2 * AREA_BYTES, 0, 1, -1, endless);
}

static void sum_head(char *head)
{
	put(head, ri_lvm_crc(RI_LVM_CRC_INIT, ri_span(head + 4, RI_LVM_MDA_BYTES - 4)), 4);
}

static void test_odd_heads(void **state)
{
	static const char other[] = "LVM's metadata area is of another kind";
	static const char outside[] = "LVM's metadata is outside its area";
	static const struct {
		const char *name;
		size_t at;
		uint64_t value;
		unsigned bytes;
		struct ri_lvm_area area;
		const char *msg;
	} cases[] = {
		{ "magic", 4, 'x', 1, { AREA, 10000 }, other },
		{ "version 2", 20, 2, 4, { AREA, 10000 }, other },
		{ "another area's", 24, AREA + 1, 8, { AREA, 10000 }, other },
		{ "larger than the label has it", 32, 10001, 8, { AREA, 10000 }, outside },
		{ "only a head", 32, RI_LVM_MDA_BYTES, 8, { AREA, RI_LVM_MDA_BYTES }, outside },
		{ "more text than is read", 48, RI_LVM_TEXT_MAX + 1, 8, { AREA, UINT32_MAX },
		    outside },
		{ "behind the last byte of all", 24, UINT64_MAX - 9999, 8,
		    { UINT64_MAX - 9999, 10000 }, outside },
	};
	RI_BUF pv = { 0 };

	(void)state;
	slurp(SAMPLE, &pv);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ri_lvm_locn l;
		struct ri_err e = { 0 };
		char head[RI_LVM_MDA_BYTES];

		memcpy(head, pv.p + AREA, sizeof head);
		put(head + 32, 10000, 8);
		put(head + 40, RI_LVM_MDA_BYTES, 8);
		put(head + 48, 100, 8);
		put(head + cases[i].at, cases[i].value, cases[i].bytes);
		sum_head(head);
		check_err(cases[i].name,
		    ri_lvm_mda_parse(ri_span(head, sizeof head), &cases[i].area, &l, &e), &e,
		    RI_E_UNSUPPORTED, cases[i].msg);
	}
}

static void test_an_area_without_text(void **state)
{
	const struct ri_lvm_area area = { AREA, (1 << 20) - AREA };
	struct ri_lvm_locn l = { 0 };
	struct ri_err e = { 0 };
	RI_BUF pv = { 0 };
	char *head;

	(void)state;
	slurp(SAMPLE, &pv);
	head = pv.p + AREA;
	check_err("cut", ri_lvm_mda_parse(ri_span(head, RI_LVM_MDA_BYTES - 1), &area, &l, &e), &e,
	    RI_E_UNSUPPORTED, "LVM's metadata area is of another kind");
	e = (struct ri_err){ 0 };
	put(head + 60, 1, 4); /* as pvchange --metadataignore y leaves it: it is not up to date */
	sum_head(head);
	check_ok("ignored", ri_lvm_mda_parse(ri_span(head, RI_LVM_MDA_BYTES), &area, &l, &e), &e);
	assert_true(l.empty);
	assert_int_equal(l.bytes + l.bytes2, 0);
	put(head + 60, 0, 4);
	put(head + 40, 0, 8);
	sum_head(head);
	l = (struct ri_lvm_locn){ 0 };
	check_ok("none", ri_lvm_mda_parse(ri_span(head, RI_LVM_MDA_BYTES), &area, &l, &e), &e);
	assert_true(l.empty);
	assert_int_equal(l.bytes + l.bytes2, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_where_a_label_may_be),
		cmocka_unit_test(test_odd_labels),
		cmocka_unit_test(test_areas),
		cmocka_unit_test(test_odd_heads),
		cmocka_unit_test(test_an_area_without_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
