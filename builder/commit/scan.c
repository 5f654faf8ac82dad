// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "commit/scan.h"
#include "base/cancel.h"
#include "base/log.h"
#include "commit/blocks.h"
#include "commit/sample.h"
#include "host/hostfile.h"

#include <errno.h>

#define PIECE ((size_t)1 << 20) /* read at a time, of both */
#define PHASE "comparing"

struct scanning {
	const struct ri_scan *s;
	struct ri_commit_record *out;
	char *was, *will; /* PIECE bytes each */
	uint64_t sample[RI_SAMPLE_MAX];
	size_t sample_n, sample_at;
	uint64_t run_at, run_n; /* a run of changed bytes that no room was reserved for yet */
	bool run_fresh;         /* in which there are zeros now */
	uint64_t total, done;
};

static int reserve_run(struct scanning *c, struct ri_err *e)
{
	uint64_t n = c->run_n;

	c->run_n = 0;
	return n == 0 ? 0 : c->s->target->reserve(c->s->target, c->run_at, n, c->run_fresh, e);
}

static int reserve(struct scanning *c, uint64_t at, size_t n, bool fresh, struct ri_err *e)
{
	if ((c->run_at + c->run_n != at || c->run_fresh != fresh) && reserve_run(c, e) < 0)
		return -1;
	if (c->run_n == 0)
		c->run_at = at;
	c->run_n += n;
	c->run_fresh = fresh;
	return 0;
}

/* Zeros become a hole, which is most of what is there in a guest with free space. */
static int keep(struct scanning *c, const char *was, size_t n, struct ri_err *e)
{
	uint64_t at = c->out->changed * RI_BLOCK;

	if (c->s->undo < 0 || ri_target_is_zero(was, n))
		return 0;
	if (ri_file_write_at(c->s->undo, was, n, at) < 0)
		return ri_fail(e, RI_E_IO, errno, "keeping what is there, in stage.dir");
	return 0;
}

static int put(struct scanning *c, const struct ri_block *b, struct ri_err *e)
{
	c->out->blocks++;
	c->out->changed += ri_block_changes(b);
	return ri_blocks_put(c->s->blocks, b, e);
}

/* Of the sample, blocks before @limit that nothing changes. */
static int put_sample(struct scanning *c, uint64_t limit, struct ri_err *e)
{
	for (; c->sample_at < c->sample_n && c->sample[c->sample_at] < limit; c->sample_at++) {
		struct ri_block b = { .at = c->sample[c->sample_at] };
		size_t n = ri_block_length(b.at, c->s->size);
		char bytes[RI_BLOCK];

		if (c->s->target->read(c->s->target, b.at, bytes, n, e) < 0)
			return -1;
		ri_block_digest(bytes, n, b.was);
		memcpy(b.will, b.was, sizeof b.will);
		if (put(c, &b, e) < 0)
			return -1;
	}
	return 0;
}

static int changed_block(struct scanning *c, uint64_t at, const char *was, const char *will,
    size_t n, struct ri_err *e)
{
	struct ri_block b = { .at = at };

	if (put_sample(c, at, e) < 0)
		return -1;
	if (c->sample_at < c->sample_n && c->sample[c->sample_at] == at)
		c->sample_at++;
	ri_block_digest(was, n, b.was);
	ri_block_digest(will, n, b.will);
	if (reserve(c, at, n, ri_target_is_zero(was, n), e) < 0)
		return -1;
	return keep(c, was, n, e) < 0 ? -1 : put(c, &b, e);
}

static int compare(struct scanning *c, uint64_t at, size_t n, struct ri_err *e)
{
	if (ri_cancel_check(e) < 0 || c->s->target->read(c->s->target, at, c->was, n, e) < 0 ||
	    c->s->overlay->read(c->s->overlay, at, c->will, n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i += RI_BLOCK) {
		size_t len = ri_block_length(at + i, at + n);

		if (memcmp(c->was + i, c->will + i, len) != 0 &&
		    changed_block(c, at + i, c->was + i, c->will + i, len, e) < 0)
			return -1;
	}
	c->done += n;
	ri_progress(PHASE, c->done, c->total);
	return 0;
}

/* Whole blocks: an overlay's cluster is a multiple of them, but for the disk's end. */
static int compare_range(struct scanning *c, const struct ri_range *r, struct ri_err *e)
{
	if (r->at % RI_BLOCK != 0 || (r->bytes % RI_BLOCK != 0 && r->at + r->bytes != c->s->size))
		return ri_fail(e, RI_E_IO, 0, "the overlay's clusters are no multiple of %u bytes",
		    RI_BLOCK);
	for (uint64_t i = 0; i < r->bytes; i += PIECE)
		if (compare(c, r->at + i, r->bytes - i < PIECE ? (size_t)(r->bytes - i) : PIECE,
			e) < 0)
			return -1;
	return 0;
}

static int scan(struct scanning *c, struct ri_err *e)
{
	for (size_t i = 0; i < c->s->r->n; i++)
		c->total += c->s->r->v[i].bytes;
	c->sample_n = ri_sample(c->s->size, c->sample);
	for (size_t i = 0; i < c->s->r->n; i++)
		if (compare_range(c, &c->s->r->v[i], e) < 0)
			return -1;
	return put_sample(c, UINT64_MAX, e) < 0 ? -1 : reserve_run(c, e);
}

int ri_scan(const struct ri_scan *s, struct ri_commit_record *out, struct ri_err *e)
{
	RI_FREE char *was = malloc(PIECE), *will = malloc(PIECE);
	struct scanning c = { .s = s, .out = out, .was = was, .will = will };
	int rc;

	if (!was || !will)
		return ri_nomem(e);
	out->blocks = out->changed = 0;
	ri_progress(PHASE, 0, 0);
	rc = scan(&c, e);
	ri_progress_over(PHASE, c.done, c.total, rc);
	return rc;
}
