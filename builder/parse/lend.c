// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "parse/lend.h"

#define LEND_BYTES                                                                                 \
	((size_t)16 << 10) /* from here on; what is less is copied sooner than told about */

/* Nothing else can come in the middle of an answer. */
static int await_back(struct ri_server *s, struct ri_err *e)
{
	char frame[RI_WIRE_HEAD + sizeof(uint32_t)];
	struct ri_wire_head h;
	int rc = ri_server_receive(frame, sizeof frame, e);

	if (rc <= 0) {
		s->lost = true;
		return rc < 0 ? -1 : ri_fail(e, RI_E_IO, 0, "nobody reads the answer");
	}
	if (!ri_wire_head(ri_span(frame, sizeof frame), &h) || h.kind != RI_WIRE_BACK ||
	    h.n != sizeof(uint32_t))
		return ri_server_bad_request(e);
	return ri_server_back(s, ri_span(frame + RI_WIRE_HEAD, h.n), e);
}

static int tell(struct ri_server *s, struct ri_err *e)
{
	s->untold = 0;
	return ri_server_flush(s, ri_span("", 0), e);
}

int ri_lend_room(void *arg, size_t n, char **out, struct ri_err *e)
{
	struct ri_server *s = arg;

	*out = NULL;
	if (n < LEND_BYTES)
		return 0;
	while (s->lent == RI_SHARED_SLOTS)
		if ((s->untold > 0 && tell(s, e) < 0) || await_back(s, e) < 0)
			return -1;
	*out = s->shared + s->slot * RI_SHARED_SLOT;
	return 0;
}

static int lend(struct ri_server *s, uint64_t at, size_t n, struct ri_err *e)
{
	const struct ri_wire_lent l = { at, s->slot, (uint32_t)n };

	ri_wire_put_head(&s->out, RI_WIRE_LENT, sizeof l.at + sizeof l.slot + sizeof l.n);
	ri_wire_put_lent(&s->out, &l);
	s->slot = (s->slot + 1) % RI_SHARED_SLOTS;
	s->lent++;
	s->untold++;
	/* Soon enough that the client is never without while there is more. */
	return s->untold < RI_SHARED_SLOTS / 4 ? ri_buf_check(&s->out, e) : tell(s, e);
}

int ri_lend_took(void *arg, uint64_t at, struct ri_span bytes, struct ri_err *e)
{
	struct ri_server *s = arg;

	s->sent_data += bytes.n;
	if (bytes.p == s->shared + s->slot * RI_SHARED_SLOT)
		return lend(s, at, bytes.n, e);
	ri_wire_put_head(&s->out, RI_WIRE_DATA, sizeof at + bytes.n);
	ri_wire_put_u64(&s->out, at);
	ri_buf_add_span(&s->out, bytes);
	return ri_server_added(s, e);
}
