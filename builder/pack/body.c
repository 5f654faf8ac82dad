// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pack/body.h"
#include "base/cancel.h"
#include "host/dir.h"

#include <errno.h>
#include <sys/stat.h>

#define PAGE RI_BODY_PAGE
#define PIECE ((size_t)1 << 20) /* of what is replayed */

void ri_body_init(struct ri_body *b, const char *spool_dir, ri_body_seen_fn *seen, void *seen_arg)
{
	memset(b, 0, sizeof *b);
	b->ext_max = RI_BODY_EXTENTS_MAX;
	b->seen = seen;
	b->seen_arg = seen_arg;
	b->spool = -1;
	b->spool_dir = spool_dir ? spool_dir : getenv("TMPDIR");
	if (!b->spool_dir)
		b->spool_dir = "/var/tmp";
}

void ri_body_free(struct ri_body *b)
{
	ri_cleanup_fd(&b->spool);
	free(b->mem);
	free(b->ext);
}

static bool in_memory(const struct ri_body *b)
{
	return b->size <= RI_BODY_IN_MEMORY;
}

static int begin(struct ri_body *b, uint64_t size, struct ri_err *e)
{
	b->size = size;
	b->ext_n = 0;
	b->pages = b->run = 0;
	b->run_zeros = 0;
	b->min_hole = 1;
	b->page_begun = false;
	memset(b->page, 0, sizeof b->page);
	if (size > INT64_MAX)
		return ri_fail(e, RI_E_GUEST, 0, "a file of %llu bytes", (unsigned long long)size);
	if (in_memory(b)) {
		if (!b->mem)
			b->mem = malloc(RI_BODY_IN_MEMORY);
		if (!b->mem)
			return ri_nomem(e);
		memset(b->mem, 0, size);
		return 0;
	}
	if (b->spool < 0)
		b->spool = ri_dir_unnamed(b->spool_dir, e);
	if (b->spool < 0)
		return ri_ctx(e, "a temporary file");
	/* Twice: to nothing, so that all of it is a hole again. */
	if (ftruncate(b->spool, 0) < 0 || ftruncate(b->spool, (off_t)size) < 0)
		return ri_fail(e, RI_E_IO, errno, "a temporary file of %llu bytes in %s",
		    (unsigned long long)size, b->spool_dir);
	return 0;
}

static int store(struct ri_body *b, uint64_t at, const unsigned char *p, size_t n, struct ri_err *e)
{
	if (in_memory(b)) {
		memcpy(b->mem + at, p, n);
		return 0;
	}
	while (n > 0) {
		ssize_t w = pwrite(b->spool, p, n, (off_t)at);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return ri_fail(e, RI_E_IO, errno, "writing a temporary file in %s",
			    b->spool_dir);
		p += w;
		at += (uint64_t)w;
		n -= (size_t)w;
	}
	return 0;
}

/* The map is full: holes below the next power of two become data, which the stores hold as zeros. */
static void give_up_holes(struct ri_body *b)
{
	size_t kept;

	do {
		b->min_hole *= 2;
		kept = 0;
		for (size_t i = 1; i < b->ext_n; i++) {
			struct ri_body_extent *last = &b->ext[kept], *x = &b->ext[i];

			if (x->offset - (last->offset + last->length) < b->min_hole * PAGE)
				last->length = x->offset + x->length - last->offset;
			else
				b->ext[++kept] = *x;
		}
		b->ext_n = kept + 1;
	} while (b->ext_n > b->ext_max / 2);
}

/* Pages [from, from + n) hold data. */
static int add_data(struct ri_body *b, uint64_t from, uint64_t n, struct ri_err *e)
{
	uint64_t at = from * PAGE, length = n * PAGE;
	struct ri_body_extent *last = b->ext_n > 0 ? &b->ext[b->ext_n - 1] : NULL;

	if (length > b->size - at)
		length = b->size - at;
	if (last && at - (last->offset + last->length) < b->min_hole * PAGE) {
		last->length = at + length - last->offset;
		return 0;
	}
	if (b->ext_n == b->ext_max) {
		give_up_holes(b);
		return add_data(b, from, n, e);
	}
	if (b->ext_n == b->ext_cap) {
		size_t cap = b->ext_cap ? b->ext_cap * 2 : 64;
		struct ri_body_extent *grown = realloc(b->ext, cap * sizeof *grown);

		if (!grown)
			return ri_nomem(e);
		b->ext = grown;
		b->ext_cap = cap;
	}
	b->ext[b->ext_n++] = (struct ri_body_extent){ at, length };
	return 0;
}

/* The run of pages without data is over. Too short for a hole, its zeros are data after all. */
static int end_run(struct ri_body *b, struct ri_err *e)
{
	uint64_t first = b->pages - b->run;

	if (b->run < RI_BODY_ZERO_RUN)
		for (uint64_t i = 0; i < b->run; i++)
			if (b->run_zeros >> i & 1 && add_data(b, first + i, 1, e) < 0)
				return -1;
	b->run = 0;
	b->run_zeros = 0;
	return 0;
}

static void add_empty(struct ri_body *b, uint64_t n, bool zeros)
{
	if (zeros && b->run < RI_BODY_ZERO_RUN)
		b->run_zeros |= 1u << b->run;
	b->run += n;
	b->pages += n;
}

static bool all_zero(const unsigned char *p, size_t n)
{
	return p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

/* How many pages at @p, of @n bytes, are of the kind of the first. */
static size_t same_kind(const unsigned char *p, size_t n, bool *zero)
{
	size_t done = PAGE;

	*zero = all_zero(p, PAGE);
	while (n - done >= PAGE && all_zero(p + done, PAGE) == *zero)
		done += PAGE;
	return done / PAGE;
}

/* Whole pages at the current position. */
static int add_pages(struct ri_body *b, const unsigned char *p, size_t n, struct ri_err *e)
{
	while (n > 0) {
		bool zero;
		size_t count = same_kind(p, n, &zero), bytes = count * PAGE;
		uint64_t at = b->pages * PAGE;

		if (zero) {
			for (size_t i = 0; i < count; i++)
				add_empty(b, 1, true);
		} else {
			size_t stored = bytes > b->size - at ? (size_t)(b->size - at) : bytes;

			if (end_run(b, e) < 0 || store(b, at, p, stored, e) < 0 ||
			    add_data(b, b->pages, count, e) < 0)
				return -1;
			b->pages += count;
		}
		p += bytes;
		n -= bytes;
	}
	return 0;
}

/* The page being put together is complete. */
static int end_page(struct ri_body *b, struct ri_err *e)
{
	if (!b->page_begun)
		return 0;
	b->page_begun = false;
	if (add_pages(b, b->page, PAGE, e) < 0)
		return -1;
	memset(b->page, 0, PAGE);
	return 0;
}

/* Move on to the page of @offset; pages skipped are holes. */
static int seek_page(struct ri_body *b, uint64_t offset, struct ri_err *e)
{
	uint64_t page = offset / PAGE;

	if (page > b->pages && end_page(b, e) < 0)
		return -1;
	if (page > b->pages)
		add_empty(b, page - b->pages, false);
	return 0;
}

static int add_block(struct ri_body *b, const struct ri_source_block *in, struct ri_err *e)
{
	const unsigned char *p = in->p;
	uint64_t at = in->offset, end;
	size_t n = in->n;

	if (__builtin_add_overflow(at, n, &end) || end > b->size)
		return ri_fail(e, RI_E_IO, 0, "more data than its length of %llu bytes",
		    (unsigned long long)b->size);
	if (at < b->pages * PAGE && n > 0)
		return ri_fail(e, RI_E_IO, 0, "data out of order at byte %llu",
		    (unsigned long long)at);
	while (n > 0) {
		size_t in_page = (size_t)(at % PAGE), part = PAGE - in_page;

		if (seek_page(b, at, e) < 0)
			return -1;
		if (in_page == 0 && n >= PAGE && !b->page_begun) {
			part = n / PAGE * PAGE;
			if (add_pages(b, p, part, e) < 0)
				return -1;
		} else {
			part = part > n ? n : part;
			memcpy(b->page + in_page, p, part);
			b->page_begun = true;
			if (in_page + part == PAGE && end_page(b, e) < 0)
				return -1;
		}
		p += part;
		at += part;
		n -= part;
	}
	return 0;
}

static int finish(struct ri_body *b, struct ri_err *e)
{
	uint64_t all = b->size / PAGE + (b->size % PAGE != 0);

	if (end_page(b, e) < 0)
		return -1;
	if (b->pages < all)
		add_empty(b, all - b->pages, false);
	return end_run(b, e);
}

int ri_body_read(struct ri_body *b, struct ri_source *src, uint64_t size, struct ri_err *e)
{
	struct ri_source_block block;
	int rc;

	if (begin(b, size, e) < 0)
		return -1;
	while ((rc = src->ops->data(src, &block, e)) > 0) {
		if (add_block(b, &block, e) < 0)
			return -1;
		b->seen(b->seen_arg, block.offset + block.n);
	}
	return rc < 0 ? -1 : finish(b, e);
}

int ri_body_set(struct ri_body *b, struct ri_span bytes, struct ri_err *e)
{
	struct ri_source_block block = { bytes.p, bytes.n, 0 };

	return begin(b, bytes.n, e) < 0 || add_block(b, &block, e) < 0 ? -1 : finish(b, e);
}

bool ri_body_sparse(const struct ri_body *b)
{
	return b->size > 0 && !(b->ext_n == 1 && b->ext[0].length == b->size);
}

static int replay_spool(struct ri_body *b, uint64_t at, uint64_t length, unsigned char *buf,
    ri_body_put_fn *put, void *arg, struct ri_err *e)
{
	while (length > 0) {
		size_t part = length < PIECE ? (size_t)length : PIECE;
		ssize_t n = pread(b->spool, buf, part, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ri_fail(e, RI_E_IO, n < 0 ? errno : EIO,
			    "reading a temporary file in %s", b->spool_dir);
		if (ri_cancel_check(e) < 0 || put(arg, buf, (size_t)n, e) < 0)
			return -1;
		at += (uint64_t)n;
		length -= (uint64_t)n;
	}
	return 0;
}

static int replay_zeros(uint64_t length, const unsigned char *zeros, ri_body_put_fn *put, void *arg,
    struct ri_err *e)
{
	while (length > 0) {
		size_t part = length < PIECE ? (size_t)length : PIECE;

		if (ri_cancel_check(e) < 0 || put(arg, zeros, part, e) < 0)
			return -1;
		length -= part;
	}
	return 0;
}

int ri_body_replay(struct ri_body *b, ri_body_put_fn *put, void *arg, struct ri_err *e)
{
	RI_FREE unsigned char *zeros = NULL, *buf = NULL;
	uint64_t at = 0;

	if (in_memory(b))
		return put(arg, b->mem, (size_t)b->size, e);
	zeros = calloc(1, PIECE);
	buf = malloc(PIECE);
	if (!zeros || !buf)
		return ri_nomem(e);
	for (size_t i = 0; i < b->ext_n; i++) {
		const struct ri_body_extent *x = &b->ext[i];

		if (replay_zeros(x->offset - at, zeros, put, arg, e) < 0 ||
		    replay_spool(b, x->offset, x->length, buf, put, arg, e) < 0)
			return -1;
		at = x->offset + x->length;
	}
	return replay_zeros(b->size - at, zeros, put, arg, e);
}
