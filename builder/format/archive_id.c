// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/archive_id.h"

#define BLOCK 512
#define PREFIX "comment=ramimg build "

/* Fields of a ustar header (POSIX pax, "ustar Interchange Format"). */
static const struct {
	size_t at;
	const char *text;
} fields[] = {
	{ 0, "pax_global_header" },
	{ 100, "0000644" },
	{ 108, "0000000" },
	{ 116, "0000000" },
	{ 136, "00000000000" },
	{ 156, "g" },
	{ 257, "ustar" },
	{ 263, "00" },
	{ 329, "0000000" },
	{ 337, "0000000" },
};
enum { SIZE_AT = 124, SUM_AT = 148, TYPE_AT = 156, MAGIC_AT = 257 };

static unsigned checksum(const unsigned char *block)
{
	unsigned sum = 0;

	for (size_t i = 0; i < BLOCK; i++)
		sum += i >= SUM_AT && i < SUM_AT + 8 ? ' ' : block[i];
	return sum;
}

void ri_archive_id_render(const char *build_id, unsigned char out[RI_ARCHIVE_ID_BYTES])
{
	char record[128];
	/* "NN comment=…\n": two digits for the length, a blank and the LF. */
	size_t n = strlen(PREFIX) + RI_BUILD_ID_LEN + 4;

	snprintf(record, sizeof record, "%02zu %s%.*s\n", n, PREFIX, RI_BUILD_ID_LEN, build_id);
	memset(out, 0, RI_ARCHIVE_ID_BYTES);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		memcpy(out + fields[i].at, fields[i].text, strlen(fields[i].text));
	memcpy(out + BLOCK, record, n);
	snprintf((char *)out + SIZE_AT, 12, "%011zo", n);
	snprintf((char *)out + SUM_AT, 8, "%06o", checksum(out));
	out[SUM_AT + 7] = ' ';
}

bool ri_archive_id_valid(const char *s)
{
	return strspn(s, "0123456789abcdef") == RI_BUILD_ID_LEN && s[RI_BUILD_ID_LEN] == '\0';
}

static size_t octal(const char *p, size_t n)
{
	size_t v = 0;

	for (size_t i = 0; i < n && p[i] >= '0' && p[i] <= '7'; i++)
		v = v * 8 + (size_t)(p[i] - '0');
	return v;
}

/*
 * One "LENGTH keyword=value\n" of a pax header. @return what follows the blank; n is 0 at the end.
 */
static struct ri_span next_record(struct ri_span *rest)
{
	struct ri_span none = { rest->p, 0 }, record;
	size_t n = 0, i = 0;

	for (; i < rest->n && rest->p[i] >= '0' && rest->p[i] <= '9' && n <= rest->n; i++)
		n = n * 10 + (size_t)(rest->p[i] - '0');
	if (i == 0 || n > rest->n || i >= rest->n || n < i + 2 || rest->p[i] != ' ' ||
	    rest->p[n - 1] != '\n')
		return none;
	record = ri_span(rest->p + i + 1, n - i - 2);
	rest->p += n;
	rest->n -= n;
	return record;
}

bool ri_archive_id_find(struct ri_span tar, char build_id[RI_BUILD_ID_LEN + 1])
{
	struct ri_span rest, record;
	char id[RI_BUILD_ID_LEN + 1];
	size_t n;

	if (tar.n < 2 * BLOCK || tar.p[TYPE_AT] != 'g' || memcmp(tar.p + MAGIC_AT, "ustar", 5) != 0)
		return false;
	if (octal(tar.p + SUM_AT, 8) != checksum((const unsigned char *)tar.p))
		return false;
	n = octal(tar.p + SIZE_AT, 12);
	rest = ri_span(tar.p + BLOCK, n < tar.n - BLOCK ? n : tar.n - BLOCK);
	while ((record = next_record(&rest)).n > 0) {
		if (!ri_span_starts(record, PREFIX) || record.n != strlen(PREFIX) + RI_BUILD_ID_LEN)
			continue;
		memcpy(id, record.p + strlen(PREFIX), RI_BUILD_ID_LEN);
		id[RI_BUILD_ID_LEN] = '\0';
		if (!ri_archive_id_valid(id))
			return false;
		memcpy(build_id, id, sizeof id);
		return true;
	}
	return false;
}

bool ri_archive_id_find_end(struct ri_span end, enum ri_compression compression,
    char build_id[RI_BUILD_ID_LEN + 1])
{
	/* Behind it: CRC-32 and length of a gzip member, the checksum of a zstd frame, end mark and checksum of an LZ4
	 * frame. */
	const size_t behind = compression == RI_ZSTD ? 4 : 8;

	return end.n == RI_ARCHIVE_ID_END &&
	       ri_archive_id_find(
		   ri_span(end.p + end.n - behind - RI_ARCHIVE_ID_BYTES, RI_ARCHIVE_ID_BYTES),
		   build_id);
}
