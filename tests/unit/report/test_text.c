// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What people read of a result. */
#include "unit/check.h"
#include "unit/report/results.h"

#include "format/grubenv.h"
#include "report/text.h"

#include <unistd.h>

#define OS                                                                                         \
	"operating system   Debian GNU/Linux 12 (bookworm)\n"                                      \
	"architecture       x86_64\n"
#define PASSED                                                                                                     \
	"passed over        6.1.0-10-amd64: /boot/vmlinuz-6.1.0-10-amd64 has no initrd; the guest's own default\n" \
	"                   5.10.0-8-amd64: /lib/modules/5.10.0-8-amd64 has no kernel in /boot\n"
#define ESTIMATE "memory needed      about 1091 MiB, 2 more for each CPU beyond the first\n"
#define LEFT "left out of the archive:\n     1.9 GiB  /swapfile\n         0 B  /tmp/\n"

static void check_facts(const char *name, const struct ri_facts *f, const struct ri_plan *p,
    const char *refusal, const struct ri_ram_compared *ram, const char *want)
{
	struct ri_err e = { 0 };
	RI_BUF out = { 0 };

	check_ok(name, ri_print_facts(f, p, refusal, ram, &out, &e), &e);
	check_span(name, ri_buf_span(&out), ri_str(want));
}

static void test_facts(void **state)
{
	check_facts("good", *state, &result_plan, NULL, &result_no_vm,
	    OS "file systems       / ext4, 3.0 GiB, 1.0 GiB free, UUID " FX_UUID "\n"
	       "partition table    msdos\n"
	       "initramfs          initramfs-tools\n"
	       "boot loader        GRUB 2, /boot/grub/grub.cfg\n"
	       "kernels            6.1.0-9-amd64, 6.1.0-8-amd64\n" PASSED "built before       no\n"
	       "can be built       yes\n" ESTIMATE);
}

/* Nothing is found that could be missing, and what the guest calls itself is not acted upon. */
static void test_facts_of_a_poor_guest(void **state)
{
	struct ri_plan none = { 0 };
	struct ri_facts *f = *state;

	f->os.pretty_name[0] = '\0';
	f->os.name[0] = '\x1b';
	f->mounts[1] = (struct ri_mount){ strdup("/boot"), strdup("/dev/sda2"), strdup("vfat"),
		strdup(""), 999, 0, { 0, NULL } };
	f->mounts_n = 2;
	free(f->bootdev.ptable);
	f->bootdev.ptable = NULL;
	f->initramfs[0] = '\0';
	f->grub = false;
	check_facts("poor", f, &none, "there is no kernel", &result_no_vm,
	    "operating system   \\x1bebian GNU/Linux\n"
	    "architecture       x86_64\n"
	    "file systems       / ext4, 3.0 GiB, 1.0 GiB free, UUID " FX_UUID "\n"
	    "                   /boot vfat, 999 B, 0 B free\n"
	    "partition table    none\n"
	    "initramfs          none that ramimg knows\n"
	    "boot loader        no GRUB 2\n"
	    "built before       no\n"
	    "can be built       no\n"
	    "because            there is no kernel\n");
}

static void test_facts_of_what_was_built(void **state)
{
	static const char *const words[] = { "none", "one",
		"two in a row: not the default until a build or verify" };
	static const struct {
		const struct ri_ram_compared *ram;
		const char *row;
	} vms[] = { { &result_no_vm, "" },
		{ &result_ram,
		    "memory             the VM has 1024 MiB, with 4 CPUs it needs 900 MiB: balloon\n" },
		{ &result_not_known,
		    "memory             the VM has 512 MiB, what it needs is not known\n" } };
	struct ri_facts *f = *state;

	f->built = true;
	f->bootdev.lvm_hint = strdup("lvmid/a/b");
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		char count[] = { (char)('0' + i), '\0' };
		struct ri_err e = { 0 };
		RI_BUF empty = { 0 };
		RI_BUF want = { 0 };

		ri_grubenv_empty(&empty);
		ri_buf_free(&f->grubenv.bytes);
		if (i > 0)
			check_ok("env",
			    ri_grubenv_set(ri_buf_span(&empty), RI_GRUBENV_FAILED, count,
				&f->grubenv.bytes, &e),
			    &e);
		ri_buf_addf(&want,
		    OS "file systems       / ext4, 3.0 GiB, 1.0 GiB free, UUID " FX_UUID "\n"
		       "partition table    LVM\n"
		       "initramfs          initramfs-tools\n"
		       "boot loader        GRUB 2, /boot/grub/grub.cfg\n"
		       "kernels            6.1.0-9-amd64, 6.1.0-8-amd64\n" PASSED
		       "built before       yes\n"
		       "failed RAM boots   %s\n"
		       "%scan be built       yes\n" ESTIMATE,
		    words[i], vms[i].row);
		check_facts(words[i], f, &result_plan, NULL, vms[i].ram, want.p);
	}
}

/* What is said only of the compressed form. */
static void test_compressed(void **state)
{
	struct ri_facts *f = *state;
	struct ri_payload pl = result_payload;
	struct ri_plan p = result_plan;
	struct ri_err e = { 0 };
	RI_BUF facts = { 0 };
	RI_BUF plan = { 0 };
	RI_BUF build = { 0 };

	f->built = true;
	fx_text(&f->record, "record", RESULT_RECORD "form=compressed\n");
	pl.manifest.form = TEXT("compressed");
	p.form = RI_COMPRESSED;
	p.added[0].path = "/etc/a";
	p.added[1].path = "/etc/b";
	p.added_n = 2;
	check_ok("facts", ri_print_facts(f, &p, NULL, &result_no_vm, &facts, &e), &e);
	assert_non_null(strstr(facts.p, "\nbuilt before       yes, in the compressed form\n"));
	check_ok("plan", ri_print_plan(f, &p, &result_left, &plan, &e), &e);
	assert_non_null(strstr(plan.p, "\nform               compressed\nkernel arguments "));
	assert_non_null(strstr(plan.p,
	    "\nonly in RAM        /etc/a\n                   /etc/b\nmemory needed "));
	check_ok("build", ri_print_build(f, &p, &pl, "out", "a.raw", &build, &e), &e);
	assert_non_null(strstr(build.p,
	    "\nimage              95.4 MiB\nits files          286.1 MiB\ninitrd "));
}

static void test_plan(void **state)
{
	static const struct {
		bool counting;
		const char *why, *said;
		char *own, *own_said;
	} cases[] = { { true, NULL, "yes", "", "" }, { false, NULL, "off", "", "" },
		{ false, "/boot is on LVM", "/boot is on LVM", "no entry is for it",
		    "not inherited      no entry is for it\n" } };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ri_plan p = result_plan;
		struct ri_err e = { 0 };
		RI_BUF out = { 0 };
		RI_BUF want = { 0 };

		p.counting = cases[i].counting;
		p.not_counted = cases[i].why;
		p.about.least = cases[i].why ? 0 : p.about.least;
		p.cloud_archive = cases[i].why ? LIT("x: 1\n") : (struct ri_span){ 0 };
		p.not_inherited = (struct ri_buf){ .p = cases[i].own, .n = strlen(cases[i].own) };
		check_ok("plan", ri_print_plan(*state, &p, &result_left, &out, &e), &e);
		ri_buf_addf(&want,
		    OS "kernel             6.1.0-9-amd64\n" PASSED
		       "kernel arguments   root=UUID=1 ro\n"
		       "%sboot counting      %s\n%s%s" LEFT "would do, in this order:\n"
		       "  remove /boot/ram.old (an earlier build's)\n"
		       "  remove /etc/ramimg (empty)\n"
		       "  write  /boot/ram.tar.gz (the archive)\n"
		       "  write  /etc/fstab (the root's line)\n"
		       "the menu entry:\n" RESULT_ENTRY "nothing was changed\n",
		    cases[i].own_said, cases[i].said,
		    cases[i].why ? "only in RAM        /etc/cloud/cloud.cfg.d/zz-ramimg.cfg\n" : "",
		    cases[i].why ? "memory needed      not known before it is packed\n" : ESTIMATE);
		check_span(cases[i].said, ri_buf_span(&out), ri_buf_span(&want));
	}
}

static void test_build(void **state)
{
	struct ri_payload pl = result_payload;
	struct ri_err e = { 0 };
	RI_BUF some = { 0 };
	RI_BUF none = { 0 };
	RI_BUF want = { 0 };
	RI_BUF huge = { 0 };
	RI_BUF vm = { 0 };
	RI_BUF first = { 0 };
	struct ri_ram_need other;
	size_t without_memory;

	check_ok("none",
	    ri_print_build(*state, &result_plan, &pl, "/srv/out", "/srv/a\n.raw", &none, &e), &e);
	without_memory = (size_t)(strstr(none.p, "into RAM;") + 8 - none.p);
	ri_ram_need_of_other(&pl.manifest, 0, &other);
	ri_buf_addf(&first,
	    OS
	    "kernel             6.1.0-9-amd64\n" PASSED "archive            95.4 MiB\n"
	    "unpacked           286.1 MiB\n"
	    "initrd             29.6 MiB\n"
	    "RAM for the root   333.8 MiB\n"
	    "the other form     an image (--compressed): about %llu MiB for the VM\n"
	    "not in an image    POSIX ACLs of 7 files, 8 attributes, 9 times before 1970 or after 2106\n"
	    "containers         190.7 MiB of that are /var/lib/docker; archive.exclude = "
	    "[\"/var/lib/docker/\"] leaves them out\n"
	    "build              " RESULT_BUILD "\n"
	    "nothing is left out of the archive\n"
	    "artifacts in /srv/out\n"
	    "built: /srv/a\\n.raw boots into RAM",
	    (unsigned long long)other.least);
	check_span("none", ri_span(none.p, without_memory), ri_buf_span(&first));
	ri_buf_addf(&want,
	    "; give the VM at least %u MiB of memory, %u more for each CPU beyond the first, and "
	    "what its programs need beyond 61.0 MiB\n",
	    result_least_mib(1), result_least_mib(2) - result_least_mib(1));
	check_span("memory", ri_span_skip(ri_buf_span(&none), without_memory), ri_buf_span(&want));
	pl.ram = result_ram;
	check_ok("VM", ri_print_build(*state, &result_plan, &pl, "/srv/out", "a.raw", &vm, &e), &e);
	assert_non_null(
	    strstr(vm.p, " MiB\nthe VM has 1024 MiB, with 4 CPUs it needs 900 MiB: balloon\n"));
	pl.manifest.tmpfs_bytes = UINT64_MAX / 2;
	check_ok("huge", ri_print_build(*state, &result_plan, &pl, "/srv/out", "a.raw", &huge, &e),
	    &e);
	assert_non_null(strstr(huge.p,
	    "built: a.raw boots into RAM; no VM can have as much memory as that takes\n"));
	pl.left = result_left;
	check_ok("some",
	    ri_print_build(*state, &result_plan, &pl, "/srv/out", "100:scsi0", &some, &e), &e);
	assert_non_null(strstr(some.p, RESULT_BUILD "\n" LEFT "artifacts in /srv/out\n"));
}

/* What boots without a disk, for which another memory counts. */
static void test_diskless(void **state)
{
	struct ri_payload pl = result_payload;
	struct ri_err e = { 0 };
	RI_BUF out = { 0 };
	RI_BUF iso = { 0 };

	pl.diskless = (struct ri_diskless){ .initrd = TEXT("/x/initrd.img-diskless"),
		.bytes = 131 << 20,
		.need = { .least = 900, .cpu = 2 } };
	check_ok("build", ri_print_build(*state, &result_plan, &pl, "/srv/out", "a.raw", &out, &e),
	    &e);
	assert_non_null(strstr(out.p,
	    "\nwithout a disk     an initrd of 131.0 MiB; 900 MiB for the VM, 2 more for each further CPU\n"));
	assert_null(strstr(out.p, "ISO"));
	pl.diskless.iso = "golden.iso";
	pl.diskless.iso_bytes = 142 << 20;
	check_ok("ISO", ri_print_build(*state, &result_plan, &pl, "/srv/out", "a.raw", &iso, &e),
	    &e);
	assert_non_null(strstr(iso.p, "\nISO                142.0 MiB\n"));
}

static void test_verdict(void **state)
{
#define LINES                                                                                      \
	"ok   archive         its checksum is right\n"                                             \
	"BAD  fstab           no root\\x1b[2J\n"                                                   \
	"OLD  age             kernel 7 was installed\n"
	struct ri_err e = { 0 };
	RI_BUF kept = { 0 };
	RI_BUF cleared = { 0 };

	(void)state;
	check_ok("kept", ri_print_verdict(&result_verdict, false, &kept, &e), &e);
	check_span("kept", ri_buf_span(&kept), ri_str(LINES));
	check_ok("cleared", ri_print_verdict(&result_verdict, true, &cleared, &e), &e);
	check_span("cleared", ri_buf_span(&cleared),
	    ri_str(LINES "cleared: the next boot counts as the first\n"));
}

/* Phases one after the other and side by side, and one that never ended. */
static void test_timings(void **state)
{
	struct ri_timings t = { 0 };
	struct ri_err e = { 0 };
	RI_BUF out = { 0 };

	(void)state;
	ri_timings_note(&t, "starting the appliance", 0, RI_PROGRESS_RUNS, 1000);
	ri_timings_note(&t, "packing", 0, RI_PROGRESS_RUNS, 1500);
	ri_timings_note(&t, "packing", 30000000, RI_PROGRESS_RUNS, 2500);
	ri_timings_note(&t, "packing", 45000000, RI_PROGRESS_ENDS, 3000);
	ri_timings_note(&t, "starting the appliance", 0, RI_PROGRESS_ENDS, 26250);
	ri_timings_note(&t, "writing back", 7000000, RI_PROGRESS_RUNS, 26250);
	ri_timings_note(&t, "writing back", 9000000, RI_PROGRESS_RUNS, 27250);
	ri_timings_note(&t, "writing back", 0, RI_PROGRESS_ENDS, 28250); /* its last figure holds */
	ri_timings_note(&t, "packing", 0, RI_PROGRESS_RUNS, 30000);      /* again: another row */
	ri_timings_stop(&t, 31009);
	assert_int_equal(ri_print_timings(&t, &out, &e), 0);
	check_span("table", ri_buf_span(&out),
	    ri_str("phase                          seconds       bytes          rate\n"
		   "starting the appliance           25.25\n"
		   "packing                           1.50    42.9 MiB    28.6 MiB/s\n"
		   "writing back                      2.00     8.6 MiB     4.3 MiB/s\n"
		   "packing                           1.00  stopped\n"
		   "from first to last               30.00\n"));
}

/* Into a file in place of stdout, and back. */
static void test_print(void **state)
{
	RI_FILE FILE *to = tmpfile();
	RI_FD int old = dup(STDOUT_FILENO);
	RI_BUF text = { 0 };
	char got[16] = "";

	(void)state;
	assert_non_null(to);
	assert_true(old >= 0);
	fflush(stdout);
	assert_true(dup2(fileno(to), STDOUT_FILENO) >= 0);
	assert_int_equal(ri_print(&text), 0);
	ri_buf_add(&text, "a\0b\n", 4);
	assert_int_equal(ri_print(&text), 0);
	fflush(stdout);
	assert_true(dup2(old, STDOUT_FILENO) >= 0);
	rewind(to);
	check_span("stdout", ri_span(got, fread(got, 1, sizeof got, to)), LIT("a\0b\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_facts, facts_set_up, facts_tear_down),
		cmocka_unit_test_setup_teardown(test_facts_of_a_poor_guest, facts_set_up,
		    facts_tear_down),
		cmocka_unit_test_setup_teardown(test_facts_of_what_was_built, facts_set_up,
		    facts_tear_down),
		cmocka_unit_test_setup_teardown(test_compressed, facts_set_up, facts_tear_down),
		cmocka_unit_test_setup_teardown(test_plan, facts_set_up, facts_tear_down),
		cmocka_unit_test_setup_teardown(test_build, facts_set_up, facts_tear_down),
		cmocka_unit_test_setup_teardown(test_diskless, facts_set_up, facts_tear_down),
		cmocka_unit_test(test_verdict),
		cmocka_unit_test(test_timings),
		cmocka_unit_test(test_print),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
