// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/base64.h"

#include <nettle/base64.h>

int ri_base64_decode(const char *text, struct ri_buf *out, struct ri_err *e)
{
	struct base64_decode_ctx ctx;
	size_t n = strlen(text), got = BASE64_DECODE_LENGTH(n);
	RI_FREE uint8_t *bytes = malloc(got + 1);

	if (!bytes)
		return ri_nomem(e);
	base64_decode_init(&ctx);
	if (!base64_decode_update(&ctx, &got, bytes, n, text) || !base64_decode_final(&ctx))
		return ri_fail(e, RI_E_IO, 0, "not base64, or cut short");
	ri_buf_add(out, bytes, got);
	return ri_buf_check(out, e);
}
