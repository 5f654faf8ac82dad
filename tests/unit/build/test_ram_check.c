// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A VM with too little memory for its root: refused, warned of, or not looked at. */
#include "unit/check.h"

#include "base/log.h"
#include "build/ram_check.h"
#include "plan/ram_need.h"

#define MIB ((uint64_t)1 << 20)

static struct ri_buf logged;

static void note(void *arg, enum ri_level level, const char *text)
{
	(void)arg;
	assert_int_equal(level, RI_LOG_WARN);
	ri_buf_addf(&logged, "%s\n", text);
}

static struct ri_payload payload = {
	.manifest = { .loader_bytes = 64 * MIB,
	    .reserve_bytes = 128 * MIB,
	    .tmpfs_bytes = 700 * MIB,
	    .kernel_bytes = 64 * MIB,
	    .initrd_bytes = 30 * MIB,
	    .initrd_unpacked_bytes = 120 * MIB },
	.pack.largest = { { { (char[]){ "/var/lib/docker" }, 400 * MIB },
			      { (char[]){ "/usr/lib/a" }, 200 * MIB },
			      { (char[]){ "/srv/\x1b*" }, 100 * MIB } },
	    3 },
};

#define LARGEST                                                                                    \
	"what takes most of the RAM, and the setting that leaves it out:\n"                        \
	"   400.0 MiB  /var/lib/docker  archive.exclude = [\"/var/lib/docker/\"]\n"                \
	"   200.0 MiB  /usr/lib/a\n"                                                               \
	"   100.0 MiB  /srv/\\x1b*  archive.exclude = [\"/srv/\\x1b\\\\*/\"]\n"

static uint64_t least(unsigned cpus)
{
	struct ri_ram_parts parts;

	assert_true(ri_ram_parts_of(&payload.manifest, &parts));
	return ri_ram_least_mib(&parts, cpus);
}

static int check(enum ri_ram_check how, const struct ri_vm_memory *vm, bool elsewhere,
    struct ri_err *e)
{
	struct ri_job job = { .ram_check = (int)how };
	struct ri_location place = { .vmid = 105, .memory = *vm };
	static const struct ri_log_sink sink = { .line = note, .level = RI_LOG_INFO };
	struct ri_payload p = payload;
	int rc;

	ri_buf_free(&logged);
	ri_log_set_sink(&sink);
	rc = ri_ram_check(&job, &place, elsewhere, &p, e);
	ri_log_set_sink(NULL);
	assert_int_equal(p.ram.vm.memory, vm->memory);
	assert_int_equal(p.ram.least, least(vm->cpus));
	return rc;
}

static void check_logged(const char *want)
{
	assert_string_equal(logged.p ? logged.p : "", want);
	ri_buf_free(&logged);
}

static void test_enough(void **state)
{
	const struct ri_vm_memory vm = { least(4), least(4), least(4), 4, false }, none = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("enough", check(RI_RAM_CHECK_REFUSE, &vm, false, &e), &e);
	check_logged("");
	check_ok("no VM", check(RI_RAM_CHECK_REFUSE, &none, false, &e), &e);
	check_logged("");
}

static void test_too_little(void **state)
{
	uint64_t m = least(4) - 1;
	const struct ri_vm_memory vm = { m, m, m, 4, false };
	struct ri_err e = { 0 };
	RI_BUF said = { 0 };
	RI_BUF text = { 0 };

	(void)state;
	ri_buf_add_str(&said, "VM 105: ");
	ri_ram_fit_say(m + 1, &vm, 105, &said);
	ri_buf_addf(&text, "%s; or leave more out, or build it all the same (ram.check = \"warn\")",
	    said.p);
	check_err("refuse", check(RI_RAM_CHECK_REFUSE, &vm, false, &e), &e, RI_E_BUDGET, text.p);
	check_logged(LARGEST);
	ri_buf_free(&text);
	ri_buf_addf(&text, LARGEST "%s\n", said.p);
	e = (struct ri_err){ 0 };
	check_ok("warn", check(RI_RAM_CHECK_WARN, &vm, false, &e), &e);
	check_logged(text.p);
	/* An image that is written elsewhere may be for another VM. */
	check_ok("elsewhere", check(RI_RAM_CHECK_REFUSE, &vm, true, &e), &e);
	check_logged(text.p);
	check_ok("off", check(RI_RAM_CHECK_OFF, &vm, false, &e), &e);
	check_logged("");
}

static void test_balloon(void **state)
{
	uint64_t m = least(1);
	const struct ri_vm_memory vm = { m, m, m - 1, 1, false };
	struct ri_err e = { 0 };
	RI_BUF text = { 0 };

	(void)state;
	ri_buf_add_str(&text, "VM 105: ");
	ri_ram_fit_say(m, &vm, 105, &text);
	ri_buf_add_str(&text, "\n");
	check_ok("balloon", check(RI_RAM_CHECK_REFUSE, &vm, false, &e), &e);
	check_logged(text.p);
}

/* Of a disk that the next start does not boot from nothing is refused. */
static void test_another_is_booted(void **state)
{
	const struct ri_location place = { .vmid = 105,
		.memory = { 512, 512, 512, 1, false },
		.not_booted = (char[]){ "it boots from another" } };
	static const struct ri_log_sink sink = { .line = note, .level = RI_LOG_INFO };
	struct ri_job job = { .ram_check = RI_RAM_CHECK_REFUSE };
	struct ri_payload p = payload;
	struct ri_err e = { 0 };
	RI_BUF text = { 0 };

	(void)state;
	ri_buf_add_str(&text, "VM 105: it boots from another\n" LARGEST "VM 105: ");
	ri_ram_fit_say(least(1), &place.memory, 105, &text);
	ri_buf_add_str(&text, "\n");
	ri_log_set_sink(&sink);
	check_ok("warned of", ri_ram_check(&job, &place, false, &p, &e), &e);
	check_logged(text.p);
	p.ram.least = 1;
	check_ok("built before", ri_ram_warn(&job, &place, &p.ram, &e), &e);
	check_logged("VM 105: it boots from another\n");
	job.ram_check = RI_RAM_CHECK_OFF;
	check_ok("off", ri_ram_check(&job, &place, false, &p, &e), &e);
	check_logged("");
	ri_log_set_sink(NULL);
}

/* Of what was built before: too little is never refused. */
static void test_compared(void **state)
{
	const struct ri_ram_parts parts = { .root = 700 * MIB, .initrd_unpacked = 1 };
	const struct ri_location place = { .vmid = 105, .memory = { 512, 512, 512, 4, false } };
	static const struct ri_log_sink sink = { .line = note, .level = RI_LOG_INFO };
	struct ri_job job = { .ram_check = RI_RAM_CHECK_REFUSE };
	struct ri_ram_compared c;
	struct ri_err e = { 0 };
	RI_BUF text = { 0 };

	(void)state;
	ri_log_set_sink(&sink);
	ri_ram_compare(NULL, &place, &c);
	assert_true(c.least == 0 && c.vm.memory == 512);
	check_ok("not known", ri_ram_warn(&job, &place, &c, &e), &e);
	check_logged("");
	ri_ram_compare(&parts, &place, &c);
	assert_int_equal(c.least, ri_ram_least_mib(&parts, 4));
	ri_buf_add_str(&text, "VM 105: ");
	ri_ram_fit_say(c.least, &c.vm, 105, &text);
	ri_buf_add_str(&text, "\n");
	check_ok("too little", ri_ram_warn(&job, &place, &c, &e), &e);
	check_logged(text.p);
	job.ram_check = RI_RAM_CHECK_OFF;
	check_ok("off", ri_ram_warn(&job, &place, &c, &e), &e);
	check_logged("");
	ri_log_set_sink(NULL);
}

/* No row where nothing is large. */
static void test_nothing_large(void **state)
{
	const struct ri_vm_memory vm = { 512, 512, 512, 1, false };
	struct ri_largest kept = payload.pack.largest;
	struct ri_err e = { 0 };

	(void)state;
	payload.pack.largest.n = 0;
	assert_int_equal(check(RI_RAM_CHECK_REFUSE, &vm, false, &e), -1);
	check_logged("");
	payload.pack.largest = kept;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enough),
		cmocka_unit_test(test_too_little),
		cmocka_unit_test(test_balloon),
		cmocka_unit_test(test_compared),
		cmocka_unit_test(test_another_is_booted),
		cmocka_unit_test(test_nothing_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
