// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The stream of a QEMU monitor or guest agent cut into its JSON messages, one a line.
 * Source: QEMU docs/interop/qmp-spec.
 */
#include "host/json.h"

/* No answer that ramimg asks for is near it; more is not QEMU talking. */
#define RI_QMP_LINE_MAX ((size_t)4 << 20)

/** Zero-initialise it. */
struct ri_qmpread {
	struct ri_buf text; /* received and not yet returned */
	size_t seen;        /* how much of it contains no line end */
};

void ri_qmpread_free(struct ri_qmpread *r);
/**
 * Append what came. @return 0; -1 RI_E_IO where a line grows beyond RI_QMP_LINE_MAX; RI_E_NOMEM.
 */
int ri_qmpread_feed(struct ri_qmpread *r, const char *p, size_t n, struct ri_err *e) RI_MUST_CHECK;
/**
 * The next whole message, NULL where none is complete. The agent's mark 0xff before one is passed
 * over, empty lines too.
 * @return 0; -1 RI_E_IO if a line is not a JSON object.
 */
int ri_qmpread_next(struct ri_qmpread *r, json_t **out, struct ri_err *e) RI_MUST_CHECK;
