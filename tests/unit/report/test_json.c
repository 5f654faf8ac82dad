// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What programs read of a guest, a plan, a build and a verdict: each whole, with its keys' names and types. */
#include "unit/report/documents.h"
#include "unit/report/results.h"

#include "format/grubenv.h"
#include "host/json.h"
#include "host/sha256.h"
#include "report/json.h"

/* The same values under the same names; what ramimg prints is sorted and indented. */
static void check_json(const char *name, const struct ri_buf *got, const char *want)
{
	RI_JSON g = json_loadb(got->p, got->n, 0, NULL);
	RI_JSON w = json_loads(want, 0, NULL);
	RI_FREE char *text = w ? json_dumps(w, JSON_INDENT(2) | JSON_SORT_KEYS) : NULL;

	assert_non_null(w);
	if (!g || !json_equal(g, w))
		fail_msg("%s: got %s\nwant %s", name, got->p, text);
	assert_int_equal(got->p[got->n - 1], '\n');
	keep_document(ri_buf_span(got));
}

#define OS                                                                                         \
	"\"os\": {\"arch\": \"x86_64\", \"id\": \"debian\", \"name\": \"Debian GNU/Linux\", "      \
	"\"version\": \"12\"}, "
#define FILE_OF(name, bytes)                                                                       \
	"{\"file\": \"" name "\", \"bytes\": " bytes ", \"sha256\": \"" RESULT_SHA "\"}"
#define ESTIMATE "\"estimate\": {\"needed_bytes\": 1143996416, \"further_cpu_bytes\": 2097152}"
#define PASSED                                                                                                                    \
	", \"kernels_passed_over\": [{\"version\": \"6.1.0-10-amd64\", \"why\": \"/boot/vmlinuz-6.1.0-10-amd64 has no initrd\", " \
	"\"default\": true}, {\"version\": \"5.10.0-8-amd64\", \"why\": \"/lib/modules/5.10.0-8-amd64 has no kernel in /boot\", " \
	"\"default\": false}]"
#define VM                                                                                         \
	"{\"memory_bytes\": 1073741824, \"balloon_bytes\": 536870912, \"cpus\": 4, "               \
	"\"needed_bytes\": 943718400, \"verdict\": \"balloon\"}"
#define LEFT                                                                                       \
	"\"left_out\": [{\"path\": \"/swapfile\", \"bytes\": 2000000000}, "                        \
	"{\"path\": \"/tmp/\", \"bytes\": 0}]"

/* The same guest with a partition, on LVM, and without a table; with a refusal, and a failed boot. */
static void test_facts(void **state)
{
	static const struct {
		const char *table, *hint, *refusal, *want;
	} cases[] = {
		{ "gpt", NULL, NULL,
		    "\"partition_table\": \"gpt\", \"kernel\": \"6.1.0-9-amd64\", \"refused\": null" },
		{ NULL, "lvmid/a/b", NULL,
		    "\"partition_table\": \"lvm\", \"kernel\": \"6.1.0-9-amd64\", \"refused\": null" },
		{ NULL, NULL, "there is no kernel",
		    "\"partition_table\": \"\", \"kernel\": null, \"refused\": \"there is no kernel\"" },
	};
	struct ri_facts *f = *state;
	struct ri_err e = { 0 };
	RI_BUF empty = { 0 };

	ri_grubenv_empty(&empty);
	check_ok("env",
	    ri_grubenv_set(ri_buf_span(&empty), RI_GRUBENV_FAILED, "1", &f->grubenv.bytes, &e), &e);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct ri_bootdev old = f->bootdev;
		RI_FREE char *table = cases[i].table ? strdup(cases[i].table) : NULL;
		RI_FREE char *hint = cases[i].hint ? strdup(cases[i].hint) : NULL;
		RI_BUF out = { 0 };
		RI_BUF want = { 0 };
		RI_BUF untested = { 0 };
		struct ri_plan plan = result_plan;
		bool btrfs = hint != NULL; /* and nobody has seen such a one */

		if (btrfs)
			ri_buf_add_str(&untested, "it");
		plan.untested = untested;
		f->mounts->subvol.path = btrfs ? (char *)"@rootfs" : NULL;
		f->bootdev = (struct ri_bootdev){ 0, 1, table, hint };
		check_ok("facts",
		    ri_report_facts(f, &plan, cases[i].refusal, btrfs ? &result_ram : &result_no_vm,
			&out, &e),
		    &e);
		f->bootdev = old;
		f->mounts->subvol.path = NULL;
		ri_buf_addf(&want,
		    "{\"format\": \"ramimg.inspect/1\", " OS
		    "\"mounts\": [{\"mountpoint\": \"/\", \"type\": \"ext4\", \"uuid\": "
		    "\"" FX_UUID "\", \"bytes\": 3221225472, \"free_bytes\": 1073741824%s}], "
		    "\"initramfs\": \"initramfs-tools\", \"grub\": true, \"entry_files\": false, "
		    "\"untested\": %s, \"built\": false, \"slim\": false, "
		    "\"built_form\": null, "
		    "\"failed_ram_boots\": 1, \"boot_partition\": 1, %s" PASSED ", " ESTIMATE "%s}",
		    btrfs ? ", \"subvolume\": \"@rootfs\"" : "", btrfs ? "\"it\"" : "null",
		    cases[i].want, btrfs ? ", \"vm\": " VM : "");
		check_json(cases[i].want, &out, want.p);
	}
}

/* Which form an earlier build had, as far as that left it. */
static void test_built_form(void **state)
{
	static const struct {
		bool built;
		const char *record, *want;
	} cases[] = {
		{ true, RESULT_RECORD, "tmpfs" },
		{ true, RESULT_RECORD "form=compressed\n", "compressed" },
		{ true, "", NULL },
		{ false, RESULT_RECORD "form=compressed\n", NULL },
	};
	struct ri_facts *f = *state;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ri_err e = { 0 };
		RI_JSON j = NULL;
		const char *got;
		RI_BUF out = { 0 };

		f->built = cases[i].built;
		fx_text(&f->record, "record", cases[i].record);
		check_ok("facts", ri_report_facts(f, &result_plan, NULL, &result_no_vm, &out, &e),
		    &e);
		j = json_loadb(out.p, out.n, 0, NULL);
		got = json_string_value(json_object_get(j, "built_form"));
		if (cases[i].want ? !got || strcmp(got, cases[i].want) != 0 : got != NULL)
			fail_msg("%s: %s", cases[i].record, got ? got : "null");
		keep_document(ri_buf_span(&out));
	}
}

static void test_plan(void **state)
{
	struct ri_plan p = result_plan;

	for (int counted = 0; counted < 2; counted++) {
		struct ri_err e = { 0 };
		RI_BUF out = { 0 };
		RI_BUF want = { 0 };

		p.counting = counted == 1;
		p.form = counted ? RI_COMPRESSED : RI_TMPFS;
		p.added[0].path = "/etc/a";
		p.added_n = counted ? 1 : 0;
		p.cloud_archive = counted ? LIT("x: 1\n") : (struct ri_span){ 0 };
		p.not_counted = counted ? NULL : "/boot is on LVM";
		if (counted)
			ri_buf_add_str(&p.not_inherited, "two kernels");
		if (counted)
			ri_buf_add_str(&p.untested, "it");
		check_ok("plan", ri_report_plan(*state, &p, &result_left, &out, &e), &e);
		ri_buf_addf(&want,
		    "{\"format\": \"ramimg.plan/1\", " OS LEFT PASSED ", " ESTIMATE
		    ", \"kernel\": \"6.1.0-9-amd64\", \"cmdline\": \"root=UUID=1 ro\", "
		    "\"entry\": \"menuentry 'RAM' {\\n}\\n\", \"untested\": %s, \"archive\": \"/boot/ram.tar.gz\", "
		    "\"rules\": [\"/tmp/\", \"/srv/*\"], \"actions\": ["
		    "{\"do\": \"remove\", \"path\": \"/boot/ram.old\", \"why\": \"an earlier build's\"}, "
		    "{\"do\": \"rmdir\", \"path\": \"/etc/ramimg\", \"why\": \"empty\"}, "
		    "{\"do\": \"put\", \"path\": \"/boot/ram.tar.gz\", \"why\": \"the archive\"}, "
		    "{\"do\": \"put\", \"path\": \"/etc/fstab\", \"why\": \"the root's line\"}]}",
		    counted
			? "\"it\", \"form\": \"compressed\", \"only_in_ram\": [\"/etc/a\"], \"not_inherited\": \"two kernels\", \"boot_counting\": true, "
			  "\"cloud_init\": true, \"not_counted\": null"
			: "null, \"form\": \"tmpfs\", \"only_in_ram\": [], \"not_inherited\": null, \"boot_counting\": false, "
			  "\"cloud_init\": false, \"not_counted\": \"/boot is on LVM\"");
		check_json("plan", &out, want.p);
		ri_buf_free(&p.not_inherited);
		ri_buf_free(&p.untested);
	}
}

/* What a root needs in the form that was built, and in the other one. */
static void needs(const struct ri_manifest *m, struct ri_ram_need *need, struct ri_ram_need *other,
    struct ri_ram_parts *parts)
{
	assert_true(ri_ram_parts_of(m, parts));
	ri_ram_need_of(m, need);
	ri_ram_need_of_other(m, 350000000, other);
}

/* Of what a build says only what stays beside the artifacts: without the times, the directory and the VM. */
static void without_run(char *json, const char *vm)
{
	strcpy(strstr(json, "[{\"name\": \"packing\""), "[], \"slim\": false}");
	if (vm)
		memmove(strstr(json, vm), strstr(json, "\"phases\""),
		    strlen("\"phases\": [], \"slim\": false}") + 1);
}

static struct ri_job job_of(bool image)
{
	static char half[] = "50%", all[] = "100%";

	return (struct ri_job){ .form = image ? RI_COMPRESSED : RI_TMPFS,
		.upper_size = half,
		.tmpfs_size = all,
		.reserve = 64000000,
		.loader_memory = 16000000,
		.grub_default = true };
}

/* @vm: what is said of the VM, or NULL. */
static void check_build(const struct ri_facts *f, const char *target, const char *volume,
    const char *form, const char *vm)
{
	bool image = strcmp(form, "compressed") == 0;
	const struct ri_job job = job_of(image);
	struct ri_timings t = { { { .name = "packing", .ms = 1500, .bytes = 300000000 } }, 1 };
	const struct ri_build_run run = { &t, vm ? NULL : "/srv/out" };
	struct ri_volume v = RI_VOLUME_INIT;
	struct ri_payload pl = result_payload;
	RI_FREE char *named = strdup(target);
	struct ri_err e = { 0 };
	RI_BUF out = { 0 };
	RI_BUF want = { 0 };
	unsigned long long one;
	struct ri_ram_parts parts;
	struct ri_ram_need need, other;
	char entry[RI_SHA256_HEX + 1], fstab[RI_SHA256_HEX + 1];

	v.target = named;
	pl.left = result_left;
	pl.manifest.form = image ? TEXT("compressed") : NULL;
	needs(&pl.manifest, &need, &other, &parts);
	one = (unsigned long long)need.least << 20;
	ri_sha256_span(ri_buf_span(&result_plan.entry), entry);
	ri_sha256_span(ri_buf_span(&result_plan.text[RI_TEXT_FSTAB]), fstab);
	if (vm)
		pl.ram = result_ram;
	snprintf(pl.signed_by, sizeof pl.signed_by, "%s", image ? RESULT_SHA : "");
	check_ok("build", ri_report_build(&job, f, &result_plan, &pl, &v, &run, &out, &e), &e);
	ri_buf_addf(&want,
	    "{\"format\": \"ramimg.build/1\", \"ramimg\": \"" RAMIMG_VERSION
	    "\", \"build_id\": \"" RESULT_BUILD "\", "
	    "\"volume\": \"%s\", " OS LEFT PASSED ", \"kernel_version\": \"6.1.0-9-amd64\", "
	    "\"cmdline\": \"root=UUID=1 ro\", \"form\": \"%s\", \"compression\": \"gzip\", "
	    "\"initrd_compression\": \"zstd\", \"grub_default\": true, \"boot_counting\": true, "
	    "\"release_disk\": false, \"files\": {\"archive\": " FILE_OF("archive.tar.gz",
		"100000000") ", \"initrd\": " FILE_OF("initrd.img",
		"31000000") ", \"kernel\": " FILE_OF("vmlinuz",
		"8000000") ", \"sbom\": " FILE_OF("sbom.spdx.json",
		"500000") ", \"entry\": \"grub-entry\", \"entry_sha256\": \"%s\", "
			  "\"fstab\": \"fstab\", \"fstab_sha256\": \"%s\"}, "
			  "\"ram\": {\"other_form_needed_bytes\": %llu, \"tmpfs_bytes\": 350000000, \"inodes\": 900, \"reserve_bytes\": 64000000, "
			  "\"needed_bytes\": %llu, \"further_cpu_bytes\": %llu, \"used_bytes\": %llu, "
			  "\"tmpfs_size\": \"%s\"}, "
			  "\"content\": {\"lost_acls\": 7, \"lost_xattrs\": 8, \"clamped_times\": 9, \"entries\": 1000, \"tar_bytes\": 300000000, \"sparse_files\": 2, "
			  "\"xattrs\": 4, \"acl_files\": 5, \"capability_files\": 6, \"sockets_skipped\": 3}, "
			  "\"signed_by\": %s, \"largest\": [{\"path\": \"/var/lib/docker\", \"bytes\": 200000000, "
			  "\"rule\": \"/var/lib/docker/\"}, {\"path\": \"/usr/lib/a\", \"bytes\": 100000000, "
			  "\"rule\": null}], %s\"phases\": [{\"name\": \"packing\", \"seconds\": 1.5, \"bytes\": 300000000}], "
			  "\"slim\": false, \"artifacts\": %s}",
	    volume, form, entry, fstab, (unsigned long long)other.least << 20, one,
	    (unsigned long long)need.cpu << 20, (unsigned long long)ri_ram_used(&parts, 1, one),
	    image ? "50%" : "100%", image ? "\"" RESULT_SHA "\"" : "null", vm ? vm : "",
	    vm ? "null" : "\"/srv/out\"");
	check_json(target, &out, want.p);
	without_run(want.p, vm);
	out.n = 0;
	check_ok("kept", ri_report_build(&job, f, &result_plan, &pl, &v, NULL, &out, &e), &e);
	check_json(target, &out, want.p);
}

/* A manifest names no directory of the host. */
static void test_build(void **state)
{
	check_build(*state, "/srv/images/golden.qcow2", "golden.qcow2", "tmpfs", NULL);
	check_build(*state, "local-lvm:vm-105-disk-0", "local-lvm:vm-105-disk-0", "compressed",
	    NULL);
	check_build(*state, "local-lvm:vm-105-disk-0", "local-lvm:vm-105-disk-0", "tmpfs",
	    "\"vm\": {\"memory_bytes\": 1073741824, \"balloon_bytes\": 536870912, \"cpus\": 4, "
	    "\"needed_bytes\": 943718400, \"verdict\": \"balloon\"}, ");
}

/* With --diskless and --iso there is more, in the manifest as well. */
static void test_diskless(void **state)
{
	static const char line[] = "root=ramimg ro";
	const struct ri_job job = job_of(false);
	struct ri_volume v = RI_VOLUME_INIT;
	struct ri_payload pl = result_payload;
	struct ri_plan plan = result_plan;
	RI_FREE char *target = strdup("golden.qcow2");
	RI_FREE char *want = NULL;
	RI_JSON got = NULL;
	struct ri_err e = { 0 };
	RI_BUF out = { 0 };
	json_t *files;

	v.target = target;
	pl.left = result_left;
	pl.diskless = (struct ri_diskless){ .initrd = TEXT("/x/initrd.img-diskless"),
		.sha256 = RESULT_SHA,
		.cmdline_sha256 = RESULT_SHA,
		.bytes = 131000000,
		.cmdline_bytes = 15,
		.need = { .least = 900, .cpu = 2 },
		.iso = "golden.iso",
		.iso_sha256 = RESULT_SHA,
		.iso_bytes = 142000000 };
	ri_buf_add_str(&plan.diskless_line, line);
	check_ok("build", ri_report_build(&job, *state, &plan, &pl, &v, NULL, &out, &e), &e);
	keep_document(ri_buf_span(&out));
	got = json_loadb(out.p, out.n, 0, NULL);
	files = json_object_get(got, "files");
	want = json_dumps(json_object_get(files, "diskless_initrd"), JSON_SORT_KEYS);
	assert_string_equal(want,
	    "{\"bytes\": 131000000, \"file\": \"initrd.img-diskless\", \"sha256\": \"" RESULT_SHA
	    "\"}");
	free(want);
	want = json_dumps(json_object_get(files, "diskless_cmdline"), JSON_SORT_KEYS);
	assert_string_equal(want,
	    "{\"bytes\": 15, \"file\": \"cmdline\", \"sha256\": \"" RESULT_SHA "\"}");
	free(want);
	want = json_dumps(json_object_get(got, "diskless"), JSON_SORT_KEYS);
	assert_string_equal(want,
	    "{\"cmdline\": \"root=ramimg ro\", \"further_cpu_bytes\": 2097152, \"needed_bytes\": 943718400}");
	free(want);
	want = json_dumps(json_object_get(got, "iso"), JSON_SORT_KEYS);
	assert_string_equal(want,
	    "{\"bytes\": 142000000, \"file\": \"golden.iso\", \"sha256\": \"" RESULT_SHA "\"}");
	ri_buf_free(&plan.diskless_line);
}

static void test_verdict(void **state)
{
	static const char checks[] =
	    "\"checks\": [{\"check\": \"archive\", \"good\": true, \"detail\": \"its checksum is "
	    "right\"}, {\"check\": \"fstab\", \"good\": false, \"detail\": \"no root\\u001b[2J\"}, "
	    "{\"check\": \"age\", \"good\": true, \"detail\": \"kernel 7 was installed\"}]}";
	struct ri_verdict good = result_verdict;
	struct ri_err e = { 0 };
	RI_BUF first = { 0 };
	RI_BUF second = { 0 };
	RI_BUF third = { 0 };
	RI_BUF want = { 0 };

	(void)state;
	ri_buf_addf(&want,
	    "{\"format\": \"ramimg.verify/1\", \"good\": false, \"older\": true, \"slim\": false, \"form\": null, \"signature\": null, \"cleared\": false, \"not_cleared\": null, %s",
	    checks);
	check_ok("bad", ri_report_verdict(&result_verdict, false, NULL, &first, &e), &e);
	check_json("bad", &first, want.p);
	good.n = 1;
	good.form = "compressed";
	good.signature = "good";
	good.slim = true;
	good.bad = 0;
	good.old = false;
	check_ok("good", ri_report_verdict(&good, true, NULL, &second, &e), &e);
	check_json("good", &second,
	    "{\"format\": \"ramimg.verify/1\", \"good\": true, \"older\": false, \"slim\": true, \"form\": \"compressed\", \"signature\": \"good\", \"cleared\": true, \"not_cleared\": null, \"checks\": [{\"check\": \"archive\", "
	    "\"good\": true, \"detail\": \"its checksum is right\"}]}");
	check_ok("stays", ri_report_verdict(&good, false, "the VM runs", &third, &e), &e);
	check_json("stays", &third,
	    "{\"format\": \"ramimg.verify/1\", \"good\": true, \"older\": false, \"slim\": true, \"form\": \"compressed\", \"signature\": \"good\", \"cleared\": false, \"not_cleared\": \"the VM runs\", "
	    "\"checks\": [{\"check\": \"archive\", \"good\": true, \"detail\": \"its checksum is right\"}]}");
}

static void test_small_ones(void **state)
{
	struct ri_err e = { 0 };
	RI_BUF done = { 0 };
	RI_BUF skipped = { 0 };
	RI_BUF version = { 0 };

	(void)state;
	check_ok("revert", ri_report_revert(&done, &e), &e);
	check_json("revert", &done, "{\"format\": \"ramimg.revert/1\", \"reverted\": true}");
	check_ok("skipped", ri_report_skipped(105, "VM 105 is\xff", &skipped, &e), &e);
	check_json("skipped", &skipped,
	    "{\"format\": \"ramimg.skipped/1\", \"vmid\": 105, \"why\": \"VM 105 is?\"}");
	check_ok("version", ri_report_version(&version, &e), &e);
	check_json("version", &version,
	    "{\"format\": \"ramimg.version/1\", \"version\": \"" RAMIMG_VERSION "\"}");
}

/* What was found, and the words for what was done with it. */
static void test_recover(void **state)
{
	static const struct {
		enum ri_recover_how how;
		struct ri_recovered r;
		const char *want;
	} cases[] = {
		{ RI_RECOVER_COMPLETE, { 0 }, "\"recovered\": false}" },
		{ RI_RECOVER_COMPLETE, { true, 9, 4, 1 },
		    "\"recovered\": true, \"how\": \"completed\", \"blocks\": 9, \"written_before\": 4}" },
		{ RI_RECOVER_UNDO, { true, 9, 4, 0 },
		    "\"recovered\": true, \"how\": \"undone\", \"blocks\": 9, \"written_before\": 4}" },
		{ RI_RECOVER_DISCARD, { true, 0, 0, 0 },
		    "\"recovered\": true, \"how\": \"discarded\", \"blocks\": 0, \"written_before\": 0}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ri_err e = { 0 };
		RI_BUF out = { 0 };
		RI_BUF want = { 0 };

		check_ok("recover", ri_report_recover(&cases[i].r, cases[i].how, &out, &e), &e);
		ri_buf_addf(&want, "{\"format\": \"ramimg.recover/1\", %s", cases[i].want);
		check_json("recover", &out, want.p);
	}
}

/* A sentence may hold what a guest or a file name says. */
static void test_error(void **state)
{
	struct ri_err failed = { 0 };
	struct ri_err e = { 0 };
	RI_BUF plain = { 0 };
	RI_BUF strange = { 0 };

	(void)state;
	(void)ri_fail(&failed, RI_E_BUSY, 0, "\"a\": in use");
	check_ok("plain", ri_report_error(&failed, &plain, &e), &e);
	check_json("plain", &plain,
	    "{\"format\": \"ramimg.error/1\", \"error\": {\"code\": \"busy\", \"message\": "
	    "\"\\\"a\\\": in use\", \"status\": 3}}");
	(void)ri_fail(&failed, RI_E_COMMIT, 0, "\x1b[2J\xff");
	check_ok("strange", ri_report_error(&failed, &strange, &e), &e);
	check_json("strange", &strange,
	    "{\"format\": \"ramimg.error/1\", \"error\": {\"code\": \"commit\", \"message\": "
	    "\"\\u001b[2J?\", \"status\": 4}}");
}

static void test_too_little(void **state)
{
	struct ri_payload pl = result_payload;
	struct ri_err failed = { 0 };
	struct ri_err e = { 0 };
	RI_BUF out = { 0 };

	(void)state;
	pl.ram = result_ram;
	(void)ri_fail(&failed, RI_E_BUDGET, 0, "too little");
	check_ok("too little", ri_report_too_little(&failed, &pl, &out, &e), &e);
	check_json("too little", &out,
	    "{\"format\": \"ramimg.error/1\", \"error\": {\"code\": \"budget\", \"message\": "
	    "\"too little\", \"status\": 3}, \"largest\": [{\"path\": \"/var/lib/docker\", "
	    "\"bytes\": 200000000, \"rule\": \"/var/lib/docker/\"}, {\"path\": \"/usr/lib/a\", "
	    "\"bytes\": 100000000, \"rule\": null}], \"vm\": " VM "}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_facts, facts_set_up, facts_tear_down),
		cmocka_unit_test_setup_teardown(test_built_form, facts_set_up, facts_tear_down),
		cmocka_unit_test_setup_teardown(test_plan, facts_set_up, facts_tear_down),
		cmocka_unit_test_setup_teardown(test_build, facts_set_up, facts_tear_down),
		cmocka_unit_test_setup_teardown(test_diskless, facts_set_up, facts_tear_down),
		cmocka_unit_test(test_verdict),
		cmocka_unit_test(test_too_little),
		cmocka_unit_test(test_small_ones),
		cmocka_unit_test(test_recover),
		cmocka_unit_test(test_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
