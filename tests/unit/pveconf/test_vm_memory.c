// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* How much memory a VM has, and whether that is enough. */
#include "unit/check.h"

#include "pveconf/vm_memory.h"

static struct ri_vm_memory of(const char *text, bool running)
{
	RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };
	struct ri_vm_memory m = { 0 };
	struct ri_err e = { 0 };

	check_ok(text, ri_vmconf_parse(ri_str(text), &c, &e), &e);
	ri_vm_memory_read(&c, running, &m);
	return m;
}

static const struct {
	const char *text;
	struct ri_vm_memory next, now;
} read_rows[] = {
	{ "name: x\n", { 512, 512, 512, 1, false }, { 512, 512, 512, 1, false } },
	{ "memory: 2048\n", { 2048, 2048, 2048, 1, false }, { 2048, 2048, 2048, 1, false } },
	{ "memory: current=2048\n", { 2048, 2048, 2048, 1, false },
	    { 2048, 2048, 2048, 1, false } },
	/* What Proxmox does not take is as good as not there. */
	{ "memory: 15\n", { 512, 512, 512, 1, false }, { 512, 512, 512, 1, false } },
	{ "memory: many\n", { 512, 512, 512, 1, false }, { 512, 512, 512, 1, false } },
	{ "memory: current=\n", { 512, 512, 512, 1, false }, { 512, 512, 512, 1, false } },
	{ "memory: 2048,max=4096\n", { 512, 512, 512, 1, false }, { 512, 512, 512, 1, false } },
	{ "memory: 99999999999999999999\n", { 512, 512, 512, 1, false },
	    { 512, 512, 512, 1, false } },
	{ "memory: +2048\ncores: 0\nsockets: -1\n", { 2048, 2048, 2048, 1, false },
	    { 2048, 2048, 2048, 1, false } },
	{ "memory: 2048\nballoon: 1024\n", { 2048, 2048, 1024, 1, false },
	    { 2048, 2048, 1024, 1, false } },
	{ "memory: 2048\nballoon: 0\n", { 2048, 2048, 2048, 1, true },
	    { 2048, 2048, 2048, 1, true } },
	{ "memory: 2048\nballoon: 4096\n", { 2048, 2048, 2048, 1, false },
	    { 2048, 2048, 2048, 1, false } },
	{ "memory: 2048\ncores: 4\nsockets: 2\nvcpus: 1\n", { 2048, 2048, 2048, 8, false },
	    { 2048, 2048, 2048, 8, false } },
	{ "cores: 999999999\nsockets: 999999999\n", { 512, 512, 512, 8192, false },
	    { 512, 512, 512, 8192, false } },
	{ "memory: 4096\n[PENDING]\nmemory: 1024\ncores: 2\n", { 1024, 1024, 1024, 2, false },
	    { 4096, 4096, 4096, 1, false } },
	{ "memory: 4096\nballoon: 1024\n[PENDING]\ndelete: memory,balloon\n",
	    { 512, 512, 512, 1, false }, { 4096, 4096, 1024, 1, false } },
	/* A snapshot's are of no account. */
	{ "memory: 4096\n[before]\nmemory: 1024\n", { 4096, 4096, 4096, 1, false },
	    { 4096, 4096, 4096, 1, false } },
	{ "memory: 4096\nhotplug: disk,memory\nnuma: 1\n", { 4096, 1024, 4096, 1, false },
	    { 4096, 1024, 4096, 1, false } },
	{ "memory: 4096\nhotplug: memory\nsockets: 2\nhugepages: 1024\n",
	    { 4096, 2048, 4096, 2, false }, { 4096, 2048, 4096, 2, false } },
	{ "memory: 4096\nhotplug: memory\nsockets: 2\nhugepages: any\n",
	    { 4096, 1024, 4096, 2, false }, { 4096, 1024, 4096, 2, false } },
	{ "memory: 768\nhotplug: memory\n", { 768, 768, 768, 1, false },
	    { 768, 768, 768, 1, false } },
	{ "memory: 4096\nhotplug: disk,memoryx,1\n", { 4096, 4096, 4096, 1, false },
	    { 4096, 4096, 4096, 1, false } },
};

static void test_read(void **state)
{

	(void)state;
	for (size_t i = 0; i < sizeof read_rows / sizeof *read_rows; i++)
		for (int running = 0; running < 2; running++) {
			const struct ri_vm_memory *want =
			    running ? &read_rows[i].now : &read_rows[i].next;
			struct ri_vm_memory m = of(read_rows[i].text, running);

			if (m.memory != want->memory || m.boot != want->boot ||
			    m.balloon != want->balloon || m.no_balloon != want->no_balloon ||
			    m.cpus != want->cpus)
				fail_msg("%s (running %d): %llu %llu %llu %u", read_rows[i].text,
				    running, (unsigned long long)m.memory,
				    (unsigned long long)m.boot, (unsigned long long)m.balloon,
				    m.cpus);
		}
}

static void test_fit(void **state)
{
	static const struct {
		const char *text; /* NULL: not known */
		uint64_t least;
		enum ri_ram_fit fit;
		const char *word, *said;
	} cases[] = {
		{ NULL, 900, RI_RAM_NOT_KNOWN, "not known", "" },
		{ "memory: 1024\n", 0, RI_RAM_NOT_KNOWN, "not known", "" },
		{ "memory: 1024\n", 1024, RI_RAM_ENOUGH, "enough", "" },
		{ "memory: 1024\n", 1025, RI_RAM_TOO_LITTLE, "too little",
		    "its root does not get into RAM with its 1024 MiB of memory, it needs 1025 MiB, 1 more, and its "
		    "next start boots the disk; give it more (qm set 105 --memory 1025)" },
		/* Proxmox: "memory size (2049) must be aligned to 512 for hotplugging". */
		{ "memory: 2048\nhotplug: memory\n", 2049, RI_RAM_TOO_LITTLE, "too little",
		    "its root does not get into RAM with its 2048 MiB of memory, it needs 2049 MiB, 1 more, and its "
		    "next start boots the disk; give it more, and take memory off the list of what is hotplugged "
		    "(qm set 105 --memory 2049 --hotplug network,disk,usb)" },
		{ "memory: 2048\nballoon: 1000\n", 1025, RI_RAM_BALLOON, "balloon",
		    "of its 2048 MiB of memory, the balloon may take all but 1000 MiB, where its root needs 1025 MiB; "
		    "raise the minimum (qm set 105 --balloon 1025), or let it take nothing (--balloon 2048)" },
		{ "memory: 2048\nballoon: 1025\n", 1025, RI_RAM_ENOUGH, "enough", "" },
		{ "memory: 2048\nhotplug: memory\n", 1025, RI_RAM_HOTPLUG, "hotplug",
		    "of its 2048 MiB of memory, 1024 MiB are there when it starts, its root needs 1025 MiB, and whether "
		    "the rest is there in time is up to the guest's kernel (memhp_default_state=online); take memory off "
		    "the list of what is hotplugged (qm set 105 --hotplug network,disk,usb)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ri_vm_memory none = { 0 };
		struct ri_vm_memory m = cases[i].text ? of(cases[i].text, false) : none;
		RI_BUF said = { 0 };

		assert_int_equal(ri_ram_fit(cases[i].least, &m), cases[i].fit);
		assert_string_equal(ri_ram_fit_word(cases[i].fit), cases[i].word);
		ri_ram_fit_say(cases[i].least, &m, 105, &said);
		assert_string_equal(said.p ? said.p : "", cases[i].said);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
