// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "reader/client_tree.h"
#include "parse/tree.h"
#include "reader/client_internal.h"

int ri_reader_source(struct ri_guest *g, const struct ri_rules *rules, struct ri_source **out,
    struct ri_err *e)
{
	RI_BUF in = { 0 };

	if (g->ops != &ri_reader_ops)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "this guest is not read directly");
	for (size_t i = 0; rules && i < rules->patterns.n; i++)
		ri_wire_put_str(&in, ri_str(rules->patterns.v[i]));
	if (ri_buf_check(&in, e) < 0)
		return -1;
	return ri_tree_source(&ri_reader_of(g)->peer, ri_buf_span(&in), out, e);
}
