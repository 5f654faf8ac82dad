// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The list of a guest's packages as SPDX has it. What the specification asks of a document is looked at by
 * tests/support/test_spdx.py, which takes these.
 */
#include "unit/report/documents.h"
#include "unit/report/results.h"

#include "host/json.h"
#include "report/spdx.h"

#define DPKG                                                                                       \
	"Package: libstdc++6\nStatus: install ok installed\n"                                      \
	"Maintainer: GCC Maintainers <gcc@lists.example>\nArchitecture: amd64\n"                   \
	"Source: gcc-12 (12.2.0-14)\nVersion: 12.2.0-14+b1\n\n"                                    \
	"Package: adduser\nStatus: install ok installed\nArchitecture: all\nVersion: 3.134\n\n"    \
	"Package: tar\nVersion: 1:1.34~rc1\nMaintainer: B\xe9"                                     \
	"la\n\nPackage: libstdc++6\n"                                                              \
	"Architecture: i386\nVersion: 12.2.0-14\nMaintainer: <a@b>\n\nPackage: no version\n"

/* A document of @dpkg, kept for the other test; for json_decref. */
static json_t *made(struct ri_facts *f, const char *dpkg, int64_t dated, const struct ri_job *job,
    struct ri_buf *text)
{
	struct ri_payload pl = result_payload;
	struct ri_err e = { 0 };
	json_t *j;

	ri_buf_add_str(&pl.packages.dpkg, dpkg);
	pl.left = result_left;
	pl.packages.rpm = !*dpkg;
	pl.pack.dated = dated;
	check_ok("spdx", ri_report_spdx(job, f, &pl, text, &e), &e);
	ri_buf_free(&pl.packages.dpkg);
	keep_document(ri_buf_span(text));
	j = json_loadb(text->p, text->n, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(j);
	return j;
}

static const char *at(json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	if (!s)
		fail_msg("there is no %s", key);
	return s;
}

/* A package of the document, its purl, source and supplier. */
static void check_package(json_t *p, const char *name, const char *version, const char *purl,
    const char *source, const char *supplier)
{
	json_t *ref = json_array_get(json_object_get(p, "externalRefs"), 0);

	assert_string_equal(at(p, "name"), name);
	assert_string_equal(at(p, "versionInfo"), version);
	assert_string_equal(at(ref, "referenceLocator"), purl);
	assert_string_equal(at(p, "sourceInfo"), source);
	assert_string_equal(at(p, "supplier"), supplier);
	assert_string_equal(at(p, "downloadLocation"), "NOASSERTION");
}

static void test_packages(void **state)
{
	const struct ri_job job = { 0 };
	RI_BUF text = { 0 };
	RI_JSON j = made(*state, DPKG, 1686387600, &job, &text);
	json_t *p = json_object_get(j, "packages");

	assert_int_equal(json_array_size(p), 5);
	assert_string_equal(at(json_array_get(p, 0), "name"), "Debian GNU/Linux");
	assert_string_equal(at(json_array_get(p, 0), "packageFileName"), "archive.tar.gz");
	check_package(json_array_get(p, 1), "adduser", "3.134",
	    "pkg:deb/debian/adduser@3.134?arch=all&distro=debian-12",
	    "built from the source package adduser 3.134", "NOASSERTION");
	check_package(json_array_get(p, 2), "libstdc++6", "12.2.0-14+b1",
	    "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bb1?arch=amd64&distro=debian-12",
	    "built from the source package gcc-12 12.2.0-14",
	    "Organization: GCC Maintainers (gcc@lists.example)");
	check_package(json_array_get(p, 3), "libstdc++6", "12.2.0-14",
	    "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14?arch=i386&distro=debian-12",
	    "built from the source package libstdc++6 12.2.0-14", "NOASSERTION");
	/* JSON has no byte that is not UTF-8. */
	check_package(json_array_get(p, 4), "tar", "1:1.34~rc1",
	    "pkg:deb/debian/tar@1:1.34~rc1?distro=debian-12",
	    "built from the source package tar 1:1.34~rc1", "Organization: B?la");
	assert_non_null(strstr(at(j, "comment"), " 1 entries are left out"));
	assert_string_equal(at(json_object_get(j, "creationInfo"), "created"),
	    "2023-06-10T09:00:00Z");
	assert_int_equal(strncmp(at(j, "documentNamespace"),
			     "https://spdx.org/spdxdocs/ramimg-" RESULT_BUILD "-", 66),
	    0);
}

/* Whatever a guest's clock and os-release say. */
static void test_time_and_system(void **state)
{
	static const struct {
		int64_t dpkg, date;
		bool dated;
		const char *want;
	} rows[] = {
		{ 0, 0, false, "1970-01-01T00:00:00Z" },
		{ -5, 0, false, "1970-01-01T00:00:00Z" },
		{ INT64_MAX, 0, false, "9999-12-31T23:59:59Z" },
		{ 5, 951782400, true, "2000-02-29T00:00:00Z" },
		{ 5, 0, true, "1970-01-01T00:00:00Z" },
	};
	struct ri_facts *f = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct ri_job job = { .dated = rows[i].dated, .source_date = rows[i].date };
		RI_BUF text = { 0 };
		RI_JSON j = made(f, "Package: a\nVersion: 1\n", rows[i].dpkg, &job, &text);

		assert_string_equal(at(json_object_get(j, "creationInfo"), "created"),
		    rows[i].want);
	}
	free(f->os.id);
	free(f->os.version_id);
	f->os.id = strdup("a/..?b");
	f->os.version_id = strdup("");
	{
		const struct ri_job job = { 0 };
		RI_BUF text = { 0 };
		RI_JSON j = made(f, "Package: a\nVersion: 1\n", 0, &job, &text);
		json_t *p = json_object_get(j, "packages");

		assert_null(json_object_get(json_array_get(p, 0), "versionInfo"));
		check_package(json_array_get(p, 1), "a", "1",
		    "pkg:deb/a%2F..%3Fb/a@1?distro=a%2F..%3Fb", "built from the source package a 1",
		    "NOASSERTION");
	}
}

/* A guest with rpm: the document says what is not in it. The same input gives the same document. */
static void test_without_packages(void **state)
{
	const struct ri_job job = { 0 };
	RI_BUF text = { 0 };
	RI_BUF again = { 0 };
	RI_JSON j = made(*state, "", 0, &job, &text);
	RI_JSON same = made(*state, "", 0, &job, &again);

	assert_int_equal(json_array_size(json_object_get(j, "packages")), 1);
	assert_non_null(strstr(at(j, "comment"), "has no such list"));
	assert_non_null(strstr(at(j, "comment"), "rpm, whose packages are not listed"));
	check_span("twice", ri_buf_span(&again), ri_buf_span(&text));
	assert_non_null(same);
}

static int set_up(void **state)
{
	static struct ri_facts facts;

	(void)result_plan;
	(void)result_verdict;
	fx_facts(&facts);
	*state = &facts;
	return 0;
}

static int tear_down(void **state)
{
	ri_facts_free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_packages, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_time_and_system, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_without_packages, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
