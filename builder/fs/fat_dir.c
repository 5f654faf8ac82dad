// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fs/fat_dir.h"
/*
 * Directories: entries of 32 bytes, a long name in as many of them as it takes in front of the
 * file's own (fs/fat/dir.c:__fat_readdir, fat_parse_long, fat_parse_short).
 */
#include "fs/fat_internal.h"

enum {
	DELETED = 0xe5,
	LAST = 0x40,    /* in the number of a long name's piece: the first that comes */
	PIECES = 20,    /* of a long name at most, 13 characters each */
	LOWER_BASE = 8, /* in a short name's case byte */
	LOWER_EXT = 16,
	DIR_MAX = 2 << 20, /* bytes of a directory, as Linux has it */
};

struct listing {
	struct ri_fatfs *fs;
	uint32_t ino; /* the directory's */
	struct ri_fs_names *out;
	uint64_t bytes; /* seen */
	bool over;      /* an entry said that none follow */
	unsigned
	    want; /* the number of the long name's next piece; 0: no long name, or it is complete */
	bool is_long;      /* a whole long name waits for its entry */
	unsigned char sum; /* of the short name that it must go with */
	char name[PIECES * 13 + 1];
};

static int bad(const struct listing *l, const char *what, struct ri_err *e)
{
	return ri_fat_bad(l->ino, what, e);
}

/* Names that are unambiguous: ASCII, without anything that FAT forbids. */
static bool plain(const char *name)
{
	size_t n = strlen(name);

	for (const char *p = name; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p > '~' || strchr("\"*/:<>?\\|", *p))
			return false;
	return n > 0 && name[0] != ' ' && name[n - 1] != '.' && name[n - 1] != ' ';
}

/* Where in a piece its characters lie. */
static unsigned character(const unsigned char *raw, unsigned i)
{
	return ri_fat_u16(raw + (i < 5 ? 1 + 2 * i : i < 11 ? 4 + 2 * i : 6 + 2 * i));
}

/* The pieces come with the name's end first. */
static int long_piece(struct listing *l, const unsigned char *raw, struct ri_err *e)
{
	unsigned number = raw[0] & ~(unsigned)LAST;
	char *to;

	if (raw[0] & LAST) {
		if (l->want || l->is_long || number == 0 || number > PIECES)
			return bad(l, "a long name in it is damaged", e);
		memset(l->name, 0, sizeof l->name);
		l->want = number;
		l->sum = raw[13];
	}
	if (l->want == 0 || number != l->want || raw[13] != l->sum || raw[12] != 0 ||
	    ri_fat_u16(raw + 26) != 0)
		return bad(l, "a long name in it is damaged", e);
	to = l->name + (size_t)(number - 1) * 13;
	for (unsigned i = 0; i < 13; i++) {
		unsigned c = character(raw, i);

		/* A NUL ends it, and FFFF fills the last piece. */
		if (c == 0 && raw[0] & LAST)
			break;
		if (c < ' ' || c > '~')
			return bad(l, "a name in it is not ASCII", e);
		to[i] = (char)c;
	}
	l->want--;
	l->is_long = l->want == 0;
	return 0;
}

static unsigned char checksum(const unsigned char *raw)
{
	unsigned char sum = 0;

	for (int i = 0; i < 11; i++)
		sum = (unsigned char)((unsigned char)(sum << 7 | sum >> 1) + raw[i]);
	return sum;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* One of a short name's two parts, without trailing spaces. @return its length. */
static size_t part(const unsigned char *from, size_t n, bool small, char *to)
{
	while (n > 0 && from[n - 1] == ' ')
		n--;
	for (size_t i = 0; i < n; i++)
		to[i] = small ? lower((char)from[i]) : (char)from[i];
	return n;
}

static bool short_name(const unsigned char *raw, char name[13])
{
	size_t n = part(raw, 8, raw[12] & LOWER_BASE, name), ext;

	name[n] = '.';
	ext = part(raw + 8, 3, raw[12] & LOWER_EXT, name + n + 1);
	name[ext > 0 ? n + 1 + ext : n] = '\0';
	return n > 0 && strlen(name) == (ext > 0 ? n + 1 + ext : n) && !strchr(name, ' ') &&
	       plain(name);
}

static int file(struct listing *l, const unsigned char *raw, uint64_t at, struct ri_err *e)
{
	char name[13];

	if (memcmp(raw, ".          ", 11) == 0 || memcmp(raw, "..         ", 11) == 0)
		return l->is_long ? bad(l, "a long name in it is damaged", e) : 0;
	if (l->is_long) {
		if (checksum(raw) != l->sum || !plain(l->name))
			return bad(l, "a long name in it is damaged, or not a name", e);
		l->is_long = false;
		return ri_fs_names_add(l->out, ri_str(l->name), (uint32_t)(at / RI_FAT_ENTRY), e);
	}
	if (!short_name(raw, name))
		return bad(l, "a name in it is not plain ASCII", e);
	return ri_fs_names_add(l->out, ri_str(name), (uint32_t)(at / RI_FAT_ENTRY), e);
}

static int entry(struct listing *l, const unsigned char *raw, uint64_t at, struct ri_err *e)
{
	bool used = raw[0] != 0 && raw[0] != DELETED;

	if (l->over && used)
		return bad(l, "it has entries behind its end", e);
	l->over = l->over || raw[0] == 0;
	if (used && raw[11] == RI_FAT_LONG)
		return long_piece(l, raw, e);
	if (l->want || (l->is_long && (!used || raw[11] & RI_FAT_VOLUME)))
		return bad(l, "a long name in it has no file", e);
	return used && !(raw[11] & RI_FAT_VOLUME) ? file(l, raw, at, e) : 0;
}

static int dir_run(void *arg, const struct ri_fat_run *r, struct ri_err *e)
{
	struct listing *l = arg;

	for (uint64_t done = 0; done < r->bytes;) {
		uint64_t left = r->bytes - done;
		size_t n = left < RI_FS_PIECE ? (size_t)left : RI_FS_PIECE;

		if (l->fs->image->read(l->fs->image, r->at + done, l->fs->piece, n, e) < 0)
			return -1;
		for (size_t i = 0; i + RI_FAT_ENTRY <= n; i += RI_FAT_ENTRY)
			if (entry(l, (unsigned char *)l->fs->piece + i, r->at + done + i, e) < 0)
				return -1;
		done += n;
		l->bytes += n;
		if (l->bytes > DIR_MAX)
			return bad(l, "it is too large a directory", e);
	}
	return 0;
}

static int collect(struct listing *l, struct ri_err *e)
{
	struct ri_fatfs *fs = l->fs;
	const struct ri_fat_run root = { fs->root, fs->root_bytes };
	struct ri_fat_entry en;
	uint32_t first = fs->root_first;

	if (l->ino == RI_FS_ROOT && fs->bits != 32)
		return dir_run(l, &root, e);
	if (l->ino != RI_FS_ROOT) {
		if (ri_fat_read_entry(fs, l->ino, &en, e) < 0)
			return -1;
		if (!(en.raw[11] & RI_FAT_DIR))
			return bad(l, "it is not a directory", e);
		first = en.first;
	}
	return ri_fat_chain(fs, l->ino, first, UINT64_MAX, dir_run, l, NULL, e);
}

int ri_fatfs_names(struct ri_fatfs *fs, uint32_t dir, struct ri_fs_names *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_fs_names_free) struct ri_fs_names names = { 0 };
	struct listing l = { .fs = fs, .ino = dir, .out = &names };

	if (collect(&l, e) < 0)
		return -1;
	if (l.want || l.is_long)
		return bad(&l, "a long name in it has no file", e);
	if (!ri_fs_names_sort(&names))
		return bad(&l, "two files in it have the same name", e);
	*out = names;
	names = (struct ri_fs_names){ 0 };
	return 0;
}
