// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "parse/tar.h"
#include "parse/spawn.h"
#include "parse/tree.h"

#define WAIT_MS 60000 /* without a sign of life, which it also gives while the stream has nothing */

struct parsed {
	struct ri_source base;
	struct ri_peer peer;
	struct ri_source *tree; /* what it sends */
};

static int parsed_next(struct ri_source *base, struct archive_entry **entry, struct ri_err *e)
{
	struct parsed *p = (struct parsed *)base;

	return p->tree->ops->next(p->tree, entry, e);
}

static int parsed_data(struct ri_source *base, struct ri_source_block *b, struct ri_err *e)
{
	struct parsed *p = (struct parsed *)base;

	return p->tree->ops->data(p->tree, b, e);
}

static void parsed_free(struct ri_source *base)
{
	struct parsed *p = (struct parsed *)base;

	ri_source_freep(&p->tree);
	ri_peer_end(&p->peer);
	free(p);
}

static const struct ri_source_ops parsed_ops = { parsed_next, parsed_data, parsed_free };

int ri_parse_tar(int fd, struct ri_source **out, struct ri_err *e)
{
	const struct ri_spawn_opts o = { .command = "parse-tar",
		.name = "the tar's reader",
		.input = fd,
		.shares = true,
		.wait_ms = WAIT_MS };
	RI_ON_EXIT(ri_source_freep) struct ri_source *held = NULL;
	struct parsed *p = calloc(1, sizeof *p);

	if (!p)
		return ri_nomem(e);
	held = &p->base;
	p->base.ops = &parsed_ops;
	if (ri_spawn(&o, &p->peer, e) < 0 || ri_peer_open(&p->peer, ri_span("", 0), e) < 0 ||
	    ri_tree_source(&p->peer, ri_span("", 0), &p->tree, e) < 0)
		return -1;
	*out = ri_steal(held);
	return 0;
}
