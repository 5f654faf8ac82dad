// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* dpkg's list of packages, as dpkg writes it and as nobody should. */
#include "unit/check.h"

#include "os/dpkg.h"

/* A package as a line: name|version|arch|source|source's version|maintainer. */
static void add_line(struct ri_buf *out, const struct ri_dpkg *p)
{
	const struct ri_span fields[] = { p->name, p->version, p->arch, p->source,
		p->source_version, p->maintainer };

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		ri_buf_add_str(out, i > 0 ? "|" : "");
		ri_buf_add_span(out, fields[i]);
	}
	ri_buf_add_str(out, "\n");
}

#define INSTALLED "Status: install ok installed\n"

static const struct {
	const char *name;
	struct ri_span in;
	const char *want;
	size_t odd;
} cases[] = {
	{ "empty", BYTES(""), "", 0 },
	{ "blank lines", BYTES("\n \n\t\n\n"), "", 0 },
	{ "as dpkg writes it",
	    BYTES("Package: libc6\n" INSTALLED
		  "Priority: optional\nSection: libs\nInstalled-Size: 12984\n"
		  "Maintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>\n"
		  "Architecture: amd64\nMulti-Arch: same\nSource: glibc\nVersion: 2.36-9+deb12u4\n"
		  "Conffiles:\n /etc/ld.so.conf.d/x86_64-linux-gnu.conf d4e7a7b8\n"
		  "Description: GNU C Library\n Package: not-one\n .\n Version: 9\n\n"
		  "Package: adduser\n" INSTALLED "Maintainer: Debian Adduser Developers\n"
		  "Architecture: all\nVersion: 3.134\n"),
	    "adduser|3.134|all|adduser|3.134|Debian Adduser Developers\n"
	    "libc6|2.36-9+deb12u4|amd64|glibc|2.36-9+deb12u4|"
	    "GNU Libc Maintainers <debian-glibc@lists.debian.org>\n",
	    0 },
	{ "a source of another version",
	    BYTES("Package: b\nVersion: 1:2~rc1-1+b1\nSource: a (1:2~rc1-1)\n"),
	    "b|1:2~rc1-1+b1||a|1:2~rc1-1|\n", 0 },
	{ "states",
	    BYTES("Package: a\nVersion: 1\nStatus: deinstall ok config-files\n\n"
		  "Package: b\nStatus: purge ok not-installed\n\n"
		  "Package: c\nVersion: 1\nStatus: install ok half-configured\n\n"
		  "Package: d\nVersion: 1\nStatus: install ok unpacked\n\n"
		  "Package: e\nVersion: 1\nStatus: hold ok installed\n\n"
		  "Package: f\nVersion: 1\n"), /* as of status.d, which has no states */
	    "c|1||c|1|\nd|1||d|1|\ne|1||e|1|\nf|1||f|1|\n", 0 },
	{ "sorted by name, architecture and version, and none twice",
	    BYTES("Package: b\nVersion: 1\nArchitecture: i386\n\n"
		  "Package: b\nVersion: 1\nArchitecture: amd64\n\n"
		  "Package: a+\nVersion: 2\n\nPackage: a\nVersion: 2\n\n"
		  "Package: a\nVersion: 1\n\nPackage: a\nVersion: 2\n"),
	    "a|1||a|1|\na|2||a|2|\na+|2||a+|2|\nb|1|amd64|b|1|\nb|1|i386|b|1|\n", 0 },
	{ "either case, CR LF, blanks around",
	    BYTES("PACKAGE:a\r\nversion:   1  \r\n\r\nPackage :\tb\nVersion: 1\n"), "a|1||a|1|\n",
	    1 },
	{ "no name, no version, odd ones",
	    BYTES("Version: 1\n\nPackage: a\n\nPackage: a b\nVersion: 1\n\n"
		  "Package: ../x\nVersion: 1\n\nPackage: \xc3\xa9\nVersion: 1\n\n"
		  "Package: g\nVersion: 1 2\n\nPackage: h\nVersion: 1\n"),
	    "h|1||h|1|\n", 6 },
	{ "odd fields are left out of a good entry",
	    BYTES(
		"Package: a\nVersion: 1\nArchitecture: am d64\nSource: x y\n"
		"Maintainer: A\033[2J <a@b>\n\n"
		"Package: b\nVersion: 1\nSource: b (\n\nPackage: c\nVersion: 1\nSource: ()\n\n"
		"Package: d\nVersion: 1\nSource: )(\n\nPackage: e\nVersion: 1\nSource: z (a b)\n"),
	    "a|1||a|1|\nb|1||b|1|\nc|1||c|1|\nd|1||d|1|\ne|1||z|1|\n", 0 },
	{ "bytes that are nothing", BYTES("\0\0\0\n:\n::\nPackage\n\nPackage: a\0b\nVersion: 1\n"),
	    "", 2 },
	{ "the last of a field counts, and no line end is needed",
	    BYTES("Package: a\nPackage: b\nVersion: 1\nVersion: 2"), "b|2||b|2|\n", 0 },
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		RI_ON_EXIT(ri_dpkgs_free) struct ri_dpkgs d = { 0 };
		struct ri_err e = { 0 };
		RI_BUF got = { 0 };

		check_ok(cases[i].name, ri_dpkg_parse(cases[i].in, &d, &e), &e);
		for (size_t k = 0; k < d.n; k++)
			add_line(&got, &d.v[k]);
		check_span(cases[i].name, ri_buf_span(&got), ri_str(cases[i].want));
		if (d.odd != cases[i].odd)
			fail_msg("%s: %zu odd ones", cases[i].name, d.odd);
		assert_false(d.cut);
	}
}

static void test_lengths(void **state)
{
	static const struct {
		const char *field;
		size_t most;
	} rows[] = { { "Package", 255 }, { "Version", 255 }, { "Architecture", 63 },
		{ "Maintainer", 511 }, { "Source", 255 } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t more = 0; more < 2; more++) {
			RI_ON_EXIT(ri_dpkgs_free) struct ri_dpkgs d = { 0 };
			struct ri_err e = { 0 };
			RI_BUF in = { 0 };
			size_t n;

			ri_buf_add_str(&in, "Package: p\nVersion: 1\n");
			ri_buf_addf(&in, "%s: ", rows[i].field);
			for (size_t k = 0; k < rows[i].most + more; k++)
				ri_buf_add_str(&in, "1");
			check_ok(rows[i].field, ri_dpkg_parse(ri_buf_span(&in), &d, &e), &e);
			if (i < 2 && more) {
				assert_int_equal(d.n, 0);
				assert_int_equal(d.odd, 1);
				continue;
			}
			assert_int_equal(d.n, 1);
			n = (const size_t[]){ d.v->name.n, d.v->version.n, d.v->arch.n,
				d.v->maintainer.n, d.v->source.n }[i];
			/* Without one of its own, the source has the package's name. */
			assert_int_equal(n, more ? i == 4 : rows[i].most);
		}
}

static void test_too_many(void **state)
{
	RI_ON_EXIT(ri_dpkgs_free) struct ri_dpkgs d = { 0 };
	struct ri_err e = { 0 };
	RI_BUF in = { 0 };

	(void)state;
	for (unsigned i = 0; i <= RI_DPKG_MAX; i++)
		ri_buf_addf(&in, "Package: p%u\nVersion: 1\n\n", i);
	check_ok("too many", ri_dpkg_parse(ri_buf_span(&in), &d, &e), &e);
	assert_int_equal(d.n, RI_DPKG_MAX);
	assert_true(d.cut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
