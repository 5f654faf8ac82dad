// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Templates: text with @NAME@ places, as in templates/.
 */
#include "base/buf.h"

struct ri_template_var {
	const char *name; /* without the @ signs */
	const char *value;
};

/**
 * Append @in to @out with each @NAME@ (capital letters, digits, underscore) replaced by its value,
 * verbatim. A lone @, and @ followed by anything else, stay as they are.
 * @return 0; -1 with RI_E_CONFIG for a name that is not in @vars ("@FOO@: unknown name"),
 *         RI_E_NOMEM.
 */
int ri_template_expand(struct ri_span in, const struct ri_template_var *vars, size_t n,
    struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
