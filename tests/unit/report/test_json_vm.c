// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What programs read of VMs and their disks: exact texts. */
#include "unit/report/documents.h"

#include "report/json_vm.h"

#define TEXT(s)                                                                                    \
	(char[])                                                                                   \
	{                                                                                          \
		s                                                                                  \
	}

static struct ri_remark remark = { "locked", TEXT("a\xff") };

static struct ri_vmstatus statuses[] = {
	{ .vmid = 105,
	    .name = TEXT("web"),
	    .node = TEXT("pve1"),
	    .pid = 4711,
	    .root = RI_ROOT_RAM,
	    .form = "compressed",
	    .how = TEXT("guest agent"),
	    .disk = RI_DISK_RELEASED,
	    .key = "scsi0",
	    .config = "attached",
	    .migration = { .blockers = { (char *[]){ TEXT("hostpci0"), TEXT("a\xff"), NULL }, 2 },
		.remarks = { (char *[]){ TEXT("hookscript"), NULL }, 1 } },
	    .remarks = { &remark, 1 },
	    .built = RI_BUILT_YES,
	    .slim = true,
	    .ram = { 900, { 1024, 1024, 512, 4, false } },
	    .ram_now = { 900, { 512, 512, 512, 4, false } } },
	{ .vmid = 9, .name = TEXT(""), .node = TEXT("pve1"), .how = TEXT(""), .config = "-" },
};

static void test_words(void **state)
{
	(void)state;
	assert_string_equal(ri_root_word(RI_ROOT_UNKNOWN), "unknown");
	assert_string_equal(ri_root_word(RI_ROOT_DISK), "disk");
	assert_string_equal(ri_root_word(RI_ROOT_RAM), "ram");
	assert_string_equal(ri_disk_word(RI_DISK_NONE), "none");
	assert_string_equal(ri_disk_word(RI_DISK_ATTACHED), "attached");
	assert_string_equal(ri_disk_word(RI_DISK_RELEASED), "released");
	assert_string_equal(ri_disk_word(RI_DISK_DETACHED), "detached");
}

static void test_statuses(void **state)
{
	const struct ri_vmstatuses both = { statuses, 2 }, none = { NULL, 0 };
	struct ri_err e = { 0 };
	RI_BUF out = { 0 };
	RI_BUF empty = { 0 };

	(void)state;
	check_ok("both", ri_report_statuses(&both, &out, &e), &e);
	check_document("both", ri_buf_span(&out),
	    ri_str(
		"{\n  \"format\": \"ramimg.status/1\",\n  \"vms\": [\n"
		"    {\n      \"blockers\": [\n        \"hostpci0\",\n        \"a?\"\n      ],\n"
		"      \"config\": \"attached\",\n      \"disk\": \"released\",\n      \"drive\": \"scsi0\",\n"
		"      \"form\": \"compressed\",\n"
		"      \"migratable\": false,\n      \"name\": \"web\",\n      \"node\": \"pve1\",\n"
		"      \"pid\": 4711,\n      \"ram\": {\n        \"balloon_bytes\": 536870912,\n        \"cpus\": 4,\n"
		"        \"memory_bytes\": 1073741824,\n        \"needed_bytes\": 943718400,\n        \"verdict\": \"balloon\"\n      },\n"
		"      \"ram_now\": {\n        \"balloon_bytes\": 536870912,\n        \"cpus\": 4,\n"
		"        \"memory_bytes\": 536870912,\n        \"needed_bytes\": 943718400,\n        \"verdict\": \"too little\"\n      },\n"
		"      \"remarks\": [\n"
		"        {\n          \"code\": \"locked\",\n          \"message\": \"a?\"\n        },\n"
		"        {\n          \"code\": \"migration\",\n          \"message\": \"hookscript\"\n        }\n      ],\n"
		"      \"root\": \"ram\",\n      \"root_known_by\": \"guest agent\",\n"
		"      \"running\": true,\n      \"slim\": true,\n      \"vmid\": 105\n    },\n"
		"    {\n      \"blockers\": [],\n      \"config\": \"-\",\n      \"disk\": \"none\",\n"
		"      \"drive\": \"\",\n      \"form\": null,\n      \"migratable\": true,\n      \"name\": \"\",\n"
		"      \"node\": \"pve1\",\n      \"pid\": 0,\n      \"remarks\": [],\n"
		"      \"root\": \"unknown\",\n      \"root_known_by\": \"\",\n"
		"      \"running\": false,\n      \"slim\": false,\n      \"vmid\": 9\n    }\n  ]\n}\n"));
	check_ok("none", ri_report_statuses(&none, &empty, &e), &e);
	check_document("none", ri_buf_span(&empty),
	    ri_str("{\n  \"format\": \"ramimg.status/1\",\n  \"vms\": []\n}\n"));
}

static void test_blockers(void **state)
{
	struct ri_err e = { 0 };
	RI_BUF some = { 0 };
	RI_BUF none = { 0 };

	(void)state;
	check_ok("some", ri_report_blockers(&statuses[0], &some, &e), &e);
	check_document("some", ri_buf_span(&some),
	    ri_str(
		"{\n  \"blockers\": [\n    \"hostpci0\",\n    \"a?\"\n  ],\n"
		"  \"format\": \"ramimg.check-migrate/1\",\n  \"migratable\": false,\n  \"remarks\": [\n    \"hookscript\"\n  ],\n  \"vmid\": 105\n}\n"));
	check_ok("none", ri_report_blockers(&statuses[1], &none, &e), &e);
	check_document("none", ri_buf_span(&none),
	    ri_str(
		"{\n  \"blockers\": [],\n  \"format\": \"ramimg.check-migrate/1\",\n  \"migratable\": true,\n  \"remarks\": [],\n  \"vmid\": 9\n}\n"));
}

/* The same of a detach and of an attach, but for the format. */
static void test_detach(void **state)
{
	static const char *const formats[] = { "ramimg.detach/1", "ramimg.attach/1" };
	struct ri_detach_result r = { .key = "scsi0", .live = true, .done = true }, changed = r;

	(void)state;
	changed.live = false;
	changed.done = false;
	changed.remarks = (struct ri_remarks){ &remark, 1 };
	changed.commands = (struct ri_strv){ (char *[]){ TEXT("device_del scsi0"), NULL }, 1 };
	changed.before = (struct ri_buf){ .p = TEXT("scsi0: a\n"), .n = 9 };
	changed.after = (struct ri_buf){ .p = TEXT("\n"), .n = 1 };
	for (size_t i = 0; i < 2; i++) {
		struct ri_err e = { 0 };
		RI_BUF empty = { 0 };
		RI_BUF full = { 0 };
		RI_BUF want = { 0 };

		check_ok("empty", ri_report_detach(formats[i], &r, 105, &empty, &e), &e);
		ri_buf_addf(&want,
		    "{\n  \"changed\": true,\n  \"commands\": [],\n  \"config_after\": \"\",\n  \"config_before\": \"\",\n"
		    "  \"drive\": \"scsi0\",\n  \"format\": \"%s\",\n  \"live\": true,\n  \"remarks\": [],\n  \"vmid\": 105\n}\n",
		    formats[i]);
		check_document("empty", ri_buf_span(&empty), ri_buf_span(&want));
		check_ok("full", ri_report_detach(formats[i], &changed, 105, &full, &e), &e);
		want.n = 0;
		ri_buf_addf(&want,
		    "{\n  \"changed\": false,\n  \"commands\": [\n    \"device_del scsi0\"\n  ],\n"
		    "  \"config_after\": \"\\n\",\n  \"config_before\": \"scsi0: a\\n\",\n"
		    "  \"drive\": \"scsi0\",\n  \"format\": \"%s\",\n  \"live\": false,\n  \"remarks\": [\n"
		    "    {\n      \"code\": \"locked\",\n      \"message\": \"a?\"\n    }\n  ],\n  \"vmid\": 105\n}\n",
		    formats[i]);
		check_document("full", ri_buf_span(&full), ri_buf_span(&want));
	}
}

static void test_list(void **state)
{
	static const char *const built
	    [] = { [RI_BUILT_UNKNOWN] = "null", [RI_BUILT_NO] = "false", [RI_BUILT_YES] = "true" };
	struct ri_listed row = { 105, TEXT("web"), TEXT("scsi0"), TEXT("local:105/a.qcow2"),
		TEXT("/srv/a.qcow2"), TEXT("32G"), TEXT("qcow2"), "pending", TEXT("stopped"), true,
		{ 0, { 512, 512, 512, 1, false } }, { 0 }, RI_BUILT_NO, NULL, NULL, false };
	static const char ram[] =
	    "      \"ram\": {\n        \"balloon_bytes\": 536870912,\n        \"cpus\": 1,\n"
	    "        \"memory_bytes\": 536870912,\n        \"needed_bytes\": 0,\n"
	    "        \"verdict\": \"not known\"\n      },\n";
	const struct ri_list one = { &row, 1 }, none = { NULL, 0 };
	struct ri_err e = { 0 };
	RI_BUF empty = { 0 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		RI_BUF out = { 0 };
		RI_BUF want = { 0 };

		row.built = (enum ri_built)i;
		row.older = i == RI_BUILT_YES ? TEXT("kernel 7 was installed") : NULL;
		row.form = i == RI_BUILT_YES ? "compressed" : NULL;
		row.slim = i == RI_BUILT_YES;
		row.size = i == 0 ? TEXT("") : TEXT("32G");
		check_ok("one", ri_report_list(&one, &out, &e), &e);
		ri_buf_addf(&want,
		    "{\n  \"format\": \"ramimg.list/1\",\n  \"volumes\": [\n    {\n"
		    "      \"boot\": true,\n      \"built\": %s,\n      \"bytes\": %s,\n      \"config\": \"pending\",\n"
		    "      \"drive\": \"scsi0\",\n      \"form\": %s,\n      \"format\": \"qcow2\",\n      \"name\": \"web\",\n"
		    "      \"older\": %s,\n      \"path\": \"/srv/a.qcow2\",\n"
		    "%s      \"slim\": %s,\n      \"state\": \"stopped\",\n      \"vmid\": 105,\n"
		    "      \"volid\": \"local:105/a.qcow2\"\n    }\n  ]\n}\n",
		    built[i], i == 0 ? "null" : "34359738368", row.form ? "\"compressed\"" : "null",
		    row.older ? "\"kernel 7 was installed\"" : "null", i == RI_BUILT_YES ? ram : "",
		    row.slim ? "true" : "false");
		check_document(built[i], ri_buf_span(&out), ri_buf_span(&want));
	}
	check_ok("none", ri_report_list(&none, &empty, &e), &e);
	check_document("none", ri_buf_span(&empty),
	    ri_str("{\n  \"format\": \"ramimg.list/1\",\n  \"volumes\": []\n}\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_blockers),
		cmocka_unit_test(test_detach),
		cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
