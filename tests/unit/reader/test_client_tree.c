// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/direct_fake.h"
#include "reader/client_tree.h"

#include <sys/stat.h>

/*
 * The tree as a source, from readers that keep to the protocol or do not.
 */

static void entry_frame(int fd, const char *path, uint32_t mode, uint64_t size)
{
	const struct ri_wire_entry w = { .path = path, .target = "", .mode = mode, .size = size };
	RI_BUF b = { 0 };

	ri_wire_put_entry(&b, &w);
	send_frame(fd, RI_WIRE_ENTRY, ri_buf_span(&b));
}

static void tree_good(int fd)
{
	entry_frame(fd, ".", S_IFDIR | 0755, 0);
	entry_frame(fd, "a", S_IFREG | 0644, 4);
	send_frame(fd, RI_WIRE_DATA, LIT("\0\0\0\0\0\0\0\0ab"));
	send_frame(fd, RI_WIRE_BEAT, LIT(""));
	send_frame(fd, RI_WIRE_DATA, LIT("\2\0\0\0\0\0\0\0cd"));
	send_frame(fd, RI_WIRE_DONE, LIT(""));
	pause();
}

static void tree_too_long(int fd)
{
	entry_frame(fd, "a", S_IFREG | 0644, 3);
	send_frame(fd, RI_WIRE_DATA, LIT("\0\0\0\0\0\0\0\0abcd"));
	pause();
}

static void tree_overlap(int fd)
{
	entry_frame(fd, "a", S_IFREG | 0644, 3);
	send_frame(fd, RI_WIRE_DATA, LIT("\0\0\0\0\0\0\0\0ab"));
	send_frame(fd, RI_WIRE_DATA, LIT("\1\0\0\0\0\0\0\0b"));
	pause();
}

static void lend(int fd, uint64_t at, uint32_t slot, struct ri_span bytes)
{
	const struct ri_wire_lent l = { at, slot, (uint32_t)bytes.n };
	RI_BUF b = { 0 };

	memcpy(fake_shared + slot % RI_SHARED_SLOTS * RI_SHARED_SLOT, bytes.p, bytes.n);
	ri_wire_put_lent(&b, &l);
	send_frame(fd, RI_WIRE_LENT, ri_buf_span(&b));
}

static void tree_lent(int fd)
{
	entry_frame(fd, ".", S_IFDIR | 0755, 0);
	entry_frame(fd, "a", S_IFREG | 0644, 6);
	lend(fd, 0, 7, LIT("ab"));
	send_frame(fd, RI_WIRE_DATA, LIT("\2\0\0\0\0\0\0\0c"));
	lend(fd, 3, 2, LIT("def"));
	send_frame(fd, RI_WIRE_DONE, LIT(""));
	pause();
}

static void tree_lent_twice_over(int fd)
{
	entry_frame(fd, "a", S_IFREG | 0644, 3);
	lend(fd, 0, 0, LIT("ab"));
	lend(fd, 1, 1, LIT("b"));
	pause();
}

static void tree_lent_from_nowhere(int fd)
{
	entry_frame(fd, "a", S_IFREG | 0644, 3);
	lend(fd, 0, RI_SHARED_SLOTS, LIT("ab"));
	pause();
}

static void tree_out(int fd)
{
	entry_frame(fd, "../a", S_IFREG | 0644, 3);
	pause();
}

static void tree_dies(int fd)
{
	entry_frame(fd, "a", S_IFREG | 0644, 3);
	_exit(1);
}

/* @return what reading it all returned. */
static int read_tree(struct ri_guest *g, struct ri_source **src, int *files, struct ri_buf *bytes,
    struct ri_err *e)
{
	struct archive_entry *entry = NULL;
	struct ri_source_block b;
	int rc;

	*files = 0;
	if (ri_reader_source(g, NULL, src, e) < 0)
		return -1;
	while ((rc = (*src)->ops->next(*src, &entry, e)) == 0 && entry) {
		++*files;
		while ((rc = (*src)->ops->data(*src, &b, e)) > 0) {
			assert_int_equal(b.offset, bytes->n);
			ri_buf_add(bytes, b.p, b.n);
		}
		if (rc < 0)
			break;
	}
	return rc;
}

static void test_tree(void **state)
{
	static const struct {
		const char *name, *msg; /* msg NULL: good, with these bytes in the file */
		void (*fn)(int fd);
		const char *bytes;
	} rows[] = {
		{ "good", NULL, tree_good, "abcd" },
		{ "lent", NULL, tree_lent, "abcdef" },
		{ "too long", "the direct reader breaks the protocol", tree_too_long, NULL },
		{ "overlap", "the direct reader breaks the protocol", tree_overlap, NULL },
		{ "lent twice over", "the direct reader breaks the protocol", tree_lent_twice_over,
		    NULL },
		{ "lent from nowhere", "the direct reader breaks the protocol",
		    tree_lent_from_nowhere, NULL },
		{ "out", "the direct reader breaks the protocol", tree_out, NULL },
		{ "dies", "the direct reader ended with status 1", tree_dies, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
		RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
		struct ri_err e = { 0 };
		RI_BUF bytes = { 0 };
		int files, rc;

		new_reader(rows[i].fn, &g);
		rc = read_tree(g, &src, &files, &bytes, &e);
		if (rows[i].msg) {
			check_err(rows[i].name, rc, &e, RI_E_IO, rows[i].msg);
		} else {
			check_ok(rows[i].name, rc, &e);
			assert_int_equal(files, 2);
			check_span(rows[i].name, ri_buf_span(&bytes), ri_str(rows[i].bytes));
		}
	}
}

/** Skipping an entry's data, and asking while a source has the connection or after it was left. */
static void test_source_alone(void **state)
{
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
	struct archive_entry *entry;
	struct ri_source *src = NULL;
	struct ri_err e = { 0 };
	enum ri_kind kind;

	(void)state;
	new_reader(tree_good, &g);
	check_ok("source", ri_reader_source(g, NULL, &src, &e), &e);
	for (int i = 0; i < 2; i++) {
		check_ok("next", src->ops->next(src, &entry, &e), &e);
		assert_non_null(entry);
	}
	check_err("asking", g->ops->kind(g, "/x", &kind, &e), &e, RI_E_IO,
	    "the direct reader cannot be asked any more");
	e = (struct ri_err){ 0 };
	check_ok("next", src->ops->next(src, &entry, &e), &e);
	assert_null(entry);
	ri_source_freep(&src);
	ri_guest_closep(&g);
	new_reader(tree_good, &g);
	check_ok("source", ri_reader_source(g, NULL, &src, &e), &e);
	ri_source_freep(&src);
	check_err("asking", g->ops->kind(g, "/x", &kind, &e), &e, RI_E_IO,
	    "the direct reader cannot be asked any more");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_source_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
