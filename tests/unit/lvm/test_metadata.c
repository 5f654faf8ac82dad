// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * LVM2's metadata. The samples are what lvm2 2.03.16 wrote: a group of two physical volumes, "root"
 * in three pieces, "home", and "snap-base", which activation skips.
 */
#include "unit/check.h"
#include "unit/run.h"

#include "lvm/label.h"
#include "lvm/metadata.h"
#include "lvm/text.h"

#define SAMPLE(name) SOURCE_DIR "/tests/fuzz/corpus/lvmmeta/" name
#define AREA 4096u

static void test_a_group(void **state)
{
	static const struct ri_lvm_seg root[] = { { 0, 0, 0, 12 }, { 0, 12, 24, 39 },
		{ 1, 51, 0, 11 } };
	RI_ON_EXIT(ri_lvm_vg_free) struct ri_lvm_vg vg = { 0 };
	RI_BUF text = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	slurp(SAMPLE("linear"), &text);
	check_ok("parse", ri_lvm_vg_parse(ri_buf_span(&text), &vg, &e), &e);
	assert_string_equal(vg.name, "vms");
	assert_string_equal(vg.uuid, "uDBQfa-5z5v-zwxD-Leoo-7F0h-4ICC-YR4bTt");
	assert_int_equal(vg.seqno, 5);
	assert_int_equal(vg.extent_bytes, 1 << 20);
	assert_int_equal(vg.n_pv, 2);
	assert_string_equal(vg.pv[1].uuid, "8eFE98-3eDX-yICz-ckSB-vwea-jQgh-Kfrndb");
	assert_int_equal(vg.pv[1].pe_start, 1 << 20);
	assert_int_equal(vg.pv[1].pe_count, 63);
	assert_int_equal(vg.n_lv, 3);
	assert_string_equal(vg.lv[0].name, "root");
	assert_string_equal(vg.lv[0].uuid, "Asrz18-43ZS-Ltxc-UCwf-BViE-pYNf-x23v5c");
	assert_int_equal(vg.lv[0].n, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(vg.lv[0].seg[i].pv, root[i].pv);
		assert_int_equal(vg.lv[0].seg[i].extent, root[i].extent);
		assert_int_equal(vg.lv[0].seg[i].from, root[i].from);
		assert_int_equal(vg.lv[0].seg[i].count, root[i].count);
	}
	assert_true(vg.lv[0].shown && vg.lv[1].shown);
	assert_string_equal(vg.lv[2].name, "snap-base");
	assert_false(vg.lv[2].shown);
}

/* The sample with the first @from replaced by @to. */
static void replaced(const char *from, const char *to, struct ri_buf *out)
{
	RI_BUF text = { 0 };
	const char *at;

	slurp(SAMPLE("linear"), &text);
	at = strstr(text.p, from);
	if (!at)
		fail_msg("the sample has no %s", from);
	ri_buf_add(out, text.p, (size_t)(at - text.p));
	ri_buf_add_str(out, to);
	ri_buf_add_str(out, at + strlen(from));
}

static void test_what_is_not_known(void **state)
{
	static const struct {
		const char *from, *to, *msg;
	} cases[] = {
		{ "type = \"striped\"", "type = \"thin-pool\"",
		    "LVM: the logical volume root has the type thin-pool, not linear" },
		{ "type = \"striped\"", "type = \"snapshot\"",
		    "LVM: the logical volume root has the type snapshot, not linear" },
		{ "stripe_count = 1", "stripe_count = 2",
		    "LVM: the logical volume root is striped, not linear" },
		{ "\"pv0\", 24", "\"home\", 24",
		    "LVM: the logical volume root is on another logical volume" },
		{ "\"pv0\", 24", "\"pv0\", 25",
		    "LVM: the logical volume root reaches beyond its physical volume" },
		{ "\"pv0\", 24", "\"pv0\", 24, \"pv1\", 24",
		    "LVM's metadata: root has no valid stripes" },
		{ "\"VISIBLE\"", "\"VISIBLE\", \"LOCKED\"", "LVM: root is marked LOCKED" },
		{ "flags = [\"ACTIVATION_SKIP\"]", "flags = [\"NOAUTOACTIVATE\"]",
		    "LVM: snap-base is marked NOAUTOACTIVATE" },
		{ "\"ALLOCATABLE\"]\nflags = []", "\"ALLOCATABLE\"]\nflags = [\"MISSING\"]",
		    "LVM: pv0 is marked MISSING" },
		{ "\"RESIZEABLE\"", "\"EXPORTED\"", "LVM: vms is marked EXPORTED" },
		{ "extent_size =", "system_id = \"other\"\nextent_size =",
		    "LVM: the volume group vms belongs to another system" },
		{ "extent_size =", "lock_type = \"sanlock\"\nextent_size =",
		    "LVM: the volume group vms belongs to another system" },
		{ "Text Format Volume Group", "Text Format", "LVM's metadata is of another kind" },
		{ "vms {", "a/b {", "LVM's metadata: a/b is not a valid name" },
		{ "vms {", ".. {", "LVM's metadata: .. is not a valid name" },
		{ "root {", "-r {", "LVM's metadata: -r is not a valid name" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_lvm_vg_free) struct ri_lvm_vg vg = { 0 };
		RI_BUF text = { 0 };
		struct ri_err e = { 0 };

		replaced(cases[i].from, cases[i].to, &text);
		check_err(cases[i].to, ri_lvm_vg_parse(ri_buf_span(&text), &vg, &e), &e,
		    RI_E_UNSUPPORTED, cases[i].msg);
	}
}

static void test_damage(void **state)
{
	static const struct {
		const char *from, *to, *msg;
	} cases[] = {
		{ "seqno = 5", "seqno = 99999999999999999999",
		    "line 3 of LVM's metadata: a number that is too large" },
		{ "seqno = 5", "seqno", "line 4 of LVM's metadata: a name without a value" },
		{ "seqno = 5", "seqno = \"5\"", "LVM's metadata: vms has no valid seqno" },
		{ "seqno = 5", "seqno = -5", "LVM's metadata: vms has no valid seqno" },
		{ "seqno = 5", "seqno = ,",
		    "line 3 of LVM's metadata: neither a string nor a number" },
		{ "seqno = 5", "{", "line 3 of LVM's metadata: no name where one should be" },
		{ "seqno = 5", "l = [ 1 2 ]", "line 3 of LVM's metadata: a list without an end" },
		{ "extent_size = 2048", "extent_size = 0",
		    "LVM's metadata: vms has no valid extent_size" },
		{ "extent_size = 2048", "extent_size = 18446744073709551615",
		    "LVM's metadata: vms has no valid extent_size" },
		{ "pe_start = 2048", "pe_start = 18446744073709551615",
		    "LVM's metadata: pv0 has no valid pe_start" },
		{ "physical_volumes", "fysical_volumes",
		    "LVM's metadata: vms has no valid physical_volumes" },
		{ "uDBQfa-", "uDBQfa", "LVM's metadata: vms has no valid id" },
		{ "uDBQfa-", "../Qfa-", "LVM's metadata: vms has no valid id" },
		{ "segment_count = 3", "segment_count = 2",
		    "LVM's metadata: root has no valid segment3" },
		{ "segment_count = 3", "segment_count = 4",
		    "LVM's metadata: root has no valid segment_count" },
		{ "segment_count = 3", "segment_count = 4000000000",
		    "LVM's metadata: root has no valid segment_count" },
		{ "segment2", "segment9", "LVM's metadata: root has no valid segment2" },
		{ "start_extent = 12", "start_extent = 13",
		    "LVM's metadata: root has no valid segment2" },
		{ "extent_count = 39", "extent_count = 0",
		    "LVM's metadata: root has no valid segment2" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_lvm_vg_free) struct ri_lvm_vg vg = { 0 };
		RI_BUF text = { 0 };
		struct ri_err e = { 0 };

		replaced(cases[i].from, cases[i].to, &text);
		check_err(cases[i].to, ri_lvm_vg_parse(ri_buf_span(&text), &vg, &e), &e,
		    RI_E_UNSUPPORTED, cases[i].msg);
	}
}

static void test_depth(void **state)
{
	static const char deep[] = "a{a{a{a{a{a{a{a{a{";
	RI_ON_EXIT(ri_lvmtext_free) struct ri_lvmtext t = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_err("deep", ri_lvmtext_parse(LIT(deep), &t, &e), &e, RI_E_UNSUPPORTED,
	    "line 1 of LVM's metadata: sections in sections without an end");
	e = (struct ri_err){ 0 };
	check_err("open", ri_lvmtext_parse(LIT("a { b = \"\\\""), &t, &e), &e, RI_E_UNSUPPORTED,
	    "line 1 of LVM's metadata: a string without an end");
}

static void test_a_physical_volume(void **state)
{
	RI_BUF pv = { 0 };
	struct ri_lvm_label label;
	struct ri_lvm_locn l;
	struct ri_err e = { 0 };
	struct ri_span head;

	(void)state;
	slurp(SAMPLE("physical"), &pv);
	check_ok("label", ri_lvm_label_parse(ri_span(pv.p, RI_LVM_LABEL_BYTES), &label, &e), &e);
	assert_string_equal(label.uuid, "4i8vdv-CHGF-PBdQ-9iaJ-4MZ7-sCas-np8SXM");
	assert_int_equal(label.n, 1);
	assert_int_equal(label.mda[0].at, AREA);
	assert_int_equal(label.mda[0].bytes, (1 << 20) - AREA);
	head = ri_span(pv.p + AREA, RI_LVM_MDA_BYTES);
	check_ok("area", ri_lvm_mda_parse(head, &label.mda[0], &l, &e), &e);
	assert_false(l.empty);
	assert_int_equal(l.at, AREA + 7168);
	assert_int_equal(l.bytes2, 0);
	assert_int_equal(l.crc, ri_lvm_crc(RI_LVM_CRC_INIT, ri_span(pv.p + l.at, (size_t)l.bytes)));
	pv.p[AREA + 100] ^= 1;
	check_err("flipped", ri_lvm_mda_parse(head, &label.mda[0], &l, &e), &e, RI_E_UNSUPPORTED,
	    "the head of LVM's metadata area has a wrong checksum");
	e = (struct ri_err){ 0 };
	pv.p[600] ^= 1;
	check_err("flipped", ri_lvm_label_parse(ri_span(pv.p, RI_LVM_LABEL_BYTES), &label, &e), &e,
	    RI_E_UNSUPPORTED, "the label of LVM's physical volume has a wrong checksum");
	e = (struct ri_err){ 0 };
	memset(pv.p, 0, RI_LVM_LABEL_BYTES);
	check_err("none", ri_lvm_label_parse(ri_span(pv.p, RI_LVM_LABEL_BYTES), &label, &e), &e,
	    RI_E_UNSUPPORTED, "the label of LVM's physical volume is missing");
}

static void put(char *p, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		p[i] = (char)(v >> (8 * i));
}

/* Where the text may lie in an area of 10,000 bytes. */
static void test_the_ring(void **state)
{
	static const struct {
		uint64_t offset, bytes;
		uint64_t at, first, at2, second; /* 0: it cannot be */
	} cases[] = {
		{ 512, 9488, AREA + 512, 9488, 0, 0 },
		{ 9000, 1000, AREA + 9000, 1000, 0, 0 },
		{ 9000, 1001, AREA + 9000, 1000, AREA + 512, 1 },
		{ 9999, 9488, AREA + 9999, 1, AREA + 512, 9487 },
		{ 512, 9489, 0, 0, 0, 0 },
		{ 511, 1, 0, 0, 0, 0 },
		{ 10000, 1, 0, 0, 0, 0 },
		{ 512, 0, 0, 0, 0, 0 },
		{ UINT64_MAX, 1, 0, 0, 0, 0 },
		{ 512, UINT64_MAX, 0, 0, 0, 0 },
	};
	const struct ri_lvm_area area = { AREA, 10000 };
	RI_BUF pv = { 0 };

	(void)state;
	slurp(SAMPLE("physical"), &pv);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *head = pv.p + AREA;
		struct ri_lvm_locn l;
		struct ri_err e = { 0 };
		int rc;

		put(head + 32, area.bytes, 8);
		put(head + 40, cases[i].offset, 8);
		put(head + 48, cases[i].bytes, 8);
		put(head, ri_lvm_crc(RI_LVM_CRC_INIT, ri_span(head + 4, 508)), 4);
		rc = ri_lvm_mda_parse(ri_span(head, RI_LVM_MDA_BYTES), &area, &l, &e);
		if (cases[i].first == 0) {
			check_err("outside", rc, &e, RI_E_UNSUPPORTED,
			    "LVM's metadata is outside its area");
			continue;
		}
		check_ok("inside", rc, &e);
		assert_int_equal(l.at, cases[i].at);
		assert_int_equal(l.bytes, cases[i].first);
		assert_int_equal(l.at2, cases[i].at2);
		assert_int_equal(l.bytes2, cases[i].second);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_group),
		cmocka_unit_test(test_what_is_not_known),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_a_physical_volume),
		cmocka_unit_test(test_the_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
