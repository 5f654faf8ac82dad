// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "loader/identity.h"

#include <stdlib.h>

#define ID "0123456789abcdef0123456789abcdef"

/** A pax header block of @type whose size field says @size, followed by @records. */
static struct ri_buf global_header(char type, const char *records, size_t size)
{
	struct ri_buf b = { 0 };
	char h[512] = "pax_global_header";
	unsigned sum = 0;

	memcpy(h + 100, "0000644", 8);
	snprintf(h + 124, 12, "%011o", (unsigned)size);
	h[156] = type;
	memcpy(h + 257, "ustar\00000", 8);
	memset(h + 148, ' ', 8);
	for (size_t i = 0; i < sizeof h; i++)
		sum += (unsigned char)h[i];
	snprintf(h + 148, 8, "%06o", sum);
	ri_buf_add(&b, h, sizeof h);
	ri_buf_add_str(&b, records);
	while (b.n % 512)
		ri_buf_add(&b, "", 1);
	return b;
}

#define FOREIGN "not an archive that ramimg built: it begins without a build id"

static const struct {
	const char *name, *records;
	char type;
	const char *msg; /* NULL: accepted */
} rows[] = {
	{ "as built", "57 comment=ramimg build " ID "\n", 'g', NULL },
	{ "second record", "9 abc=de\n57 comment=ramimg build " ID "\n", 'g', NULL },
	{ "not global", "57 comment=ramimg build " ID "\n", 'x', FOREIGN },
	{ "no record", "", 'g', FOREIGN },
	{ "another comment", "16 comment=hello\n", 'g', FOREIGN },
	{ "record too long", "58 comment=ramimg build " ID "\n", 'g', FOREIGN },
	{ "record too short", "56 comment=ramimg build " ID "\n", 'g', FOREIGN },
	{ "endless length", "99999999999999999999999 comment=ramimg build " ID "\n", 'g', FOREIGN },
	{ "id too long", "58 comment=ramimg build " ID "0\n", 'g', FOREIGN },
	{ "id cut", "56 comment=ramimg build 0123456789abcdef0123456789abcde\n", 'g', FOREIGN },
	{ "another build", "57 comment=ramimg build 00000000000000000000000000000000\n", 'g',
	    "the archive is of build 00000000000000000000000000000000, the initrd of build " ID },
};

static void identity_is_compared(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_BUF tar = global_header(rows[i].type, rows[i].records, strlen(rows[i].records));
		struct ri_err e = { 0 };
		int rc = ri_identity_check(ri_buf_span(&tar), ID, &e);

		if (rows[i].msg)
			check_err(rows[i].name, rc, &e, RI_E_VERIFY, rows[i].msg);
		else
			check_ok(rows[i].name, rc, &e);
	}
}

/* Whatever bit of the header's block or of the id changes, the archive is another's. */
static void every_bit_counts(void **state)
{
	RI_BUF tar = global_header('g', "57 comment=ramimg build " ID "\n", 57);

	(void)state;
	for (size_t bit = 0; bit < (512 + 57) * 8; bit++) {
		struct ri_err e = { 0 };
		/* Of the checksum field only six digits count: tar(5), NUL and blank end it. */
		bool spare = bit / 8 == 154 || bit / 8 == 155;

		tar.p[bit / 8] = (char)(tar.p[bit / 8] ^ 1 << bit % 8);
		if (!spare && ri_identity_check(ri_buf_span(&tar), ID, &e) == 0)
			fail_msg("bit %zu of byte %zu passed", bit % 8, bit / 8);
		tar.p[bit / 8] = (char)(tar.p[bit / 8] ^ 1 << bit % 8);
	}
}

static void short_streams_are_foreign(void **state)
{
	RI_BUF tar = global_header('g', "57 comment=ramimg build " ID "\n", 57);

	(void)state;
	for (size_t n = 0; n < tar.n; n++) {
		struct ri_err e = { 0 };
		RI_FREE char *exact = malloc(n + 1);

		assert_non_null(exact);
		memcpy(exact, tar.p, n);
		check_err("cut", ri_identity_check(ri_span(exact, n), ID, &e), &e, RI_E_VERIFY,
		    FOREIGN);
	}
}

static const struct {
	const char *path, *msg;
} names[] = {
	{ "./", NULL },
	{ ".", NULL },
	{ "./usr/bin/..data", NULL },
	{ "a..", NULL },
	{ "...", NULL },
	{ "a/...b/c", NULL },
	{ "", "hostile archive: a member without a name" },
	{ "/etc/passwd", "hostile archive: the absolute name \"/etc/passwd\"" },
	{ "..", "hostile archive: the name \"..\" leads out" },
	{ "../x", "hostile archive: the name \"../x\" leads out" },
	{ "a/../b", "hostile archive: the name \"a/../b\" leads out" },
	{ "a/..", "hostile archive: the name \"a/..\" leads out" },
	{ "./..//x", "hostile archive: the name \"./..//x\" leads out" },
};

static void names_are_vetted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct ri_err e = { 0 };
		int rc = ri_member_name_check(names[i].path, &e);

		if (names[i].msg)
			check_err(names[i].path, rc, &e, RI_E_VERIFY, names[i].msg);
		else
			check_ok(names[i].path, rc, &e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identity_is_compared),
		cmocka_unit_test(every_bit_counts),
		cmocka_unit_test(short_streams_are_foreign),
		cmocka_unit_test(names_are_vetted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
