// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Entries that no tree has, more than the format holds, and files that cannot be written: an error, no image, and
 * nothing left behind.
 */
#include "unit/check.h"

#include "unit/squashing.h"

#include <signal.h>
#include <sys/resource.h>

static const char long_name[] =
    "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
    "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
    "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn";
static char long_target[4097];

/* After the directory "d", the file "f", and the fifo "p". */
static const struct {
	const char *name;
	struct ri_squash_entry in;
	enum ri_code code;
	const char *said;
} refused[] = {
	{ "no parent", { .path = "x/y", .mode = S_IFIFO }, RI_E_GUEST,
	    "no directory came that it is in" },
	{ "parent is a file", { .path = "f/y", .mode = S_IFIFO }, RI_E_GUEST,
	    "no directory came that it is in" },
	{ "twice", { .path = "f", .mode = S_IFIFO }, RI_E_GUEST, "it comes twice" },
	{ "directory twice", { .path = "d", .mode = S_IFDIR }, RI_E_GUEST, "it comes twice" },
	{ "late root", { .path = ".", .mode = S_IFDIR }, RI_E_GUEST,
	    "it comes twice, or after what is in it" },
	{ "absolute", { .path = "/f", .mode = S_IFIFO }, RI_E_GUEST,
	    "no directory came that it is in" },
	{ "empty", { .path = "", .mode = S_IFIFO }, RI_E_GUEST,
	    "a name of 0 bytes that no file can have" },
	{ "slash at the end", { .path = "d/", .mode = S_IFIFO }, RI_E_GUEST,
	    "a name of 0 bytes that no file can have" },
	{ "dot", { .path = "d/.", .mode = S_IFIFO }, RI_E_GUEST,
	    "a name of 1 bytes that no file can have" },
	{ "dots", { .path = "d/..", .mode = S_IFIFO }, RI_E_GUEST,
	    "a name of 2 bytes that no file can have" },
	{ "out of it", { .path = "d/../x", .mode = S_IFIFO }, RI_E_GUEST,
	    "no directory came that it is in" },
	{ "long name", { .path = long_name, .mode = S_IFIFO }, RI_E_GUEST,
	    "a name of 256 bytes that no file can have" },
	{ "link to nothing", { .path = "l", .link = "x" }, RI_E_GUEST,
	    "it is a hard link to x, which did not come before" },
	{ "link to itself", { .path = "l", .link = "l" }, RI_E_GUEST,
	    "it is a hard link to l, which did not come before" },
	{ "link below a file", { .path = "l", .link = "f/x" }, RI_E_GUEST,
	    "it is a hard link to f/x, which did not come before" },
	{ "link to a directory", { .path = "l", .link = "d" }, RI_E_GUEST,
	    "it is a hard link to the directory d" },
	{ "link to the root", { .path = "l", .link = "." }, RI_E_GUEST,
	    "it is a hard link to the directory ." },
	{ "link that is there", { .path = "p", .link = "f" }, RI_E_GUEST, "it comes twice" },
	{ "type", { .path = "s", .mode = S_IFSOCK }, RI_E_GUEST,
	    "an inode of the unknown type 0140000" },
	{ "no target", { .path = "s", .mode = S_IFLNK }, RI_E_GUEST,
	    "a symbolic link with a target of 0 bytes, where 4095 are the most" },
	{ "long target", { .path = "s", .mode = S_IFLNK, .target = long_target }, RI_E_GUEST,
	    "a symbolic link with a target of 4096 bytes, where 4095 are the most" },
	{ "major", { .path = "s", .mode = S_IFCHR, .rdev_major = 4096 }, RI_E_GUEST,
	    "a device node with the numbers 4096:0" },
	{ "minor", { .path = "s", .mode = S_IFBLK, .rdev_minor = 1048576 }, RI_E_GUEST,
	    "a device node with the numbers 0:1048576" },
	{ "owner", { .path = "s", .mode = S_IFIFO, .uid = -1 }, RI_E_GUEST,
	    "-1 is not an id of an owner or a group" },
	{ "group", { .path = "s", .mode = S_IFIFO, .gid = 4294967296 }, RI_E_GUEST,
	    "4294967296 is not an id of an owner or a group" },
	{ "blocks", { .path = "s", .mode = S_IFREG, .size = UINT64_MAX }, RI_E_BUDGET,
	    "with s the files have more than 67108864 blocks of 131072 bytes, holes included, which is "
	    "the most that an image may have" },
};

static void test_entries(void **state)
{
	const struct ri_squash_opts o = squash_opts(RI_LZ4);

	(void)state;
	memset(long_target, 't', sizeof long_target - 1);
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct ri_err e = { 0 };
		struct ri_squash *s;
		int fd;

		s = squash_begin(&o, &fd);
		squash_add(s, &(struct ri_squash_entry){ .path = "d", .mode = S_IFDIR | 0755 });
		squash_add(s, &(struct ri_squash_entry){ .path = "p", .mode = S_IFIFO | 0644 });
		squash_file(s, "f", LIT("content"));
		check_err(refused[i].name, ri_squash_add(s, &refused[i].in, &e), &e,
		    refused[i].code, refused[i].said);
		ri_squash_freep(&s);
		close(fd);
	}
}

/* One id more than it holds, or as many. */
static void ids(bool more)
{
	const struct ri_squash_opts o = squash_opts(RI_LZ4);
	struct ri_squash_entry in = { .mode = S_IFIFO | 0644 };
	struct ri_err e = { 0 };
	RI_BUF said = { 0 };
	struct ri_squash *s;
	char name[32];
	int fd;

	in.path = name;
	s = squash_begin(&o, &fd);
	for (unsigned i = 1; i < RI_SQUASH_IDS_MAX; i++) {
		snprintf(name, sizeof name, "%u", i);
		in.gid = i * 65537l % 4294967296l;
		squash_add(s, &in);
	}
	snprintf(name, sizeof name, "more");
	squash_add(s, &in); /* an id that is there */
	if (more) {
		in.uid = 5;
		snprintf(name, sizeof name, "last");
		check_err("last", ri_squash_add(s, &in, &e), &e, RI_E_GUEST,
		    "with 5 the files have more than 65535 different owners and groups, which is the most that a "
		    "squashfs holds");
		ri_squash_freep(&s);
		close(fd);
		return;
	}
	squash_end(&s, &fd);
	SQUASH_SAYS(&said, "unsquashfs", "-lln", "image", "65534");
	squash_has(&said, "prw-r--r-- 0/4294901758 ");
}

static void test_ids(void **state)
{
	(void)state;
	ids(false);
	ids(true);
}

static const struct {
	const char *name;
	struct ri_squash_opts o;
	const char *said;
} options[] = {
	{ "zstd 0", { RI_ZSTD, 0, 131072, 1, NULL, 0 }, "zstd level 0: must be 1 to 22" },
	{ "gzip 10", { RI_GZIP, 10, 131072, 1, NULL, 0 }, "gzip level 10: must be 1 to 9" },
	{ "lz4 2", { RI_LZ4, 2, 131072, 1, NULL, 0 }, "lz4 level 2: must be 0 to 1" },
	{ "small", { RI_ZSTD, 3, 2048, 1, NULL, 0 },
	    "a block size of 2048 bytes: must be a power of two from 4096 to 1048576" },
	{ "large", { RI_ZSTD, 3, 2097152, 1, NULL, 0 },
	    "a block size of 2097152 bytes: must be a power of two from 4096 to 1048576" },
	{ "odd", { RI_ZSTD, 3, 131073, 1, NULL, 0 },
	    "a block size of 131073 bytes: must be a power of two from 4096 to 1048576" },
	{ "none", { RI_ZSTD, 3, 0, 1, NULL, 0 },
	    "a block size of 0 bytes: must be a power of two from 4096 to 1048576" },
};

static void test_options(void **state)
{
	RI_FD int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)state;
	for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
		struct ri_squash *s = NULL;
		struct ri_err e = { 0 };

		check_err(options[i].name, ri_squash_new(fd, &options[i].o, &s, &e), &e,
		    RI_E_CONFIG, options[i].said);
		assert_null(s);
	}
}

/* Noise file by file until it fails, or for a while. */
static int write_much(int fd, const struct ri_squash_opts *o, struct ri_err *e)
{
	RI_ON_EXIT(ri_squash_freep) struct ri_squash *s = NULL;
	struct ri_squash_result r;
	static uint32_t noise[100000];
	char name[32];

	for (size_t i = 1; i < 100000; i++)
		noise[i] = noise[i - 1] * 1664525u + 1013904223u;
	if (ri_squash_new(fd, o, &s, e) < 0)
		return -1;
	for (unsigned i = 0; i < 50; i++) {
		const struct ri_squash_entry in = { .path = name,
			.mode = S_IFREG,
			.size = sizeof noise };

		snprintf(name, sizeof name, "%u", i);
		noise[i] = i; /* no two are equal */
		if (ri_squash_add(s, &in, e) < 0 || ri_squash_data(s, noise, sizeof noise, e) < 0)
			return -1;
	}
	return ri_squash_finish(s, &r, e) < 0 ? -1 : ri_squash_trailer(s, noise, 1024, e);
}

static void test_write_failures(void **state)
{
	struct ri_squash_opts o = squash_opts(RI_ZSTD);
	const struct rlimit few = { 3000000, RLIM_INFINITY },
			    any = { RLIM_INFINITY, RLIM_INFINITY };
	RI_FD int full = open("/dev/full", O_RDWR | O_CLOEXEC);
	RI_FD int fd = open(tmp_path("image"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct ri_err e = { 0 };
	int pipes[2];

	(void)state;
	check_err("full", write_much(full, &o, &e), &e, RI_E_IO,
	    "writing the archive: No space left on device");
	assert_int_equal(e.sys, ENOSPC);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
	e = (struct ri_err){ 0 };
	check_err("limit", write_much(fd, &o, &e), &e, RI_E_IO,
	    "writing the archive: File too large");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &any), 0);
	assert_int_equal(pipe(pipes), 0);
	e = (struct ri_err){ 0 };
	check_err("pipe", write_much(pipes[1], &o, &e), &e, RI_E_IO,
	    "the archive's position: Illegal seek");
	close(pipes[0]);
	close(pipes[1]);
}

/* At each of many lengths, to the byte that is too little. */
static void test_room(void **state)
{
	struct ri_squash_opts o = squash_opts(RI_ZSTD);
	RI_FD int fd = open(tmp_path("image"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct ri_err e = { 0 };
	struct stat st;

	(void)state;
	check_ok("any", write_much(fd, &o, &e), &e);
	assert_int_equal(fstat(fd, &st), 0);
	o.room_is = "the test has";
	o.room = (uint64_t)st.st_size;
	check_ok("enough", write_much(fd, &o, &e), &e);
	for (o.room--;; o.room = o.room * 4 / 5) {
		e = (struct ri_err){ 0 };
		assert_int_equal(write_much(fd, &o, &e), -1);
		assert_int_equal(e.code, RI_E_BUDGET);
		assert_non_null(
		    strstr(e.msg, "that the test has; make room there or leave more out"));
		if (o.room < 10)
			break;
	}
}

/* Given up at any point: threads and memory are gone, which the sanitizers look at. */
static void test_given_up(void **state)
{
	static char noise[1 << 20];
	const struct ri_squash_opts o = squash_opts(RI_ZSTD);

	(void)state;
	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (char)(i * i >> 7);
	for (unsigned files = 0; files < 12; files++) {
		struct ri_err e = { 0 };
		struct ri_squash *s;
		char name[32];
		int fd;

		s = squash_begin(&o, &fd);
		for (unsigned i = 0; i < files; i++) {
			snprintf(name, sizeof name, "%u", i);
			squash_file(s, name, ri_span(noise + i, sizeof noise - 100 * i));
		}
		squash_add(s,
		    &(struct ri_squash_entry){ .path = "cut", .mode = S_IFREG, .size = 1000000 });
		check_ok("data", ri_squash_data(s, noise, files * 40000, &e), &e);
		ri_squash_freep(&s);
		close(fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_entries, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_ids, tmp_set_up, tmp_tear_down),
		cmocka_unit_test(test_options),
		cmocka_unit_test_setup_teardown(test_write_failures, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_room, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_given_up, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
