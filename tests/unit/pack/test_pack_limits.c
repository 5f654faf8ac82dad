// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a tree may be, and how long its archive: at a limit it is packed, beyond it refused, whoever reads.
 */
#include "unit/check.h"

#include "unit/packing.h"

#include <archive.h>
#include <archive_entry.h>

/* A source of @files files, all of one length and of the same @data bytes at their beginning. */
struct many {
	struct ri_source base;
	struct archive_entry *entry;
	const char *path; /* of the last; the others are numbers */
	uint64_t files, length, at;
	struct ri_span data;
	bool given;
};

static int many_next(struct ri_source *base, struct archive_entry **entry, struct ri_err *e)
{
	struct many *m = (struct many *)base;
	char name[32];

	(void)e;
	*entry = NULL;
	if (m->at == m->files)
		return 0;
	m->at++;
	snprintf(name, sizeof name, "%llu", (unsigned long long)m->at);
	archive_entry_clear(m->entry);
	archive_entry_copy_pathname(m->entry, m->path && m->at == m->files ? m->path : name);
	archive_entry_set_mode(m->entry, AE_IFREG | 0644);
	archive_entry_set_size(m->entry, (la_int64_t)m->length);
	m->given = m->data.n == 0;
	*entry = m->entry;
	return 0;
}

static int many_data(struct ri_source *base, struct ri_source_block *b, struct ri_err *e)
{
	struct many *m = (struct many *)base;

	(void)e;
	if (m->given)
		return 0;
	m->given = true;
	*b = (struct ri_source_block){ m->data.p, m->data.n, 0 };
	return 1;
}

static void many_free(struct ri_source *base)
{
	(void)base;
}

static const struct ri_source_ops many_ops = { many_next, many_data, many_free };

static int pack_many(struct many *m, const struct ri_pack_opts *o, struct ri_pack_result *r,
    struct ri_err *e)
{
	RI_FD int fd = open(tmp_path("out"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int rc;

	assert_true(fd >= 0);
	m->base.ops = &many_ops;
	m->entry = archive_entry_new();
	m->at = 0;
	rc = ri_pack(&m->base, o, fd, r, e);
	archive_entry_free(m->entry);
	return rc;
}

static void refused(const char *name, struct many *m, const struct ri_pack_limits *limits,
    const char *want)
{
	struct ri_pack_opts o = pack_opts(RI_GZIP);
	struct ri_pack_result r;
	struct ri_err e = { 0 };
	int rc;

	o.limits = limits;
	rc = pack_many(m, &o, &r, &e);
	check_err(name, rc, &e, RI_E_BUDGET, want);
}

static void packed(const char *name, struct many *m, const struct ri_pack_limits *limits)
{
	RI_ON_EXIT(ri_pack_result_free) struct ri_pack_result r = { 0 };
	struct ri_pack_opts o = pack_opts(RI_GZIP);
	struct ri_err e = { 0 };

	o.limits = limits;
	check_ok(name, pack_many(m, &o, &r, &e), &e);
}

static void test_entries(void **state)
{
	struct ri_pack_limits l = ri_pack_limits;
	struct many m = { .files = 100 };

	(void)state;
	l.entries = 100;
	packed("a hundred", &m, &l);
	m.files = 101;
	refused("one more", &m, &l, "the guest has more than 100 files, which is the most");
}

/* Of holes alone: nothing of it is read, and it would take hours. */
static void test_length(void **state)
{
	struct many m = { .files = 4, .length = RI_PACK_LENGTH_MAX / 1024 };
	struct ri_pack_limits l = ri_pack_limits;

	(void)state;
	l.length = 4 * m.length;
	packed("as long as it may be", &m, &l);
	l.length--;
	refused("longer", &m, &l,
	    "with /4 the files are longer than 4398046511103 bytes together, holes included, which is the "
	    "most");
	m.files = 2;
	m.length = RI_PACK_LENGTH_MAX + 1;
	refused("one file, by the limit that always holds", &m, NULL,
	    "with /1 the files are longer than 1125899906842624 bytes together, holes included, which is "
	    "the most");
}

static void test_memory(void **state)
{
	static const char data[4096] = { 1 };
	struct many m = { .files = 10, .length = 4096, .data = { data, sizeof data } };
	RI_ON_EXIT(ri_pack_result_free) struct ri_pack_result r = { 0 };
	struct ri_pack_opts o = pack_opts(RI_GZIP);
	struct ri_pack_limits l = ri_pack_limits;
	struct ri_err e = { 0 };
	char want[100];

	(void)state;
	check_ok("any", pack_many(&m, &o, &r, &e), &e);
	assert_true(r.tmpfs_bytes > 10 * sizeof data);
	l.memory = r.tmpfs_bytes;
	packed("as much as it may be", &m, &l);
	l.memory--;
	snprintf(want, sizeof want,
	    "with /10 the tree takes more than %llu bytes of RAM, which is the most",
	    (unsigned long long)l.memory);
	refused("one byte too much", &m, &l, want);
}

static void test_path(void **state)
{
	static char path[RI_PACK_PATH_MAX + 1];
	struct many m = { .files = 3, .path = path };

	(void)state;
	for (size_t i = 0; i < sizeof path - 1; i++)
		path[i] = i % 100 == 99 ? '/' : 'p';
	/* With the slash in front. */
	path[RI_PACK_PATH_MAX - 1] = '\0';
	packed("as long as it may be", &m, NULL);
	path[RI_PACK_PATH_MAX - 1] = 'p';
	refused("longer", &m, NULL,
	    "a path of 65536 bytes, where 65535 is the most: "
	    "/ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp…");
}

/* It ends where the room does, however much is still to come. */
static void test_room(void **state)
{
	static char noise[3 << 20];
	struct many m = { .files = 1, .length = sizeof noise, .data = { noise, sizeof noise } };
	RI_ON_EXIT(ri_pack_result_free) struct ri_pack_result r = { 0 };
	struct ri_pack_opts o = pack_opts(RI_ZSTD);
	struct ri_err e = { 0 };
	struct stat st;
	uint32_t x = 1;
	int rc;

	(void)state;
	for (size_t i = 0; i < sizeof noise; i++) {
		x = x * 1664525u + 1013904223u;
		noise[i] = (char)(x >> 24);
	}
	check_ok("any", pack_many(&m, &o, &r, &e), &e);
	o.room_is = "the test's file system has free";
	o.room = r.archive_bytes;
	ri_pack_result_free(&r);
	check_ok("just enough", pack_many(&m, &o, &r, &e), &e);
	o.room--;
	rc = pack_many(&m, &o, &(struct ri_pack_result){ 0 }, &e);
	check_err("one byte too few", rc, &e, RI_E_BUDGET,
	    "it grows beyond the 3.0 MiB that the test's file system has free; make room there or "
	    "leave more out (archive.exclude)");
	e = (struct ri_err){ 0 };
	m.files = 1000;
	o.room = 5 << 20;
	assert_int_equal(pack_many(&m, &o, &(struct ri_pack_result){ 0 }, &e), -1);
	assert_int_equal(e.code, RI_E_BUDGET);
	/* What was compressed ahead is not written, and the source was not read to its end. */
	assert_int_equal(stat(tmp_path("out"), &st), 0);
	assert_true(st.st_size <= 5 << 20);
	assert_true(m.at < 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, tmp_set_up, tmp_tear_down);
}
