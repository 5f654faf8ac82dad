// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An fstab is read as libmount reads it: findmnt(8) is asked about the same file. Lines that end before their type
 * are not in it: util-linux 2.41's findmnt does not survive them.
 */
#include "unit/check.h"
#include "unit/tmpdir.h"
#include "os/fstab.h"

#include <stdint.h>

static const char fields_of_all_kinds[] = "# a comment\n"
					  "UUID=22 / ext4 defaults 0 1\n"
					  "tmpfs /x tmpfs rw,nodev,,noexec, 0 0\n"
					  "192.0.2.7:/share /share nfs ,nofail,noatime 0 0\n"
					  "UUID=\"33\" /a\\040b ext4\n"
					  "/dev/sda1\t //srv///data// ext4  rw,noauto 0 0  \n\n"
					  "  LABEL=Data\\0401 /q ext4 context=\"x,noauto,y\" 0 0\n"
					  "/dev/sdb1 none swap sw\n"
					  "   # UUID=7 /t ext4\n"
					  "UUID=6 /s ext4 defaults 0 1 # behind it\n"
					  "UUID=8 /\\134u\\011 ext4 a=\\054 0 0";

/* The same numbers every time. */
static uint32_t any(uint32_t below)
{
	static uint32_t seed = 12345;

	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static void add_random(struct ri_buf *out)
{
	static const char *const pieces[] = { "a", "/", "=", ",", "\"", "'", "\\040", "\\134",
		"\\011", "#", "UUID=", "noauto", "x", "-", "\\04", ".", "\303\251" };

	for (uint32_t field = 0, n = 3 + any(2); field < n; field++) {
		/* What begins with "#" would be a comment, and a type or an option of nothing is no field. */
		ri_buf_add_str(out, field ? any(2) ? " " : "\t" : "");
		ri_buf_add_str(out, "f");
		for (uint32_t k = any(6); k > 0; k--)
			ri_buf_add_str(out, pieces[any(sizeof pieces / sizeof *pieces)]);
	}
	ri_buf_add_str(out, "\n");
}

/* findmnt --raw writes a field's odd bytes as \xNN, and nothing for one that is empty. */
static void decode(struct ri_span field, struct ri_buf *out)
{
	for (size_t i = 0; i < field.n; i++) {
		unsigned byte = (unsigned char)field.p[i];
		char c;

		if (field.n - i >= 4 && field.p[i] == '\\' && field.p[i + 1] == 'x') {
			assert_int_equal(sscanf(field.p + i + 2, "%2x", &byte), 1);
			i += 3;
		}
		c = (char)byte;
		ri_buf_add(out, &c, 1);
	}
}

static void check_field(struct ri_span ours, struct ri_span *theirs, const char *line)
{
	const char *end = memchr(theirs->p, ' ', theirs->n);
	size_t n = end ? (size_t)(end - theirs->p) : theirs->n;
	RI_BUF a = { 0 };
	RI_BUF b = { 0 };

	ri_fstab_unescape(ours, &a);
	decode(ri_span(theirs->p, n), &b);
	check_span(line, ri_buf_span(&a), ri_buf_span(&b));
	*theirs = ri_span_skip(*theirs, n < theirs->n ? n + 1 : n);
}

static void check_text(struct ri_span text)
{
	struct ri_fstab_entry en;
	size_t pos = 0, lineno = 0;
	char command[256], line[4096];
	FILE *f = fopen(tmp_path("fstab"), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text.p, 1, text.n, f), text.n);
	assert_int_equal(fclose(f), 0);
	snprintf(command, sizeof command,
	    "LC_ALL=C.UTF-8 findmnt --tab-file %s --raw --noheadings --output SOURCE,TARGET,FSTYPE,OPTIONS "
	    "2>/dev/null",
	    tmp_path("fstab"));
	f = popen(command, "r");
	assert_non_null(f);
	while (ri_fstab_next(text, &pos, &lineno, &en)) {
		struct ri_span theirs;

		assert_non_null(fgets(line, sizeof line, f));
		theirs = ri_span_chomp(ri_str(line));
		check_field(en.spec, &theirs, line);
		check_field(en.file, &theirs, line);
		check_field(en.type, &theirs, line);
		check_field(en.opts, &theirs, line);
	}
	assert_null(fgets(line, sizeof line, f));
	assert_int_equal(pclose(f), 0);
}

static void test_findmnt(void **state)
{
	RI_BUF text = { 0 };

	(void)state;
	check_text(ri_str(fields_of_all_kinds));
	for (unsigned i = 0; i < 500; i++)
		add_random(&text);
	check_text(ri_buf_span(&text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_findmnt, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
