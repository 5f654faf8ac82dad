// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The signature over manifest.json: by the real openssl, and by one that fails. */
#include "unit/check.h"
#include "unit/run.h"
#include "unit/tmpdir.h"

#include "build/artifacts_check.h"
#include "build/artifacts_dir.h"
#include "build/signature.h"
#include "plan/verdict.h"

#define MANIFEST "{\"format\": \"ramimg.build/1\"}\n"

/* Keys of the kinds that openssl signs with, and one that is encrypted in each way. */
#define KEYS                                                                                       \
	"key() { openssl genpkey -quiet -out $1.pem -algorithm $2 $3 $4; "                         \
	"openssl pkey -in $1.pem -pubout -out $1.pub; }; "                                         \
	"key ed Ed25519; key other Ed25519; key rsa RSA -pkeyopt rsa_keygen_bits:2048; "           \
	"key ec EC -pkeyopt ec_paramgen_curve:P-256; "                                             \
	"openssl pkey -in ed.pem -aes256 -passout pass:secret -out locked.pem; "                   \
	"openssl rsa -in rsa.pem -aes256 -passout pass:secret -traditional -out old.pem 2>/dev/null; "

static char path_before[4096];

static int set_up(void **state)
{
	if (tmp_set_up(state) < 0)
		return -1;
	snprintf(path_before, sizeof path_before, "%s", getenv("PATH"));
	RUN(tmpdir, NULL, NULL, "sh", "-ec", KEYS "mkdir bin d");
	spit(tmp_path("d/manifest.json"), ri_str(MANIFEST));
	return 0;
}

static int tear_down(void **state)
{
	assert_int_equal(setenv("PATH", path_before, 1), 0);
	return tmp_tear_down(state);
}

static void sign(const char *key)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };
	struct ri_err e = { 0 };

	check_ok("open", ri_dir_open(tmp_path("d"), 0, &d, &e), &e);
	check_ok("sign", ri_signature_make(key, &d, &e), &e);
}

/* @return what check says of the directory as it is, with the reason in @why. */
static enum ri_signature look(const char *key, const char *manifest, const char *signed_by,
    struct ri_buf *why)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };
	enum ri_signature s = RI_SIGNATURE_NONE;
	struct ri_err e = { 0 };

	check_ok("open", ri_dir_open_any(tmp_path("d"), &d, &e), &e);
	check_ok("check", ri_signature_check(&d, key, ri_str(manifest), signed_by, &s, why, &e),
	    &e);
	assert_int_equal(why->n > 0, s == RI_SIGNATURE_BAD || s == RI_SIGNATURE_MISSING);
	return s;
}

/* By each kind of key; what was changed, or made by another key of the same kind, is found. */
static void test_each_kind(void **state)
{
	static const char *const kinds[] = { "ed", "rsa", "ec" };

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		char pem[16], pub[16], id[RI_SHA256_HEX + 1];
		struct ri_err e = { 0 };
		RI_BUF why = { 0 };

		snprintf(pem, sizeof pem, "%s.pem", kinds[i]);
		snprintf(pub, sizeof pub, "%s.pub", kinds[i]);
		check_ok(pem, ri_signature_check_key(tmp_path(pem), id, &e), &e);
		assert_int_equal(strlen(id), RI_SHA256_HEX);
		sign(tmp_path(pem));
		assert_int_equal(look(tmp_path(pub), MANIFEST, id, &why), RI_SIGNATURE_GOOD);
		assert_int_equal(look(tmp_path(pub), MANIFEST " ", id, &why), RI_SIGNATURE_BAD);
		assert_non_null(strstr(why.p, "was changed"));
		why.n = 0;
		assert_int_equal(look(tmp_path("other.pub"), MANIFEST, id, &why), RI_SIGNATURE_BAD);
		assert_non_null(strstr(why.p, "another key than "));
	}
}

/* An id is of the key and not of its file: it is what sha256sum says of openssl's DER. */
static void test_id(void **state)
{
	char id[RI_SHA256_HEX + 1];
	struct ri_err e = { 0 };
	RI_BUF want = { 0 };

	(void)state;
	check_ok("key", ri_signature_check_key(tmp_path("ed.pem"), id, &e), &e);
	RUN(tmpdir, NULL, tmp_path("id"), "sh", "-ec",
	    "openssl pkey -in ed.pem -pubout -outform DER | sha256sum | cut -c1-64 | tr -d '\\n'");
	slurp(tmp_path("id"), &want);
	check_span("id", ri_str(id), ri_buf_span(&want));
}

static void test_without(void **state)
{
	RI_BUF why = { 0 };

	(void)state;
	assert_int_equal(look(NULL, MANIFEST, NULL, &why), RI_SIGNATURE_NONE);
	assert_int_equal(look(tmp_path("ed.pub"), MANIFEST, NULL, &why), RI_SIGNATURE_MISSING);
	assert_non_null(strstr(why.p, "manifest.json.sig is missing"));
	why.n = 0;
	sign(tmp_path("ed.pem"));
	assert_int_equal(look(NULL, MANIFEST, NULL, &why), RI_SIGNATURE_UNCHECKED);
}

/* What somebody put in its place. */
static void test_damaged(void **state)
{
	static const struct {
		const char *change, *want;
	} rows[] = {
		{ "truncate -s 0 d/manifest.json.sig", "is empty" },
		{ "truncate -s 63 d/manifest.json.sig", "is cut off or damaged: it has 63 bytes" },
		{ "echo >>d/manifest.json.sig", "is cut off or damaged: it has 65 bytes" },
		{ "truncate -s 70000 d/manifest.json.sig", "is too long for a signature" },
		{ "head -c 64 /dev/zero >d/manifest.json.sig", "was changed" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_BUF why = { 0 };

		sign(tmp_path("ed.pem"));
		RUN(tmpdir, NULL, NULL, "sh", "-ec", rows[i].change);
		assert_int_equal(look(tmp_path("ed.pub"), MANIFEST, NULL, &why), RI_SIGNATURE_BAD);
		if (!strstr(why.p, rows[i].want))
			fail_msg("%s: %s", rows[i].change, why.p);
	}
}

/* Before anything is built. */
static void test_keys_that_do_not_sign(void **state)
{
	static const struct {
		const char *key, *want;
	} rows[] = {
		{ "none.pem", "No such file" },
		{ "d", "is not a file" },
		{ "locked.pem", "is encrypted, and a build asks nobody for a passphrase" },
		{ "old.pem", "is encrypted, and a build asks nobody for a passphrase" },
		{ "ed.pub",
		    "is no private key in a form that openssl reads, such as PEM (openssl: " },
		{ "d/manifest.json", "is no private key" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char id[RI_SHA256_HEX + 1];
		struct ri_err e = { 0 };

		assert_int_equal(ri_signature_check_key(tmp_path(rows[i].key), id, &e), -1);
		if (e.code != RI_E_USAGE || !strstr(e.msg, rows[i].want))
			fail_msg("%s: %s", rows[i].key, e.msg);
	}
}

/* A private key proves nothing that its public half would not, and who checks should not have it. */
static void test_keys_that_do_not_check(void **state)
{
	static const char *const keys[] = { "none.pub", "d", "ed.pem", "d/manifest.json" };

	(void)state;
	sign(tmp_path("ed.pem"));
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		RI_ON_EXIT(ri_verdict_free) struct ri_verdict v = { 0 };
		struct ri_err e = { 0 };

		assert_int_equal(ri_artifacts_check(tmp_path("d"), tmp_path(keys[i]), &v, &e), -1);
		assert_int_equal(e.code, RI_E_USAGE);
		assert_non_null(strstr(e.msg, "is no public key"));
	}
}

/* Of what is not signed by that key nothing else is looked at. */
static void test_first(void **state)
{
	RI_ON_EXIT(ri_verdict_free) struct ri_verdict v = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	sign(tmp_path("other.pem"));
	spit(tmp_path("d/manifest.json"), ri_str("not even JSON"));
	check_ok("bad", ri_artifacts_check(tmp_path("d"), tmp_path("ed.pub"), &v, &e), &e);
	assert_int_equal(v.n, 1);
	assert_int_equal(v.bad, 1);
	assert_string_equal(v.v[0].what, "signature");
	assert_string_equal(v.signature, "bad");
}

/* A signature of the build before does not stay beside a manifest that nobody signed. */
static void test_replaced(void **state)
{
	RI_ON_EXIT(ri_artifacts_close) struct ri_artifacts o = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	sign(tmp_path("ed.pem"));
	assert_int_equal(tmp_count(tmp_path("d")), 2);
	check_ok("open", ri_artifacts_open(tmp_path("d"), &o, &e), &e);
	check_ok("put", ri_dir_put(&o.making, "manifest.json", ri_str("{}"), 0600, &e), &e);
	check_ok("keep", ri_artifacts_keep(&o, &e), &e);
	ri_artifacts_close(&o);
	assert_int_equal(tmp_count(tmp_path("d")), 1);
}

/* Only the directory bin is left of PATH, with an openssl that is @script, if that is not NULL. */
static void only(const char *script)
{
	if (script)
		spit(tmp_path("bin/openssl"), ri_str(script));
	if (script)
		assert_int_equal(chmod(tmp_path("bin/openssl"), 0755), 0);
	assert_int_equal(setenv("PATH", tmp_path("bin"), 1), 0);
}

static void test_openssl_fails(void **state)
{
	static const struct {
		const char *script, *key, *make, *check;
	} rows[] = {
		{ NULL, "there is no openssl", "there is no openssl", "there is no openssl" },
		{ "#!/bin/sh\necho broken >&2\nexit 3\n", "is no private key",
		    "could not sign manifest.json (openssl: broken)", "is no public key" },
		{ "#!/bin/sh\nkill -9 $$\n", "is no private key", "could not sign manifest.json",
		    "is no public key" },
		{ "#!/bin/sh\n[ $1 = pkeyutl ] && exit 2\n[ $6 != -noout ] && echo x\n", NULL,
		    "could not sign manifest.json", "could not check the signature" },
		{ "#!/bin/sh\nexit 0\n", "is no private key", "No such file", "is no public key" },
	};

	(void)state;
	sign(tmp_path("ed.pem"));
	RUN(tmpdir, NULL, NULL, "mkdir", "empty");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 }, empty = { 0 };
		struct ri_err e[3] = { { 0 }, { 0 }, { 0 } };
		char id[RI_SHA256_HEX + 1];
		enum ri_signature s;
		RI_BUF why = { 0 };

		only(rows[i].script);
		check_ok("open", ri_dir_open(tmp_path("d"), 0, &d, &e[0]), &e[0]);
		check_ok("open", ri_dir_open(tmp_path("empty"), 0, &empty, &e[0]), &e[0]);
		assert_int_equal(ri_signature_check_key(tmp_path("ed.pem"), id, &e[0]),
		    rows[i].key ? -1 : 0);
		assert_int_equal(ri_signature_make(tmp_path("ed.pem"), &empty, &e[1]), -1);
		assert_int_equal(ri_signature_check(&d, tmp_path("ed.pub"), ri_str(MANIFEST), NULL,
				     &s, &why, &e[2]),
		    -1);
		if ((rows[i].key && !strstr(e[0].msg, rows[i].key)) ||
		    !strstr(e[1].msg, rows[i].make) || !strstr(e[2].msg, rows[i].check))
			fail_msg("%zu: %s; %s; %s", i, e[0].msg, e[1].msg, e[2].msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_each_kind, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_id, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_without, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_keys_that_do_not_sign, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_keys_that_do_not_check, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_replaced, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_openssl_fails, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
