// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The names in /boot, a line each; a * at the end: not empty. Behind "--" those in /lib/modules. */
#include "fuzz.h"
#include "os/kernels.h"
#include "os/version.h"

enum { FILES_MAX = 64 };

static size_t read_names(struct ri_span text, struct ri_strv *names, struct ri_boot_file *files)
{
	struct ri_span line;
	struct ri_err e = { 0 };
	size_t n = 0;

	while (n < FILES_MAX && ri_span_line(&text, &line)) {
		bool full;

		line = ri_span_chomp(line);
		full = line.n > 0 && line.p[line.n - 1] == '*';
		line.n -= full ? 1 : 0;
		FUZZ_CHECK(fuzz_ok(ri_strv_add_span(names, line, &e), &e));
		files[n] = (struct ri_boot_file){ names->v[n], full };
		n++;
	}
	return n;
}

/** A total order: every three names agree. */
static void check_order(const struct ri_strv *names)
{
	size_t n = names->n < 8 ? names->n : 8;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++) {
			int ij = ri_version_cmp(names->v[i], names->v[j]);

			FUZZ_CHECK((ij < 0) == (ri_version_cmp(names->v[j], names->v[i]) > 0));
			FUZZ_CHECK((ij == 0) == (strcmp(names->v[i], names->v[j]) == 0));
			for (size_t k = 0; k < n; k++)
				if (ij < 0 && ri_version_cmp(names->v[j], names->v[k]) < 0)
					FUZZ_CHECK(ri_version_cmp(names->v[i], names->v[k]) < 0);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ri_span rest = fuzz_input(data, size);
	struct ri_span boot = fuzz_part(&rest);
	struct ri_boot_file files[FILES_MAX], ignored[FILES_MAX];
	RI_ON_EXIT(ri_kernels_free) struct ri_kernels k = { 0 };
	RI_STRV names = { 0 };
	RI_STRV modules = { 0 };
	struct ri_err e = { 0 };
	size_t n = read_names(boot, &names, files);

	read_names(rest, &modules, ignored);
	check_order(&names);
	if (!fuzz_ok(ri_kernels_find(files, n, &modules, &k, &e), &e)) {
		FUZZ_CHECK(!k.v && k.n == 0);
		return 0;
	}
	FUZZ_CHECK(k.n > 0);
	FUZZ_CHECK(ri_kernels_prefer(&k, k.v[k.n - 1].version));
	for (size_t i = 0; i < k.passed_n; i++)
		FUZZ_CHECK(*k.passed[i].version && !strpbrk(k.passed[i].why, "\"'$\n"));
	for (size_t i = 0; i < k.n; i++) {
		FUZZ_CHECK(ri_strv_has(&modules, k.v[i].version));
		FUZZ_CHECK(ri_strv_has(&names, k.v[i].image + strlen("/boot/")));
		FUZZ_CHECK(ri_strv_has(&names, k.v[i].initrd + strlen("/boot/")));
		FUZZ_CHECK(strstr(k.v[i].image, k.v[i].version));
		FUZZ_CHECK(!strpbrk(k.v[i].image + strlen("/boot/"), "/ \"'$\n"));
	}
	return 0;
}
