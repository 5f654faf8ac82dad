// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/posixacl.h"

#include <archive.h>
#include <archive_entry.h>
#include <limits.h>
#include <stdint.h>

#define ACL_VERSION 2
#define LINE_LEN 8
#define NO_ID UINT32_MAX

/* include/uapi/linux/posix_acl.h; in the order in which the kernel expects the lines. */
static const struct {
	unsigned tag;
	int entry_tag;
	bool named;
} tags[] = {
	{ 0x01, ARCHIVE_ENTRY_ACL_USER_OBJ, false },
	{ 0x02, ARCHIVE_ENTRY_ACL_USER, true },
	{ 0x04, ARCHIVE_ENTRY_ACL_GROUP_OBJ, false },
	{ 0x08, ARCHIVE_ENTRY_ACL_GROUP, true },
	{ 0x10, ARCHIVE_ENTRY_ACL_MASK, false },
	{ 0x20, ARCHIVE_ENTRY_ACL_OTHER, false },
};
#define TAGS (sizeof tags / sizeof *tags)

int ri_posixacl_type(const char *xattr_name)
{
	if (strcmp(xattr_name, RI_ACL_ACCESS) == 0)
		return ARCHIVE_ENTRY_ACL_TYPE_ACCESS;
	if (strcmp(xattr_name, RI_ACL_DEFAULT) == 0)
		return ARCHIVE_ENTRY_ACL_TYPE_DEFAULT;
	return 0;
}

static uint32_t le(const unsigned char *p, size_t n)
{
	uint32_t v = 0;

	for (size_t i = n; i-- > 0;)
		v = v << 8 | p[i];
	return v;
}

static void put_le(struct ri_buf *b, uint32_t v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = (char)(v >> (8 * i) & 0xff);

		ri_buf_add(b, &c, 1);
	}
}

static int line_to_entry(const unsigned char *p, int type, struct archive_entry *entry,
    struct ri_err *e)
{
	uint32_t tag = le(p, 2), perm = le(p + 2, 2), id = le(p + 4, 4);

	for (size_t i = 0; i < TAGS; i++) {
		if (tags[i].tag != tag)
			continue;
		if (perm > 7)
			return ri_fail(e, RI_E_GUEST, 0, "ACL with the permissions %#x", perm);
		if (archive_entry_acl_add_entry(entry, type, (int)perm, tags[i].entry_tag,
			tags[i].named ? (int)id : -1, NULL) != ARCHIVE_OK)
			return ri_nomem(e);
		return 0;
	}
	return ri_fail(e, RI_E_GUEST, 0, "ACL with the tag %#x", tag);
}

int ri_posixacl_to_entry(struct ri_span value, int type, struct archive_entry *entry,
    struct ri_err *e)
{
	const unsigned char *p = (const unsigned char *)value.p;

	if (value.n < 4 || (value.n - 4) % LINE_LEN != 0 || le(p, 4) != ACL_VERSION)
		return ri_fail(e, RI_E_GUEST, 0, "malformed ACL attribute of %zu bytes", value.n);
	for (size_t at = 4; at < value.n; at += LINE_LEN)
		if (line_to_entry(p + at, type, entry, e) < 0)
			return -1;
	return 0;
}

bool ri_posixacl_speakable(struct ri_span value)
{
	const unsigned char *p = (const unsigned char *)value.p;

	for (size_t at = 4; at + LINE_LEN <= value.n; at += LINE_LEN) {
		uint32_t id = le(p + at + 4, 4);

		if (id > INT_MAX && id != NO_ID)
			return false;
	}
	return true;
}

bool ri_posixacl_stays(const char *xattr_name, struct ri_span value)
{
	return ri_posixacl_type(xattr_name) == 0 || !ri_posixacl_speakable(value);
}

struct line {
	size_t rank; /* index into tags */
	uint32_t perm, id;
};

static int by_rank(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static int entry_line(struct archive_entry *entry, int type, struct line *out, struct ri_err *e)
{
	int got_type, perm, tag, id;
	const char *name;

	if (archive_entry_acl_next(entry, type, &got_type, &perm, &tag, &id, &name) != ARCHIVE_OK)
		return ri_nomem(e);
	for (size_t i = 0; i < TAGS; i++) {
		if (tags[i].entry_tag != tag)
			continue;
		if (tags[i].named && id == -1)
			return ri_fail(e, RI_E_GUEST, 0,
			    "the ACL names \"%s\" without giving its number", name ? name : "");
		*out = (struct line){ i, (uint32_t)perm & 7, tags[i].named ? (uint32_t)id : NO_ID };
		return 0;
	}
	return ri_fail(e, RI_E_GUEST, 0, "the ACL has a line of unknown kind %d", tag);
}

int ri_posixacl_from_entry(struct archive_entry *entry, int type, struct ri_buf *out,
    struct ri_err *e)
{
	int n = archive_entry_acl_reset(entry, type);
	RI_FREE struct line *lines = NULL;

	if (n <= 0)
		return 0;
	lines = calloc((size_t)n, sizeof *lines);
	if (!lines)
		return ri_nomem(e);
	for (int i = 0; i < n; i++)
		if (entry_line(entry, type, &lines[i], e) < 0)
			return -1;
	qsort(lines, (size_t)n, sizeof *lines, by_rank);
	put_le(out, ACL_VERSION, 4);
	for (int i = 0; i < n; i++) {
		put_le(out, tags[lines[i].rank].tag, 2);
		put_le(out, lines[i].perm, 2);
		put_le(out, lines[i].id, 4);
	}
	return ri_buf_check(out, e);
}
