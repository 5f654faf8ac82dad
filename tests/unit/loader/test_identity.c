// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "loader/identity.h"

#include <fcntl.h>
#include <sys/mman.h>

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

/* An archive of @kind that ends with @tar, filled up to the header's two blocks, and the unit's @trailer. */
static int check_end(struct ri_span tar, char *kind, size_t trailer, struct ri_err *e)
{
	struct ri_manifest m = { .build_id = ID, .compression = kind };
	RI_FD int fd = memfd_create("archive", MFD_CLOEXEC);
	RI_BUF all = { 0 };

	ri_buf_add_str(&all, "compressed");
	ri_buf_add_span(&all, tar);
	while (all.n < strlen("compressed") + 1024 + trailer)
		ri_buf_add(&all, "", 1);
	assert_int_equal(write(fd, all.p, all.n), all.n);
	return ri_identity_check(fd, &m, e);
}

static int check(struct ri_span tar, struct ri_err *e)
{
	char gzip[] = "gzip";

	return check_end(tar, gzip, 8, e);
}

#define FOREIGN "damaged, or not an archive that ramimg built: it ends without a build id"

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
		int rc = check(ri_buf_span(&tar), &e);

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
		if (!spare && check(ri_buf_span(&tar), &e) == 0)
			fail_msg("bit %zu of byte %zu passed", bit % 8, bit / 8);
		tar.p[bit / 8] = (char)(tar.p[bit / 8] ^ 1 << bit % 8);
	}
}

/* Of any length up to that of the identity and what is behind it: there is none. */
static void short_files_are_foreign(void **state)
{
	RI_BUF tar = global_header('g', "57 comment=ramimg build " ID "\n", 57);
	char gzip[] = "gzip";

	(void)state;
	for (size_t n = 0; n < tar.n + 8; n++) {
		const struct ri_manifest m = { .build_id = ID, .compression = gzip };
		RI_FD int fd = memfd_create("archive", MFD_CLOEXEC);
		struct ri_err e = { 0 };
		size_t some = n < tar.n ? n : tar.n;

		assert_int_equal(write(fd, tar.p, some), some);
		assert_int_equal(ftruncate(fd, (off_t)n), 0);
		check_err("cut", ri_identity_check(fd, &m, &e), &e, RI_E_VERIFY, FOREIGN);
	}
}

/* Behind it is what the compression puts behind a unit's content, and nothing else. */
static void its_place_is_the_end(void **state)
{
	RI_BUF tar = global_header('g', "57 comment=ramimg build " ID "\n", 57);
	char gzip[] = "gzip", zstd[] = "zstd", lz4[] = "lz4";

	(void)state;
	for (size_t trailer = 0; trailer < 16; trailer++) {
		struct ri_err e = { 0 };

		assert_int_equal(check_end(ri_buf_span(&tar), gzip, trailer, &e) == 0,
		    trailer == 8);
		assert_int_equal(check_end(ri_buf_span(&tar), zstd, trailer, &e) == 0,
		    trailer == 4);
		assert_int_equal(check_end(ri_buf_span(&tar), lz4, trailer, &e) == 0, trailer == 8);
	}
}

/* A foreign archive is not looked at; one that cannot be read is no stranger. */
static void what_cannot_be_read(void **state)
{
	char gzip[] = "gzip";
	struct ri_manifest m = { .build_id = ID, .compression = gzip, .foreign = true };
	RI_FD int dir = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct ri_err e = { 0 };

	(void)state;
	check_ok("foreign", ri_identity_check(-1, &m, &e), &e);
	m.foreign = false;
	check_err("no file", ri_identity_check(-1, &m, &e), &e, RI_E_IO,
	    "examining it: Bad file descriptor");
	check_err("a directory", ri_identity_check(dir, &m, &e), &e, RI_E_IO,
	    "reading its end: Is a directory");
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
		cmocka_unit_test(short_files_are_foreign),
		cmocka_unit_test(its_place_is_the_end),
		cmocka_unit_test(what_cannot_be_read),
		cmocka_unit_test(names_are_vetted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
