// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"

#include "pack/body.h"
#include "unit/tmpdir.h"

#define PAGE ((uint64_t)RI_BODY_PAGE)
#define MIB ((uint64_t)1 << 20)

/* A source that gives one file's data: the letters of a pattern, a run of bytes each. */
struct fake {
	struct ri_source base;
	const char *pattern; /* 'd' data, 'z' zeros, ' ' nothing */
	size_t letters;
	uint64_t unit; /* bytes for each letter; the last one is cut at size */
	uint64_t size;
	size_t step; /* bytes given at a time, at most */
	uint64_t at;
	char *buf;
};

static char letter_at(const struct fake *f, uint64_t at)
{
	uint64_t i = at / f->unit;

	return i < f->letters ? f->pattern[i] : ' ';
}

/* What byte stands there: data differs from place to place. */
static char byte_at(const struct fake *f, uint64_t at)
{
	return letter_at(f, at) == 'd' ? (char)(1 + at % 251) : 0;
}

static int fake_data(struct ri_source *base, struct ri_source_block *b, struct ri_err *e)
{
	struct fake *f = (struct fake *)base;
	size_t n = 0;

	(void)e;
	while (f->at < f->size && letter_at(f, f->at) == ' ')
		f->at += f->unit - f->at % f->unit;
	if (f->at >= f->size)
		return 0;
	b->offset = f->at;
	for (; n < f->step && f->at < f->size && letter_at(f, f->at) != ' '; n++, f->at++)
		f->buf[n] = byte_at(f, f->at);
	b->p = f->buf;
	b->n = n;
	return 1;
}

static const struct ri_source_ops fake_ops = { NULL, fake_data, NULL };

static uint64_t seen;

static void on_seen(void *arg, uint64_t bytes)
{
	(void)arg;
	assert_true(bytes >= seen);
	seen = bytes;
}

struct compare {
	struct fake *f;
	uint64_t at;
};

static int compare(void *arg, const void *p, size_t n, struct ri_err *e)
{
	struct compare *c = arg;
	const char *got = p;

	(void)e;
	for (size_t i = 0; i < n; i++)
		if (got[i] != byte_at(c->f, c->at + i))
			fail_msg("byte %llu differs", (unsigned long long)(c->at + i));
	c->at += n;
	return 0;
}

/* Z is sixteen letters of zeros, N fifteen; blanks likewise with B and L. */
#define Z "zzzzzzzzzzzzzzzz"
#define N "zzzzzzzzzzzzzzz"
#define B "                "

static const struct {
	const char *name, *pattern;
	uint64_t unit, tail; /* tail: bytes missing of the last letter */
	const char *map;     /* '#' data, '.' hole; a letter a page */
} cases[] = {
	{ "data", "ddd", PAGE, 0, "###" },
	{ "short last page", "ddd", PAGE, 4095, "###" },
	{ "a reported hole of a page", "d d", PAGE, 0, "#.#" },
	{ "holes at both ends", " d ", PAGE, 0, ".#." },
	{ "nothing but a hole", "  ", PAGE, 100, ".." },
	{ "a few zeros stay data", "dzzd", PAGE, 0, "####" },
	{ "15 pages of zeros stay data", "d" N "d", PAGE, 0, "#################" },
	{ "16 become a hole", "d" Z "d", PAGE, 0, "#................#" },
	{ "16 at the beginning", Z "d", PAGE, 0, "................#" },
	{ "16 at the end", "d" Z, PAGE, 0, "#................" },
	{ "16 at the end, the last one short", "d" Z, PAGE, 4000, "#................" },
	{ "nothing but 15", N, PAGE, 0, "###############" },
	{ "nothing but 16", Z, PAGE, 0, "................" },
	{ "zeros beside a hole count together", "dzzzzzzzz        d", PAGE, 0,
	    "#................#" },
	{ "too few of both", "dzzzzzzz        d", PAGE, 0, "########........#" },
	{ "a hole between zeros, too few", "dz zd", PAGE, 0, "##.##" },
	{ "holes of less than a page are none", "d d d d ", 1024, 0, "##" },
	{ "pages half of holes", "dd    dd", 1024, 0, "##" },
	{ "pages of zeros and holes of 1 KiB",
	    "dddd"
	    "z z z z "
	    "dddd",
	    1024, 0, "####" },
	{ "64 KiB of zeros, not aligned", "ddzz" Z Z Z Z "dd", 1024, 0, "#................#" },
	{ "65 KiB of zeros hold 16 pages", "ddzz" N Z Z Z "zzdd", 1024, 0, "#................#" },
	{ "64 KiB of zeros hold only 15", "dddzz" N Z Z N "dd", 1024, 0, "##################" },
	{ "two holes", "d" B "d" Z "d", PAGE, 0, "#................#................#" },
};

static void check_map(const char *name, const struct ri_body *b, const char *map, uint64_t size)
{
	size_t x = 0;

	for (uint64_t page = 0; page * PAGE < size; page++) {
		bool in;

		if (x < b->ext_n && b->ext[x].offset + b->ext[x].length <= page * PAGE)
			x++;
		in = x < b->ext_n && b->ext[x].offset <= page * PAGE;
		if (in != (map[page] == '#'))
			fail_msg("%s: page %llu is %s", name, (unsigned long long)page,
			    in ? "data" : "a hole");
	}
	assert_true(x + 1 >= b->ext_n);
	if (b->ext_n > 0)
		assert_true(b->ext[b->ext_n - 1].offset + b->ext[b->ext_n - 1].length <= size);
	assert_int_equal(ri_body_sparse(b), strchr(map, '.') != NULL);
}

static void run_case(struct ri_body *b, struct fake *f, const char *name, const char *map)
{
	struct compare c = { f, 0 };
	struct ri_err e = { 0 };

	seen = 0;
	f->at = 0;
	f->letters = strlen(f->pattern);
	f->base.ops = &fake_ops;
	check_ok(name, ri_body_read(b, &f->base, f->size, &e), &e);
	if (map)
		check_map(name, b, map, f->size);
	check_ok(name, ri_body_replay(b, compare, &c, &e), &e);
	assert_int_equal(c.at, f->size);
}

/* The map depends on the content and the reported holes, not on how the data is cut. */
static void test_maps(void **state)
{
	static const size_t steps[] = { 1, 511, 1024, 4096, 5000, 65536, 262144 };
	static char buf[262144];
	struct ri_body b;

	(void)state;
	ri_body_init(&b, tmpdir, on_seen, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
			uint64_t size = strlen(cases[i].pattern) * cases[i].unit - cases[i].tail;
			struct fake f = { .pattern = cases[i].pattern,
				.unit = cases[i].unit,
				.size = size,
				.step = steps[s],
				.buf = buf };

			assert_int_equal((size + PAGE - 1) / PAGE, strlen(cases[i].map));
			run_case(&b, &f, cases[i].name, cases[i].map);
		}
	assert_int_equal(b.spool, -1); /* all of these waited in memory */
	ri_body_free(&b);
}

/* Larger than what waits in memory, one after the other, the first longer than the second. */
static void test_spooled(void **state)
{
	static char buf[300000];
	static const struct {
		const char *pattern;
		uint64_t size;
		size_t extents;
	} rows[] = {
		{ "dzd d", 5 * 3 * MIB - 5, 3 },
		{ " d", 2 * 5 * MIB, 1 },
		{ "zzz", 3 * 3 * MIB, 0 },
		{ "ddd", 3 * 3 * MIB + 1, 1 },
	};
	struct ri_body b;

	(void)state;
	ri_body_init(&b, tmpdir, on_seen, NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fake f = { .pattern = rows[i].pattern,
			.size = rows[i].size,
			.unit = rows[i].size / strlen(rows[i].pattern) / PAGE * PAGE,
			.step = sizeof buf,
			.buf = buf };

		if (strlen(rows[i].pattern) == 3 && rows[i].size % 2)
			f.pattern = "dddd";
		run_case(&b, &f, rows[i].pattern, NULL);
		assert_int_equal(b.ext_n, rows[i].extents);
	}
	assert_true(b.spool >= 0);
	ri_body_free(&b);
}

/* More pieces than a map may have: the smallest holes become data, the content stays the same. */
static void test_too_many_extents(void **state)
{
	enum { MAX = 1000, PIECES = 5 * MAX };
	static char buf[RI_BODY_PAGE], pattern[2 * PIECES + 40];
	struct fake f = { .pattern = pattern, .unit = PAGE, .step = PAGE, .buf = buf };
	struct ri_body b;

	(void)state;
	for (size_t i = 0; i < 2 * PIECES; i++)
		pattern[i] = i % 2 ? ' ' : 'd';
	/* A hole of 16 pages outlives those of one. */
	memset(pattern + 2 * PIECES, ' ', 15);
	memcpy(pattern + 2 * PIECES + 15, "d", 2);
	f.size = strlen(pattern) * PAGE;
	ri_body_init(&b, tmpdir, on_seen, NULL);
	b.ext_max = MAX;
	run_case(&b, &f, "many pieces", NULL);
	assert_in_range(b.ext_n, 2, MAX);
	assert_int_equal(b.ext[b.ext_n - 1].length, PAGE);
	ri_body_free(&b);
}

static int backwards_data(struct ri_source *s, struct ri_source_block *b, struct ri_err *e)
{
	static int turn;

	(void)s;
	/* The second block lies before the first. */
	*b = (struct ri_source_block){ "datadata", 8, turn++ % 2 ? 0 : 8192 };
	(void)e;
	return 1;
}

static void test_bad_sources(void **state)
{
	static const struct ri_source_ops backwards = { NULL, backwards_data, NULL };
	struct ri_source src = { &backwards };
	struct ri_err e = { 0 };
	struct ri_body b;

	(void)state;
	seen = 0;
	ri_body_init(&b, tmpdir, on_seen, NULL);
	check_err("backwards", ri_body_read(&b, &src, 100000, &e), &e, RI_E_IO,
	    "data out of order at byte 0");
	check_err("too much", ri_body_read(&b, &src, 8195, &e), &e, RI_E_IO,
	    "more data than its length of 8195 bytes");
	check_err("impossible", ri_body_read(&b, &src, UINT64_MAX, &e), &e, RI_E_GUEST,
	    "a file of 18446744073709551615 bytes");
	ri_body_free(&b);
}

static void test_no_spool(void **state)
{
	struct fake f = { .base.ops = &fake_ops, .pattern = "", .unit = PAGE, .size = 20 * MIB };
	const char *absent = tmp_path("absent");
	struct ri_err e = { 0 };
	struct ri_body b;
	char msg[200];

	(void)state;
	snprintf(msg, sizeof msg,
	    "a temporary file: cannot open the directory %s: No such file or directory", absent);
	ri_body_init(&b, absent, on_seen, NULL);
	check_err("no directory", ri_body_read(&b, &f.base, f.size, &e), &e, RI_E_IO, msg);
	ri_body_free(&b);
}

static void test_replaced(void **state)
{
	struct ri_err e = { 0 };
	struct ri_body b;

	(void)state;
	ri_body_init(&b, tmpdir, on_seen, NULL);
	check_ok("set", ri_body_set(&b, LIT("none / tmpfs\n"), &e), &e);
	assert_int_equal(b.size, 13);
	assert_int_equal(b.ext_n, 1);
	assert_int_equal(b.ext[0].length, 13);
	check_ok("empty", ri_body_set(&b, LIT(""), &e), &e);
	assert_int_equal(b.ext_n, 0);
	assert_false(ri_body_sparse(&b));
	ri_body_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_maps),
		cmocka_unit_test(test_spooled),
		cmocka_unit_test(test_too_many_extents),
		cmocka_unit_test(test_bad_sources),
		cmocka_unit_test(test_no_spool),
		cmocka_unit_test(test_replaced),
	};

	return cmocka_run_group_tests(tests, tmp_set_up, tmp_tear_down);
}
