// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "unit/run.h"
#include "unit/tmpdir.h"
#include "fs/fat_dir.h"

#include "fs/fat_internal.h"

#include <limits.h>

/*
 * FAT made by mkfs.vfat and mtools, read; then damaged a few bytes at a time.
 */

#define IMAGE "image"

static char noise[300000];

struct fat {
	int fd;
	struct ri_image *image;
	struct ri_fatfs *fs;
};

static void fat_close(struct fat *f)
{
	ri_fatfs_closep(&f->fs);
	ri_image_freep(&f->image);
	close(f->fd);
}

#define FAT_OPEN RI_ON_EXIT(fat_close) struct fat

static int fat_open(struct fat *f, struct ri_err *e)
{
	struct stat st;

	*f = (struct fat){ .fd = open(tmp_path(IMAGE), O_RDONLY | O_CLOEXEC) };
	assert_int_equal(fstat(f->fd, &st), 0);
	assert_int_equal(ri_image_fd(f->fd, (uint64_t)st.st_size, &f->image, e), 0);
	return ri_fatfs_open(f->image, &f->fs, e);
}

static void make_new(const char *bits, const char *name)
{
	char image[PATH_MAX], dir[PATH_MAX];

	snprintf(image, sizeof image, "%s", tmp_path(name));
	snprintf(dir, sizeof dir, "%s", tmp_path("."));
	unlink(image);
	RUN(NULL, NULL, NULL, "truncate", "-s", strcmp(bits, "32") == 0 ? "36M" : "8M", image);
	assert_int_equal(run_to(NULL, NULL, NULL, "/dev/null",
			     (const char *const[]){ "mkfs.vfat", "-F", bits, "-s",
				 strcmp(bits, "12") == 0 ? "8" : "1", "-i", "1234ABCD", "-n",
				 "LABEL", image, NULL }),
	    0);
	RUN(NULL, NULL, NULL, "mmd", "-i", image, "::EFI", "::EFI/debian");
	for (const char *const *file = (const char *const[]){ "UPPER.TXT", "lower.txt", "Mixed.Txt",
		 "noext", "empty", "A long name, of more than two pieces.conf", NULL };
	     *file; file++)
		RUN(dir, NULL, NULL, "mcopy", "-m", "-i", image, *file, "::EFI/debian/");
	RUN(NULL, NULL, NULL, "mattrib", "-i", image, "+r", "::EFI/debian/lower.txt");
}

/** As many clusters as these bits take, and the same files each time. */
static void make(const char *bits)
{
	char name[16];

	snprintf(name, sizeof name, "fat%s", bits);
	if (access(tmp_path(name), F_OK) != 0)
		make_new(bits, name);
	RUN(NULL, NULL, NULL, "cp", "--sparse=always", tmp_path(name), tmp_path(IMAGE));
}

static int set_up(void **state)
{
	uint32_t x = 1;

	if (tmp_set_up(state) < 0)
		return -1;
	for (size_t i = 0; i < sizeof noise; i++) {
		x = x * 1664525u + 1013904223u;
		noise[i] = (char)(x >> 24);
	}
	setenv("TZ", "UTC", 1);
	setenv("MTOOLS_SKIP_CHECK", "1", 1);
	spit(tmp_path("UPPER.TXT"), ri_span(noise, 1));
	spit(tmp_path("lower.txt"), ri_span(noise, 512));
	spit(tmp_path("Mixed.Txt"), ri_span(noise, 513));
	spit(tmp_path("noext"), ri_span(noise, sizeof noise));
	spit(tmp_path("empty"), LIT(""));
	spit(tmp_path("A long name, of more than two pieces.conf"), LIT("long\n"));
	RUN(NULL, NULL, NULL, "touch", "-d", "2024-02-29 23:59:58", tmp_path("noext"));
	return 0;
}

static int collect(void *arg, uint64_t at, struct ri_span bytes, struct ri_err *e)
{
	struct ri_buf *b = arg;

	(void)e;
	assert_int_equal(at, b->n);
	assert_true(bytes.n > 0 && bytes.n <= RI_FS_PIECE);
	ri_buf_add_span(b, bytes);
	return 0;
}

static uint32_t find(struct ri_fatfs *fs, uint32_t dir, const char *name)
{
	RI_ON_EXIT(ri_fs_names_free) struct ri_fs_names names = { 0 };
	struct ri_err e = { 0 };

	check_ok(name, ri_fatfs_names(fs, dir, &names, &e), &e);
	for (size_t i = 0; i < names.n; i++)
		if (strcmp(names.v[i].name, name) == 0)
			return names.v[i].ino;
	fail_msg("no %s", name);
	return 0;
}

static void check_file(struct ri_fatfs *fs, uint32_t dir, const char *name, size_t size)
{
	struct ri_fs_inode i;
	struct ri_err e = { 0 };
	RI_BUF b = { 0 };
	struct ri_fs_sink to = ri_fs_sink_of(collect, &b);

	check_ok(name, ri_fatfs_inode(fs, find(fs, dir, name), &i, &e), &e);
	assert_int_equal(i.mode, strcmp(name, "lower.txt") == 0 ? 0100555 : 0100755);
	assert_int_equal(i.links, 1);
	assert_int_equal(i.size, size);
	assert_int_equal(i.blocks, (size + fs->cluster - 1) / fs->cluster * fs->cluster / 512);
	check_ok(name, ri_fatfs_data(fs, &i, &to, &e), &e);
	assert_int_equal(b.n, size);
	if (size > 5)
		assert_memory_equal(b.p, noise, size);
	if (strcmp(name, "noext") == 0)
		assert_int_equal(i.mtime, 1709251198);
}

static void test_reads(void **state)
{
	static const char *const all[] = { "12", "16", "32" };

	(void)state;
	for (size_t k = 0; k < 3; k++) {
		FAT_OPEN f;
		struct ri_fs_inode i;
		struct ri_err e = { 0 };
		uint64_t size, avail;
		uint32_t efi, dir;

		make(all[k]);
		check_ok(all[k], fat_open(&f, &e), &e);
		assert_int_equal(f.fs->bits, (unsigned)atoi(all[k]));
		ri_fatfs_space(f.fs, &size, &avail);
		assert_true(avail < size - sizeof noise && avail > size - 2 * sizeof noise);
		check_ok("root", ri_fatfs_inode(f.fs, RI_FS_ROOT, &i, &e), &e);
		assert_true(i.mode == 040755 && i.mtime == 0);
		efi = find(f.fs, RI_FS_ROOT, "EFI");
		check_ok("EFI", ri_fatfs_inode(f.fs, efi, &i, &e), &e);
		assert_true(i.mode == 040755 && i.size == 0 && i.mtime > 1700000000);
		dir = find(f.fs, efi, "debian");
		check_file(f.fs, dir, "UPPER.TXT", 1);
		check_file(f.fs, dir, "lower.txt", 512);
		check_file(f.fs, dir, "Mixed.Txt", 513);
		check_file(f.fs, dir, "noext", sizeof noise);
		check_file(f.fs, dir, "empty", 0);
		check_file(f.fs, dir, "A long name, of more than two pieces.conf", 5);
	}
}

static void test_times(void **state)
{
	static const struct {
		unsigned year, month, day, hour, minute, second; /* year: of 1980 */
		bool good;
		int64_t time;
	} rows[] = {
		{ 0, 1, 1, 0, 0, 0, true, 315532800 },
		{ 0, 0, 0, 0, 0, 0, true, 315532800 },
		{ 0, 3, 1, 0, 0, 0, true, 320716800 },
		{ 1, 3, 1, 0, 0, 0, true, 352252800 },
		{ 20, 12, 31, 23, 59, 58, true, 978307198 },
		{ 120, 3, 1, 0, 0, 0, true, 4107542400 }, /* 2100 is no leap year */
		{ 127, 12, 31, 23, 59, 58, true, 4354819198 },
		{ 1, 13, 1, 0, 0, 0, false, 0 },
		{ 1, 1, 1, 24, 0, 0, false, 0 },
		{ 1, 1, 1, 0, 60, 0, false, 0 },
		{ 1, 1, 1, 0, 0, 60, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		unsigned date = rows[i].year << 9 | rows[i].month << 5 | rows[i].day;
		unsigned time = rows[i].hour << 11 | rows[i].minute << 5 | rows[i].second / 2;
		int64_t got = 0;

		if (ri_fat_time(date, time, &got) != rows[i].good || got != rows[i].time)
			fail_msg("row %zu: %lld", i, (long long)got);
	}
}

static void poke(uint64_t at, struct ri_span bytes)
{
	int fd = open(tmp_path(IMAGE), O_WRONLY | O_CLOEXEC);

	assert_int_equal(pwrite(fd, bytes.p, bytes.n, (off_t)at), (ssize_t)bytes.n);
	close(fd);
}

static void test_boot_sectors(void **state)
{
	static const struct {
		const char *bits;
		uint64_t at;
		struct ri_span bytes;
		const char *msg;
	} rows[] = {
		{ "32", 510, BYTES("\0\0"), "the FAT has a boot sector that is not understood" },
		{ "32", 11, BYTES("\1\2"), "the FAT has a boot sector that is not understood" },
		{ "32", 13, BYTES("\3"), "the FAT has a boot sector that is not understood" },
		{ "32", 14, BYTES("\0\0"), "the FAT has a boot sector that is not understood" },
		{ "32", 16, BYTES("\0"), "the FAT has a boot sector that is not understood" },
		{ "32", 511, BYTES("\0"), "the FAT has a boot sector that is not understood" },
		{ "32", 11, BYTES("\0\0"), "the FAT has a boot sector that is not understood" },
		{ "32", 11, BYTES("\0\1"), "the FAT has a boot sector that is not understood" },
		{ "32", 11, BYTES("\0\x20"), "the FAT has a boot sector that is not understood" },
		{ "32", 11, BYTES("\0\x10\x80"),
		    "the FAT has a boot sector that is not understood" },
		{ "32", 13, BYTES("\0"), "the FAT has a boot sector that is not understood" },
		{ "32", 36, BYTES("\0\0\0\0"), "the FAT has a boot sector that is not understood" },
		{ "16", 17, BYTES("\1\0"), "the FAT has a boot sector that is not understood" },
		{ "32", 17, BYTES("\x10\0"), "the FAT has an unknown version" },
		{ "32", 36, BYTES("\0\x40\0\0"),
		    "the FAT has more clusters than an EFI partition has" },
		{ "32", 32 * 512 + 4, BYTES("\0\0\0\0"), "the FAT was not cleanly unmounted" },
		{ "16", 512 + 2, BYTES("\0\0"), "the FAT was not cleanly unmounted" },
		{ "32", 65, BYTES("\1"), "the FAT was not cleanly unmounted" },
		{ "16", 37, BYTES("\1"), "the FAT was not cleanly unmounted" },
		{ "32", 42, BYTES("\1\0"), "the FAT has an unknown version" },
		{ "32", 40, BYTES("\x81\0"), "the FAT has a table without copies" },
		{ "32", 32, BYTES("\xff\xff\xff\xff"),
		    "the FAT is larger than its device, or has no room for files" },
		{ "32", 36, BYTES("\xff\xff\xff\xff"),
		    "the FAT is larger than its device, or has no room for files" },
		{ "32", 36, BYTES("\1\0\0\0"),
		    "the FAT has more clusters than its table describes" },
		{ "16", 17, BYTES("\0\0"), "the FAT has no room for files" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		FAT_OPEN f;
		struct ri_err e = { 0 };

		make(rows[i].bits);
		poke(rows[i].at, rows[i].bytes);
		check_err(rows[i].msg, fat_open(&f, &e), &e, RI_E_UNSUPPORTED, rows[i].msg);
	}
}

/** Everything below a directory. */
static int walk(struct ri_fatfs *fs, uint32_t dir, int depth, struct ri_err *e)
{
	RI_ON_EXIT(ri_fs_names_free) struct ri_fs_names names = { 0 };

	assert_true(depth < 8);
	if (ri_fatfs_names(fs, dir, &names, e) < 0)
		return -1;
	for (size_t k = 0; k < names.n; k++) {
		struct ri_fs_inode i;
		RI_BUF b = { 0 };
		struct ri_fs_sink to = ri_fs_sink_of(collect, &b);

		if (ri_fatfs_inode(fs, names.v[k].ino, &i, e) < 0 ||
		    (S_ISDIR(i.mode) ? walk(fs, i.ino, depth + 1, e)
				     : ri_fatfs_data(fs, &i, &to, e)) < 0)
			return -1;
	}
	return 0;
}

/*
 * Damage relative to a file's own entry (the long name's pieces are in front of it), or to what the
 * table says of its first cluster.
 */
static const struct {
	const char *file;
	int at; /* bytes from the entry on; TABLE: the table's cell */
	struct ri_span bytes;
	const char *msg;
} damages[] = {
#define TABLE 4711
#define LONG "A long name, of more than two pieces.conf"
	{ "Mixed.Txt", -32, BYTES("\x01"), "a long name in it is damaged" },
	{ "Mixed.Txt", -32, BYTES("\x42"), "a long name in it has no file" },
	{ "Mixed.Txt", -32 + 11, BYTES("\x0f\1"), "a long name in it is damaged" },
	{ "Mixed.Txt", -32 + 13, BYTES("\0"), "a long name in it is damaged, or not a name" },
	{ "Mixed.Txt", -32 + 1, BYTES("\xe4"), "a name in it is not ASCII" },
	{ "Mixed.Txt", -32 + 1, BYTES("/"), "a long name in it is damaged, or not a name" },
	{ "Mixed.Txt", 0, BYTES("\xe5"), "a long name in it has no file" },
	{ "Mixed.Txt", -32, BYTES("\x40"), "a long name in it is damaged" },
	{ "Mixed.Txt", -32, BYTES("\x5f"), "a long name in it is damaged" },
	{ "Mixed.Txt", -32 + 26, BYTES("\1"), "a long name in it is damaged" },
	{ "Mixed.Txt", -32 + 1, BYTES(" "), "a long name in it is damaged, or not a name" },
	{ "Mixed.Txt", -32 + 1, BYTES("\0\0"), "a long name in it is damaged, or not a name" },
	{ "Mixed.Txt", -32 + 20, BYTES("."), "a long name in it is damaged, or not a name" },
	{ "Mixed.Txt", -32 + 20, BYTES(" "), "a long name in it is damaged, or not a name" },
	{ "Mixed.Txt", 0, BYTES("\x41          \x0f"), "a long name in it is damaged" },
	{ "Mixed.Txt", 0, BYTES(".          \x10"), "a long name in it is damaged" },
	{ "Mixed.Txt", 11, BYTES("\x08"), "a long name in it has no file" },
	{ LONG, -96, BYTES("\x43"), "a long name in it is damaged" },
	{ LONG, -96, BYTES("\2"), "a long name in it is damaged" },
	{ LONG, -64 + 13, BYTES("\0"), "a long name in it is damaged" },
	{ LONG, -64 + 1, BYTES("\0\0"), "a name in it is not ASCII" },
	{ LONG, -32, BYTES("\xe5"), "a long name in it has no file" },
	{ "UPPER.TXT", 0, BYTES("        TXT"), "a name in it is not plain ASCII" },
	{ "UPPER.TXT", 1, BYTES("\0"), "a name in it is not plain ASCII" },
	{ "UPPER.TXT", 1, BYTES("\1"), "a name in it is not plain ASCII" },
	{ "UPPER.TXT", 0, BYTES("NOEXT      \x20\x18"), "two files in it have the same name" },
	{ "UPPER.TXT", 26, BYTES("\0\0"), "it has more or fewer clusters than bytes for them" },
	{ "UPPER.TXT", TABLE, BYTES("\1\0\0\0"), "its clusters lead nowhere" },
	{ "UPPER.TXT", 0, BYTES("\xe9"), "a name in it is not plain ASCII" },
	{ "UPPER.TXT", 1, BYTES(" "), "a name in it is not plain ASCII" },
	{ "UPPER.TXT", 0, BYTES("\0"), "it has entries behind its end" },
	{ "UPPER.TXT", 24, BYTES("\xff\xff"), "its time is not valid" },
	{ "UPPER.TXT", 22, BYTES("\xff\xff"), "its time is not valid" },
	{ "UPPER.TXT", 26, BYTES("\1\0"), "its clusters lead nowhere" },
	{ "UPPER.TXT", 26, BYTES("\xff\x7f"), "its clusters lead nowhere" },
	{ "UPPER.TXT", 28, BYTES("\xff\xff"), "it has more or fewer clusters than bytes for them" },
	{ "UPPER.TXT", 28, BYTES("\0"), "it has more or fewer clusters than bytes for them" },
	{ "UPPER.TXT", TABLE, BYTES("\0\0\0\0"), "its clusters lead nowhere" },
	{ "UPPER.TXT", TABLE, BYTES("\xf7\xff\xff\x0f"), "its clusters lead nowhere" },
#undef TABLE
#undef LONG
};

static void test_damage(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
		FAT_OPEN f;
		struct ri_fat_entry en;
		struct ri_err e = { 0 };
		uint32_t ino;
		uint64_t at;

		make("32");
		check_ok("open", fat_open(&f, &e), &e);
		ino = find(f.fs, find(f.fs, find(f.fs, RI_FS_ROOT, "EFI"), "debian"),
		    damages[i].file);
		check_ok("entry", ri_fat_read_entry(f.fs, ino, &en, &e), &e);
		at = damages[i].at == 4711 ? 32 * 512 + (uint64_t)en.first * 4
					   : (uint64_t)((int64_t)ino * 32 + damages[i].at);
		poke(at, damages[i].bytes);
		fat_close(&f);
		check_ok("open", fat_open(&f, &e), &e);
		assert_int_equal(walk(f.fs, RI_FS_ROOT, 0, &e), -1);
		if (e.code != RI_E_UNSUPPORTED || !strstr(e.msg, damages[i].msg))
			fail_msg("row %zu: %s", i, e.msg);
	}
}

/** A chain that leads back into itself ends in an error, and so does a directory in itself. */
static void test_loops(void **state)
{
	FAT_OPEN f;
	struct ri_fat_entry en;
	struct ri_err e = { 0 };
	uint32_t dir, ino;
	char cell[4];

	(void)state;
	make("32");
	check_ok("open", fat_open(&f, &e), &e);
	dir = find(f.fs, find(f.fs, RI_FS_ROOT, "EFI"), "debian");
	ino = find(f.fs, dir, "noext");
	check_ok("entry", ri_fat_read_entry(f.fs, ino, &en, &e), &e);
	memcpy(cell, &en.first, sizeof cell);
	poke(32 * 512 + ((uint64_t)en.first + 7) * 4, ri_span(cell, sizeof cell));
	fat_close(&f);
	check_ok("open", fat_open(&f, &e), &e);
	assert_int_equal(walk(f.fs, RI_FS_ROOT, 0, &e), -1);
	assert_non_null(strstr(e.msg, "its clusters have no end"));
}

/* Two megabytes of names is as many as Linux reads. */
static void test_a_long_directory(void **state)
{
	enum { FROM = 20000, N = 4200 };
	static uint32_t cells[N];
	FAT_OPEN f;
	struct ri_fat_entry en;
	struct ri_err e = { 0 };
	uint32_t dir;

	(void)state;
	make("32");
	check_ok("open", fat_open(&f, &e), &e);
	dir = find(f.fs, find(f.fs, RI_FS_ROOT, "EFI"), "debian");
	check_ok("entry", ri_fat_read_entry(f.fs, dir, &en, &e), &e);
	fat_close(&f);
	for (uint32_t i = 0; i < N; i++)
		cells[i] = i + 1 < N ? FROM + i + 1 : 0x0fffffff;
	poke(32 * 512 + FROM * 4, ri_span((char *)cells, sizeof cells));
	cells[0] = FROM;
	poke(32 * 512 + (uint64_t)en.first * 4, ri_span((char *)cells, 4));
	check_ok("open", fat_open(&f, &e), &e);
	assert_int_equal(walk(f.fs, RI_FS_ROOT, 0, &e), -1);
	if (!strstr(e.msg, "it is too large a directory"))
		fail_msg("said [%s]", e.msg);
}

/* A name that is small in part, as the flags of a short one have it. */
static void test_small_letters(void **state)
{
	FAT_OPEN f;
	struct ri_err e = { 0 };
	uint32_t dir, ino;

	(void)state;
	make("16");
	check_ok("open", fat_open(&f, &e), &e);
	dir = find(f.fs, find(f.fs, RI_FS_ROOT, "EFI"), "debian");
	ino = find(f.fs, dir, "UPPER.TXT");
	fat_close(&f);
	poke((uint64_t)ino * 32, LIT("1_A^Z\x7b  T2T\x20\x08"));
	check_ok("open", fat_open(&f, &e), &e);
	assert_int_equal(find(f.fs, dir, "1_a^z{.T2T"), ino);
	fat_close(&f);
	poke((uint64_t)ino * 32 + 12, LIT("\x10"));
	check_ok("open", fat_open(&f, &e), &e);
	assert_int_equal(find(f.fs, dir, "1_A^Z{.t2t"), ino);
}

/* What no directory leads to, but a caller may have got wrong; and a root that leads nowhere. */
static void test_asked_for_something_else(void **state)
{
	RI_ON_EXIT(ri_fs_names_free) struct ri_fs_names names = { 0 };
	const struct ri_fs_sink to = ri_fs_sink_of(collect, NULL);
	FAT_OPEN f;
	struct ri_fs_inode i = { .ino = 3, .size = 1 };
	struct ri_err e = { 0 };
	uint32_t dir;

	(void)state;
	make("32");
	check_ok("open", fat_open(&f, &e), &e);
	dir = find(f.fs, find(f.fs, RI_FS_ROOT, "EFI"), "debian");
	assert_int_equal(ri_fatfs_data(f.fs, &i, &to, &e), -1);
	assert_string_equal(e.msg, "the FAT's entry at byte 96: there is none");
	assert_int_equal(ri_fatfs_names(f.fs, 3, &names, &e), -1);
	assert_int_equal(ri_fatfs_inode(f.fs, UINT32_MAX, &i, &e), -1);
	assert_string_equal(e.msg, "the FAT's entry at byte 137438953440: there is none");
	assert_int_equal(ri_fatfs_names(f.fs, find(f.fs, dir, "noext"), &names, &e), -1);
	assert_non_null(strstr(e.msg, "it is not a directory"));
	fat_close(&f);
	e = (struct ri_err){ 0 };
	poke(44, LIT("\0\0\0\0"));
	check_ok("open", fat_open(&f, &e), &e);
	assert_int_equal(ri_fatfs_inode(f.fs, RI_FS_ROOT, &i, &e), -1);
	assert_string_equal(e.msg, "the FAT's root: its clusters lead nowhere");
}

static void test_too_small(void **state)
{
	FAT_OPEN f;
	struct ri_err e = { 0 };

	(void)state;
	spit(tmp_path(IMAGE), ri_span(noise, 511));
	check_err("511 bytes", fat_open(&f, &e), &e, RI_E_UNSUPPORTED,
	    "the FAT is too small to be one");
}

/* Who takes the bytes may have no room for them, or want no more. */
struct taker {
	int room, take, asked;
};

static int room(void *arg, size_t n, char **p, struct ri_err *e)
{
	struct taker *t = arg;

	(void)n, (void)e;
	*p = NULL;
	return ++t->asked < 2 ? 0 : t->room;
}

static int take(void *arg, uint64_t at, struct ri_span bytes, struct ri_err *e)
{
	struct taker *t = arg;

	(void)bytes, (void)e;
	return at == 0 ? 0 : t->take;
}

static void test_stopped(void **state)
{
	struct taker takers[] = { { -1, 0, 0 }, { 7, 0, 0 }, { 0, -1, 0 }, { 0, 7, 0 } };
	const int want[] = { -1, 7, -1, 7 };
	FAT_OPEN f;
	struct ri_fs_inode i;
	struct ri_err e = { 0 };

	(void)state;
	make("16");
	check_ok("open", fat_open(&f, &e), &e);
	check_ok("noext",
	    ri_fatfs_inode(f.fs,
		find(f.fs, find(f.fs, find(f.fs, RI_FS_ROOT, "EFI"), "debian"), "noext"), &i, &e),
	    &e);
	for (size_t k = 0; k < 4; k++) {
		const struct ri_fs_sink to = { room, take, &takers[k] };

		assert_int_equal(ri_fatfs_data(f.fs, &i, &to, &e), want[k]);
		assert_int_equal(takers[k].asked, 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_boot_sectors),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_a_long_directory),
		cmocka_unit_test(test_small_letters),
		cmocka_unit_test(test_asked_for_something_else),
		cmocka_unit_test(test_too_small),
		cmocka_unit_test(test_stopped),
	};

	return cmocka_run_group_tests(tests, set_up, tmp_tear_down);
}
