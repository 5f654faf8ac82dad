// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Volume groups at the limits of what is read, made from a smallest one, which is valid. */
#include "unit/check.h"

#include "lvm/metadata.h"

#define UUID "\"4i8vdv-CHGF-PBdQ-9iaJ-4MZ7-sCas-np8SXM\"\n"
#define CONTENTS "contents = \"Text Format Volume Group\"\n"
#define HEAD CONTENTS "g {\nid = " UUID "seqno = 1\nextent_size = 8\n"
#define PV_REST "{\nid = " UUID "pe_start = 8\npe_count = 10\n}\n"
#define PVS "physical_volumes {\np " PV_REST "}\n"
#define SEG(n, start, count, pv)                                                                   \
	"segment" #n " {\nstart_extent = " #start "\nextent_count = " #count                       \
	"\ntype = \"linear\"\nstripe_count = 1\nstripes = [" pv "]\n}\n"
#define LV(name, rest) name " {\nid = " UUID rest "}\n"
#define LVS(lv) "logical_volumes {\n" lv "}\n"
#define VISIBLE "status = [\"VISIBLE\"]\n"
#define ONE "segment_count = 1\n"
#define LINEAR ONE SEG(1, 0, 10, "\"p\", 0")
#define NAME127                                                                                    \
	"a234567890123456789012345678901234567890123456789012345678901234"                         \
	"567890123456789012345678901234567890123456789012345678901234567"

static void test_read(void **state)
{
	static const struct {
		const char *name, *text;
		size_t n_lv;
		bool shown;
	} cases[] = {
		{ "no volumes", HEAD PVS "}\n", 0, false },
		{ "an empty section of volumes", HEAD PVS LVS("") "}\n", 0, false },
		{ "locked by nobody", HEAD "lock_type = \"none\"\n" PVS "}\n", 0, false },
		{ "one volume", HEAD PVS LVS(LV("l", VISIBLE LINEAR)) "}\n", 1, true },
		{ "without a status", HEAD PVS LVS(LV("l", LINEAR)) "}\n", 1, false },
		{ "hidden", HEAD PVS LVS(LV("l", "status = [\"READ\"]\n" LINEAR)) "}\n", 1, false },
		{ "skipped and hidden",
		    HEAD PVS LVS(LV("l", "flags = [\"ACTIVATION_SKIP\"]\n" LINEAR)) "}\n", 1,
		    false },
		{ "the longest name", HEAD PVS LVS(LV(NAME127, VISIBLE LINEAR)) "}\n", 1, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_lvm_vg_free) struct ri_lvm_vg vg = { 0 };
		struct ri_err e = { 0 };

		check_ok(cases[i].name, ri_lvm_vg_parse(ri_str(cases[i].text), &vg, &e), &e);
		assert_string_equal(vg.name, "g");
		assert_int_equal(vg.extent_bytes, 8 * 512);
		assert_int_equal(vg.n_pv, 1);
		assert_int_equal(vg.pv[0].pe_start, 8 * 512);
		assert_int_equal(vg.n_lv, cases[i].n_lv);
		if (vg.n_lv == 0)
			continue;
		assert_int_equal(vg.lv[0].shown, cases[i].shown);
		assert_int_equal(vg.lv[0].n, 1);
		assert_int_equal(vg.lv[0].seg[0].count, 10);
	}
}

struct refused {
	const char *name, *text, *msg;
};

static void refuse(const struct refused *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		RI_ON_EXIT(ri_lvm_vg_free) struct ri_lvm_vg vg = { 0 };
		struct ri_err e = { 0 };

		check_err(cases[i].name, ri_lvm_vg_parse(ri_str(cases[i].text), &vg, &e), &e,
		    RI_E_UNSUPPORTED, cases[i].msg);
		assert_null(vg.name);
	}
}

#define WITH_LV(rest) HEAD PVS LVS(LV("l", rest)) "}\n"
#define ID_OF(c) CONTENTS "g {\nid = \"4i8vdv-CHGF-PBdQ-9iaJ-4MZ7-sCas-np8SX" c "\"\n}\n"

static void test_groups_and_disks(void **state)
{
	static const char id[] = "LVM's metadata: g has no valid id";
	static const struct refused cases[] = {
		{ "no group", CONTENTS "number = 1\n", "LVM's metadata has no volume group" },
		{ "below 0", ID_OF("/"), id },
		{ "above 9", ID_OF(":"), id },
		{ "below A", ID_OF("@"), id },
		{ "above Z", ID_OF("["), id },
		{ "below a", ID_OF("`"), id },
		{ "above z", ID_OF("{"), id },
		{ "one longer", ID_OF("MM"), id },
		{ "the name .", CONTENTS ". {\n}\n", "LVM's metadata: . is not a valid name" },
		{ "no extent_size", CONTENTS "g {\nid = " UUID "seqno = 1\n}\n",
		    "LVM's metadata: g has no valid extent_size" },
		{ "a flag of the group", HEAD "flags = [\"ODD\"]\n}\n", "LVM: g is marked ODD" },
		{ "a number as a flag", HEAD "flags = [1]\n}\n",
		    "LVM's metadata: g has no valid flags" },
		{ "no disks", HEAD "physical_volumes {\n}\n}\n",
		    "LVM: 0 physical volumes in a group" },
		{ "a disk's id", HEAD "physical_volumes {\np {\n}\n}\n}\n",
		    "LVM's metadata: p has no valid id" },
		{ "a disk's status",
		    HEAD "physical_volumes {\np {\nid = " UUID "status = [\"EXPORTED\"]\n}\n}\n}\n",
		    "LVM: p is marked EXPORTED" },
		{ "a disk's start", HEAD "physical_volumes {\np {\nid = " UUID "}\n}\n}\n",
		    "LVM's metadata: p has no valid pe_start" },
		{ "a disk's size",
		    HEAD "physical_volumes {\np {\nid = " UUID "pe_start = 8\n}\n}\n}\n",
		    "LVM's metadata: p has no valid pe_count" },
		{ "a number among the disks", HEAD "physical_volumes {\np = 1\n}\n}\n",
		    "LVM's metadata: p has no valid id" },
	};

	(void)state;
	refuse(cases, sizeof cases / sizeof cases[0]);
}

static void test_volumes(void **state)
{
	static const char stripes[] = "LVM's metadata: l has no valid stripes";
	static const char beyond[] = "LVM: the logical volume l reaches beyond its physical volume";
	static const struct refused cases[] = {
		{ "no id", HEAD PVS LVS("l {\n}\n") "}\n", "LVM's metadata: l has no valid id" },
		{ "a longer name", HEAD PVS LVS(LV(NAME127 "8", LINEAR)) "}\n",
		    "LVM's metadata: " NAME127 "8 is not a valid name" },
		{ "and more of it", HEAD PVS LVS(LV(NAME127 "89", LINEAR)) "}\n",
		    "LVM's metadata: " NAME127 "8 is not a valid name" },
		{ "no segment_count", WITH_LV(SEG(1, 0, 1, "\"p\", 0")),
		    "LVM's metadata: l has no valid segment_count" },
		{ "no segments", WITH_LV("segment_count = 0\n"),
		    "LVM's metadata: l has no valid segment_count" },
		{ "no type", WITH_LV(ONE "segment1 {\n}\n"),
		    "LVM: the logical volume l has the type , not linear" },
		{ "no start_extent", WITH_LV(ONE "segment1 {\ntype = \"linear\"\n}\n"),
		    "LVM's metadata: segment1 has no valid start_extent" },
		{ "no extent_count",
		    WITH_LV(ONE "segment1 {\ntype = \"linear\"\nstart_extent = 0\n}\n"),
		    "LVM's metadata: segment1 has no valid extent_count" },
		{ "no stripe_count",
		    WITH_LV(ONE "segment1 {\ntype = \"linear\"\nstart_extent = 0\n"
				"extent_count = 1\n}\n"),
		    "LVM's metadata: segment1 has no valid stripe_count" },
		{ "no list of stripes",
		    WITH_LV(ONE "segment1 {\ntype = \"linear\"\nstart_extent = 0\n"
				"extent_count = 1\nstripe_count = 1\n}\n"),
		    stripes },
		{ "no stripes", WITH_LV(ONE SEG(1, 0, 1, "")), stripes },
		{ "half a stripe", WITH_LV(ONE SEG(1, 0, 1, "\"p\"")), stripes },
		{ "a number as a disk", WITH_LV(ONE SEG(1, 0, 1, "0, 0")), stripes },
		{ "a text as an extent", WITH_LV(ONE SEG(1, 0, 1, "\"p\", \"0\"")), stripes },
		{ "more than the disk has", WITH_LV(ONE SEG(1, 0, 11, "\"p\", 0")), beyond },
		{ "one behind the last", WITH_LV(ONE SEG(1, 0, 10, "\"p\", 1")), beyond },
		{ "more extents than there are numbers",
		    HEAD "physical_volumes {\np {\nid = " UUID
			 "pe_start = 8\npe_count = 18446744073709551615\n}\n}\n" LVS(LV("l",
			     "segment_count = 2\n" SEG(1, 0, 18446744073709551615, "\"p\", 0")
				 SEG(2, 18446744073709551615, 1, "\"p\", 0"))) "}\n",
		    "LVM's metadata: l has no valid segment2" },
	};

	(void)state;
	refuse(cases, sizeof cases / sizeof cases[0]);
}

static void test_many_disks(void **state)
{
	(void)state;
	for (unsigned n = 1000; n <= 1001; n++) {
		RI_ON_EXIT(ri_lvm_vg_free) struct ri_lvm_vg vg = { 0 };
		struct ri_err e = { 0 };
		RI_BUF text = { 0 };

		ri_buf_add_str(&text, HEAD "physical_volumes {\n");
		for (unsigned i = 0; i < n; i++)
			ri_buf_addf(&text, "pv%u " PV_REST, i);
		ri_buf_add_str(&text, "}\n}\n");
		if (n == 1000) {
			check_ok("a thousand", ri_lvm_vg_parse(ri_buf_span(&text), &vg, &e), &e);
			assert_int_equal(vg.n_pv, 1000);
			continue;
		}
		check_err("more", ri_lvm_vg_parse(ri_buf_span(&text), &vg, &e), &e,
		    RI_E_UNSUPPORTED, "LVM: 1001 physical volumes in a group");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_groups_and_disks),
		cmocka_unit_test(test_volumes),
		cmocka_unit_test(test_many_disks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
