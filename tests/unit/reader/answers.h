// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The client's operations, each with an answer of the direct reader and what is made of it.
 */
#include "unit/direct_fake.h"
#include "unit/run.h"
#include "unit/tmpdir.h"

/** A value of an answer: a string, or a number of 4 or 8 bytes. */
struct answer_value {
	char kind; /* 's', '4' or '8'; 0: there are no more */
	const char *text;
	uint64_t number;
};

struct answer_row {
	const char *name;
	/* Calls the operation; what it gives is appended to @told in words. */
	int (*ask)(struct ri_guest *g, struct ri_buf *told, struct ri_err *e);
	const char *items;           /* each ends with a space; NULL: there are none */
	const char *data;            /* a file's bytes from the fourth on; NULL: there are none */
	struct answer_value done[7]; /* the payload of DONE */
	const char *told;
};

static const struct answer_row *answer_now; /* what the next reader answers */
static size_t answer_cut;                   /* how much of DONE's payload is missing */
static struct ri_err answer_error;          /* code 0: none; else it is the answer */

/* The payload of DONE; its memory is the test's. */
static void answer_put(const struct answer_value *v, struct ri_buf *b)
{
	for (; v->kind; v++)
		if (v->kind == 's')
			ri_wire_put_str(b, ri_str(v->text));
		else if (v->kind == '4')
			ri_wire_put_u32(b, (uint32_t)v->number);
		else
			ri_wire_put_u64(b, v->number);
}

/* The process: the answer, and then nothing. */
static void answer(int fd)
{
	RI_BUF items = { 0 };
	RI_BUF data = { 0 };
	RI_BUF done = { 0 };

	if (answer_error.code) {
		ri_wire_put_error(&done, &answer_error);
		send_frame(fd, RI_WIRE_ERROR, ri_buf_span(&done));
		pause();
	}
	for (const char *p = answer_now->items; p && *p; p += strcspn(p, " ") + 1) {
		ri_wire_put_u64(&items, 7);
		ri_wire_put_str(&items, ri_span(p, strcspn(p, " ")));
	}
	if (items.n > 0)
		send_frame(fd, RI_WIRE_ITEMS, ri_buf_span(&items));
	if (answer_now->data) {
		ri_wire_put_u64(&data, 3);
		ri_buf_add_str(&data, answer_now->data);
		send_frame(fd, RI_WIRE_DATA, ri_buf_span(&data));
	}
	answer_put(answer_now->done, &done);
	send_frame(fd, RI_WIRE_DONE, ri_span(done.p, done.n - answer_cut));
	pause();
}

/** A reader that answers as @row says. */
static inline void answer_reader(const struct answer_row *row, struct ri_guest **g)
{
	answer_now = row;
	new_reader(answer, g);
}

static int answer_filesystems(struct ri_guest *g, struct ri_buf *told, struct ri_err *e)
{
	RI_ON_EXIT(ri_guest_fslist_free) struct ri_guest_fslist l = { 0 };
	int rc = g->ops->filesystems(g, &l, e);

	for (size_t i = 0; i < l.n; i++)
		ri_buf_addf(told, "%s=%s ", l.v[i].device, l.v[i].type);
	return rc;
}

static int answer_preen(struct ri_guest *g, struct ri_buf *told, struct ri_err *e)
{
	bool bad = true;
	int rc = g->ops->preen(g, "/dev/sda1", &bad, e);

	ri_buf_add_str(told, bad ? "bad" : "good");
	return rc;
}

static void answer_strings(const struct ri_strv *v, struct ri_buf *told)
{
	for (size_t i = 0; i < v->n; i++)
		ri_buf_addf(told, "%s ", v->v[i]);
}

static int answer_mount(struct ri_guest *g, struct ri_buf *told, struct ri_err *e)
{
	(void)told;
	return g->ops->mount(g, "/dev/sda1", "/", true, e);
}

static int answer_umount(struct ri_guest *g, struct ri_buf *told, struct ri_err *e)
{
	(void)told;
	return g->ops->umount_all(g, e);
}

static int answer_tags(struct ri_guest *g, struct ri_buf *told, struct ri_err *e)
{
	RI_STRV l = { 0 };
	int rc = g->ops->tags(g, "/dev/sda1", &l, e);

	answer_strings(&l, told);
	return rc;
}

static int answer_device(struct ri_guest *g, struct ri_buf *told, struct ri_err *e)
{
	RI_FREE char *uuid = NULL, *spec = NULL;
	struct ri_bootdev dev = { 0 };
	int rc = g->ops->device(g, "/dev/sda1", &uuid, &spec, &dev, e);

	if (rc == 0)
		ri_buf_addf(told, "%s %s %d %d %s %s", uuid, spec, dev.disk, dev.part,
		    dev.ptable ? dev.ptable : "-", dev.lvm_hint ? dev.lvm_hint : "-");
	free(dev.ptable);
	free(dev.lvm_hint);
	return rc;
}

static int answer_space(struct ri_guest *g, struct ri_buf *told, struct ri_err *e)
{
	uint64_t size = 0, avail = 0;
	int rc = g->ops->space(g, "/", &size, &avail, e);

	ri_buf_addf(told, "%llu %llu", (unsigned long long)size, (unsigned long long)avail);
	return rc;
}

static int answer_kind(struct ri_guest *g, struct ri_buf *told, struct ri_err *e)
{
	enum ri_kind kind = RI_KIND_NONE;
	int rc = g->ops->kind(g, "/x", &kind, e);

	ri_buf_addf(told, "%d", (int)kind);
	return rc;
}

static int answer_resolve(struct ri_guest *g, struct ri_buf *told, struct ri_err *e)
{
	RI_FREE char *real = NULL;
	int rc = g->ops->resolve(g, "/x", &real, e);

	if (rc == 0)
		ri_buf_add_str(told, real);
	return rc;
}

static int answer_list(struct ri_guest *g, struct ri_buf *told, struct ri_err *e)
{
	RI_FREE uint64_t *sizes = NULL;
	RI_STRV l = { 0 };
	int rc = g->ops->list(g, "/x", &l, &sizes, e);

	for (size_t i = 0; rc == 0 && i < l.n; i++)
		ri_buf_addf(told, "%s %llu ", l.v[i], (unsigned long long)sizes[i]);
	return rc;
}

static int answer_read(struct ri_guest *g, struct ri_buf *told, struct ri_err *e)
{
	RI_BUF b = { 0 };
	int rc = g->ops->read(g, "/x", 9, &b, e);

	for (size_t i = 0; i < b.n; i++)
		ri_buf_addf(told, "%c", b.p[i] ? b.p[i] : '.');
	return rc;
}

static int answer_download(struct ri_guest *g, struct ri_buf *told, struct ri_err *e)
{
	int rc = g->ops->download(g, "/x", 9, tmp_path("down"), e);
	struct stat st;

	if (rc == 0 && stat(tmp_path("down"), &st) == 0)
		ri_buf_addf(told, "%lld", (long long)st.st_size);
	return rc;
}

static int answer_sum(struct ri_guest *g, struct ri_buf *told, struct ri_err *e)
{
	char hex[RI_SHA256_HEX + 1] = "";
	int rc = g->ops->sha256(g, "/x", hex, e);

	ri_buf_add_str(told, hex);
	return rc;
}

static int answer_glob(struct ri_guest *g, struct ri_buf *told, struct ri_err *e)
{
	RI_STRV l = { 0 };
	int rc = g->ops->glob(g, "/x*", &l, e);

	answer_strings(&l, told);
	return rc;
}

static int answer_usage(struct ri_guest *g, struct ri_buf *told, struct ri_err *e)
{
	uint64_t bytes = 0;
	int rc = g->ops->usage(g, "/x", &bytes, e);

	ri_buf_addf(told, "%llu", (unsigned long long)bytes);
	return rc;
}

#define ANSWER_SUM "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
/* clang-format off */
#define S(text) { 's', text, 0 }
#define N4(n) { '4', NULL, n }
#define N8(n) { '8', NULL, n }
/* clang-format on */

static const struct answer_row answer_rows[] = {
	{ "filesystems", answer_filesystems, "/dev/sda1 ext4 /dev/sda2 swap ", NULL, { { 0 } },
	    "/dev/sda1=ext4 /dev/sda2=swap " },
	{ "preen", answer_preen, NULL, NULL, { { 0 } }, "good" },
	{ "mount", answer_mount, NULL, NULL, { { 0 } }, "" },
	{ "umount", answer_umount, NULL, NULL, { { 0 } }, "" },
	{ "tags", answer_tags, NULL, NULL,
	    { S("1111-a"), S("root"), S("2222-01"), S("a name"), S("/dev/mapper/a-b") },
	    "UUID=1111-a LABEL=root PARTUUID=2222-01 PARTLABEL=a name /dev/mapper/a-b " },
	{ "few tags", answer_tags, NULL, NULL, { S(""), S("root"), S(""), S(""), S("") },
	    "LABEL=root " },
	{ "device", answer_device, NULL, NULL,
	    { S("1111-a"), S("UUID=1111-a"), N4(3), S("gpt"), S("lvmid/a/b") },
	    "1111-a UUID=1111-a 0 3 gpt lvmid/a/b" },
	{ "plain device", answer_device, NULL, NULL,
	    { S("1111-a"), S("UUID=1111-a"), N4(1000), S(""), S("") },
	    "1111-a UUID=1111-a 0 1000 - -" },
	{ "space", answer_space, NULL, NULL, { N8(1000), N8(500) }, "1000 500" },
	{ "nothing", answer_kind, NULL, NULL, { N4(0) }, "0" },
	{ "file", answer_kind, NULL, NULL, { N4(0100644) }, "1" },
	{ "directory", answer_kind, NULL, NULL, { N4(040755) }, "2" },
	{ "link", answer_kind, NULL, NULL, { N4(0120777) }, "3" },
	{ "node", answer_kind, NULL, NULL, { N4(020600) }, "4" },
	{ "resolve", answer_resolve, NULL, NULL, { S("/usr/bin") }, "/usr/bin" },
	{ "list", answer_list, "a b ", NULL, { { 0 } }, "a 7 b 7 " },
	{ "empty list", answer_list, NULL, NULL, { { 0 } }, "" },
	{ "read", answer_read, NULL, "abc", { N8(8) }, "...abc.." },
	{ "download", answer_download, NULL, "abc", { N8(8) }, "8" },
	{ "hash", answer_sum, NULL, NULL, { S(ANSWER_SUM) }, ANSWER_SUM },
	{ "glob", answer_glob, "/x1 /x2/ ", NULL, { { 0 } }, "/x1 /x2/ " },
	{ "usage", answer_usage, NULL, NULL, { N8(4096) }, "4096" },
};

enum { ANSWER_ROWS = sizeof answer_rows / sizeof *answer_rows };
