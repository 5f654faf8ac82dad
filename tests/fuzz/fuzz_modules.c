// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* modules.dep, and behind "--" modules.builtin; either may be a kernel's configuration as well. */
#include "fuzz.h"
#include "os/kernel_modules.h"

static void check_file(const struct ri_module_files *f, size_t i)
{
	const struct ri_module_file *v = &f->v[i];

	FUZZ_CHECK(!v->open && *v->name && *v->path && v->path[0] != '/');
	FUZZ_CHECK(strspn(v->path, ".") != 2 || v->path[2] != '/');
	FUZZ_CHECK(!strstr(v->path, "/../") && !strstr(v->path, "//"));
	FUZZ_CHECK(!strpbrk(v->name, "./ \n\"'$") && strstr(v->path, v->name));
	for (size_t k = 0; k < i; k++)
		FUZZ_CHECK(strcmp(f->v[k].path, v->path) != 0);
}

static bool is_known(const char *lacks)
{
	return !lacks || strncmp(lacks, "CONFIG_", 7) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "loop", "squashfs", "overlay", NULL };
	struct ri_span rest = fuzz_input(data, size);
	struct ri_span dep = fuzz_part(&rest);
	const struct ri_module_lists lists = { dep, rest };
	struct ri_module_files f = { 0 };
	struct ri_err e = { 0 };

	FUZZ_CHECK(is_known(ri_kernel_config_lacks(dep, "zstd")));
	FUZZ_CHECK(is_known(ri_kernel_config_lacks(rest, "lz4")));
	if (!fuzz_ok(ri_module_files_find(&lists, names, &f, &e), &e))
		return 0;
	FUZZ_CHECK(f.n <= RI_MODULES_FILES_MAX);
	for (size_t i = 0; i < f.n; i++)
		check_file(&f, i);
	return 0;
}
