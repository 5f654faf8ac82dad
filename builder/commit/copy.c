// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "commit/copy.h"
#include "base/log.h"
#include "commit/undo.h"

#define PIECE ((size_t)1 << 20) /* written at a time */

struct copying {
	const struct ri_proof *p;
	enum ri_copy_what what;
	char *piece; /* PIECE bytes */
	uint64_t at;
	size_t n; /* of it are filled, and go to @at */
	uint64_t done, total;
};

static const char *phase(const struct copying *c)
{
	return c->what == RI_COPY_NEW ? "committing" : "undoing";
}

static int write_piece(struct copying *c, struct ri_err *e)
{
	size_t n = c->n;

	c->n = 0;
	if (n > 0 && c->p->target->write(c->p->target, c->at, c->piece, n, e) < 0)
		return -1;
	c->done += n;
	ri_progress(phase(c), c->done, c->total);
	return 0;
}

static int fetch(struct copying *c, const struct ri_block *b, uint64_t index, char *to, size_t n,
    struct ri_err *e)
{
	unsigned char digest[RI_BLOCK_DIGEST];

	if (c->what == RI_COPY_OLD)
		return ri_undo_read(c->p->undo, index, b, to, n, e);
	if (c->p->overlay->read(c->p->overlay, b->at, to, n, e) < 0)
		return -1;
	ri_block_digest(to, n, digest);
	return memcmp(digest, b->will, sizeof digest) == 0
		   ? 0
		   : ri_fail(e, RI_E_IO, 0, "the overlay is not what it was; its disk is damaged");
}

static int add(struct copying *c, const struct ri_block *b, uint64_t index, struct ri_err *e)
{
	size_t n = ri_block_length(b->at, c->p->size);

	if (c->n > 0 && (c->at + c->n != b->at || c->n + n > PIECE) && write_piece(c, e) < 0)
		return -1;
	if (c->n == 0)
		c->at = b->at;
	if (fetch(c, b, index, c->piece + c->n, n, e) < 0)
		return -1;
	c->n += n;
	return 0;
}

static int copy(struct copying *c, struct ri_err *e)
{
	struct ri_block b, last;
	bool first = true;
	uint64_t index = 0;
	int rc;

	while ((rc = ri_blocks_next(c->p->blocks, first ? NULL : &last, c->p->size, &b, e)) > 0) {
		first = false;
		last = b;
		if (ri_block_changes(&b) && add(c, &b, index++, e) < 0)
			return -1;
	}
	if (rc < 0 || write_piece(c, e) < 0)
		return -1;
	return c->p->target->flush(c->p->target, e);
}

int ri_copy(const struct ri_proof *p, enum ri_copy_what what, uint64_t changed, struct ri_err *e)
{
	RI_FREE char *piece = malloc(PIECE);
	struct copying c = { .p = p, .what = what, .piece = piece, .total = changed * RI_BLOCK };
	int rc;

	if (!piece)
		return ri_nomem(e);
	ri_progress(phase(&c), 0, c.total);
	rc = copy(&c, e);
	ri_progress_over(phase(&c), c.done, c.total, rc);
	return rc;
}
