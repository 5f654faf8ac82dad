// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "commit/prove.h"
#include "base/le.h"
#include "base/log.h"
#include "commit/undo.h"

#include <time.h>

#define SECTOR 512 /* what a disk writes whole at least */
#define PHASE "proving"

/* An ext superblock is 1024 bytes into the file system, so in the block where that begins. */
#define EXT_SUPER 1024
#define EXT_MTIME 0x2c
#define EXT_WTIME 0x30
#define EXT_MAGIC 0x38

static void say_when(uint32_t seconds, char out[32])
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || strftime(out, 32, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		snprintf(out, 32, "an unknown time");
}

/* Somebody else wrote there. Where a file system says itself when, that is said. */
static int changed(const struct ri_block *b, const char *now, size_t n, struct ri_err *e)
{
	char mounted[32], written[32];

	if (n < EXT_SUPER + 1024 || (unsigned char)now[EXT_SUPER + EXT_MAGIC] != 0x53 ||
	    (unsigned char)now[EXT_SUPER + EXT_MAGIC + 1] != 0xef)
		return ri_fail(e, RI_E_COMMIT, 0,
		    "the disk was written to since: at byte %llu it holds neither what was there nor "
		    "what was to be",
		    (unsigned long long)b->at);
	say_when(ri_le32(now + EXT_SUPER + EXT_MTIME), mounted);
	say_when(ri_le32(now + EXT_SUPER + EXT_WTIME), written);
	return ri_fail(e, RI_E_COMMIT, 0,
	    "the file system that begins at byte %llu was written to since: it was last mounted at %s "
	    "and written at %s",
	    (unsigned long long)b->at, mounted, written);
}

/* A power cut may have left some sectors of a block written and others not. */
static int torn(const struct ri_proof *p, const struct ri_block *b, uint64_t index, const char *now,
    size_t n, bool *yes, struct ri_err *e)
{
	char was[RI_BLOCK], will[RI_BLOCK];

	*yes = false;
	if (p->undo < 0 || !ri_block_changes(b))
		return 0;
	if (ri_undo_read(p->undo, index, b, was, n, e) < 0 ||
	    p->overlay->read(p->overlay, b->at, will, n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i += SECTOR) {
		size_t len = n - i < SECTOR ? n - i : SECTOR;

		if (memcmp(now + i, was + i, len) != 0 && memcmp(now + i, will + i, len) != 0)
			return 0;
	}
	*yes = true;
	return 0;
}

static int prove_block(const struct ri_proof *p, const struct ri_block *b, uint64_t index,
    struct ri_proven *out, struct ri_err *e)
{
	unsigned char digest[RI_BLOCK_DIGEST];
	size_t n = ri_block_length(b->at, p->size);
	char now[RI_BLOCK];
	bool both;

	if (p->target->read(p->target, b->at, now, n, e) < 0)
		return -1;
	ri_block_digest(now, n, digest);
	if (memcmp(digest, b->was, sizeof digest) == 0) {
		out->as_before += ri_block_changes(b);
		return 0;
	}
	if (memcmp(digest, b->will, sizeof digest) == 0) {
		out->as_after++;
		return 0;
	}
	if (torn(p, b, index, now, n, &both, e) < 0)
		return -1;
	out->torn += both;
	return both ? 0 : changed(b, now, n, e);
}

int ri_prove(const struct ri_proof *p, struct ri_proven *out, struct ri_err *e)
{
	struct ri_block b, last;
	uint64_t n = 0, index = 0;
	int rc;

	*out = (struct ri_proven){ 0 };
	ri_progress(PHASE, 0, 0);
	while ((rc = ri_blocks_next(p->blocks, n ? &last : NULL, p->size, &b, e)) > 0) {
		rc = prove_block(p, &b, index, out, e);
		if (rc < 0)
			break;
		index += ri_block_changes(&b);
		last = b;
		ri_progress(PHASE, ++n * RI_BLOCK, 0);
	}
	ri_progress_over(PHASE, n * RI_BLOCK, 0, rc);
	return rc;
}
