// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "initrd/unzip.h"

#include <isa-l/igzip_lib.h>
#include <zstd.h>

#define OUT_BYTES ((size_t)256 * 1024)

/* What one step did. */
enum step { STEP_ON, STEP_END, STEP_BAD };

struct ri_unzip {
	enum ri_unzip_kind kind;
	struct ri_unzip_in in;
	enum ri_code damaged;
	struct ri_span have; /* input not used yet */
	bool running;        /* in the midst of a member or frame */
	unsigned char *out;
	struct inflate_state gzip;
	ZSTD_DCtx *zstd;
};

void ri_unzip_freep(struct ri_unzip **up)
{
	struct ri_unzip *u = *up;

	*up = NULL;
	if (!u)
		return;
	ZSTD_freeDCtx(u->zstd);
	free(u->out);
	free(u);
}

int ri_unzip_new(enum ri_unzip_kind kind, struct ri_unzip_in in, enum ri_code damaged,
    struct ri_unzip **out, struct ri_err *e)
{
	RI_ON_EXIT(ri_unzip_freep) struct ri_unzip *u = calloc(1, sizeof *u);

	if (!u)
		return ri_nomem(e);
	u->kind = kind;
	u->in = in;
	u->damaged = damaged;
	u->out = malloc(OUT_BYTES);
	if (kind == RI_UNZIP_ZSTD)
		u->zstd = ZSTD_createDCtx();
	if (!u->out || (kind == RI_UNZIP_ZSTD && !u->zstd))
		return ri_nomem(e);
	*out = ri_steal(u);
	return 0;
}

void ri_unzip_begin(struct ri_unzip *u)
{
	u->running = true;
	if (u->kind == RI_UNZIP_ZSTD) {
		ZSTD_DCtx_reset(u->zstd, ZSTD_reset_session_only);
		return;
	}
	isal_inflate_init(&u->gzip);
	u->gzip.crc_flag = ISAL_GZIP;
}

static const char *inflate_error(int rc)
{
	static const char *const text[] = {
		[-ISAL_INVALID_BLOCK] = "invalid deflate block",
		[-ISAL_INVALID_SYMBOL] = "invalid deflate symbol",
		[-ISAL_INVALID_LOOKBACK] = "invalid distance",
		[-ISAL_INVALID_WRAPPER] = "no gzip header",
		[-ISAL_UNSUPPORTED_METHOD] = "unknown method in the gzip header",
		[-ISAL_INCORRECT_CHECKSUM] = "the CRC-32 does not match",
	};
	size_t i = (size_t)-rc;

	return i < sizeof text / sizeof *text && text[i] ? text[i] : "inflating failed";
}

static enum step step_gzip(struct ri_unzip *u, size_t *made, const char **why)
{
	struct inflate_state *s = &u->gzip;
	uint32_t given = u->have.n > UINT32_MAX ? UINT32_MAX : (uint32_t)u->have.n;
	int rc;

	/* ISA-L reads through a pointer to non-const. */
	memcpy(&s->next_in, &u->have.p, sizeof s->next_in);
	s->avail_in = given;
	s->next_out = u->out;
	s->avail_out = (uint32_t)OUT_BYTES;
	rc = isal_inflate(s);
	u->have.p += given - s->avail_in;
	u->have.n -= given - s->avail_in;
	*made = OUT_BYTES - s->avail_out;
	if (rc < 0) {
		*why = inflate_error(rc);
		return STEP_BAD;
	}
	return s->block_state == ISAL_BLOCK_FINISH ? STEP_END : STEP_ON;
}

static enum step step_zstd(struct ri_unzip *u, size_t *made, const char **why)
{
	ZSTD_inBuffer in = { u->have.p, u->have.n, 0 };
	ZSTD_outBuffer out = { u->out, OUT_BYTES, 0 };
	size_t rc = ZSTD_decompressStream(u->zstd, &out, &in);

	u->have.p += in.pos;
	u->have.n -= in.pos;
	*made = out.pos;
	if (ZSTD_isError(rc)) {
		*why = ZSTD_getErrorName(rc);
		return STEP_BAD;
	}
	return rc == 0 ? STEP_END : STEP_ON;
}

/* Input, if there is any left. */
static int refill(struct ri_unzip *u, struct ri_err *e)
{
	if (u->have.n > 0)
		return 0;
	return u->in.more(u->in.arg, &u->have, e);
}

int ri_unzip_left(struct ri_unzip *u, struct ri_err *e)
{
	if (refill(u, e) < 0)
		return -1;
	return u->have.n > 0;
}

int ri_unzip_read(struct ri_unzip *u, struct ri_span *out, struct ri_err *e)
{
	const char *name = u->kind == RI_UNZIP_ZSTD ? "zstd" : "gzip", *why = "";
	size_t made = 0;

	*out = ri_span((const char *)u->out, 0);
	while (u->running && made == 0) {
		size_t before;
		enum step step;

		if (refill(u, e) < 0)
			return -1;
		before = u->have.n;
		step = u->kind == RI_UNZIP_ZSTD ? step_zstd(u, &made, &why)
						: step_gzip(u, &made, &why);
		if (step == STEP_BAD)
			return ri_fail(e, u->damaged, 0, "damaged %s data: %s", name, why);
		u->running = step == STEP_ON;
		if (u->running && made == 0 && before == 0)
			return ri_fail(e, u->damaged, 0, "the %s data is cut short", name);
	}
	out->n = made;
	return 0;
}

size_t ri_unzip_unused(const struct ri_unzip *u)
{
	return u->have.n;
}
