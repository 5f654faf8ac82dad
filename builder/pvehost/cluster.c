// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pvehost/cluster.h"
#include "base/log.h"
#include "host/dir.h"

#include <errno.h>

static int nodes(const struct ri_pvehost *h, struct ri_strv *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };
	RI_BUF path = { 0 };

	ri_buf_addf(&path, "%s/etc/pve/nodes", h->root);
	if (ri_buf_check(&path, e) < 0 || ri_dir_open(path.p, 0, &d, e) < 0 ||
	    ri_dir_list(&d, out, e) < 0)
		return -1;
	ri_strv_sort(out);
	return 0;
}

static int guests(const struct ri_pvehost *h, const char *node, bool container,
    struct ri_cluster *c, struct ri_err *e)
{
	RI_FREE unsigned *v = NULL;
	size_t n = 0;

	if (container ? ri_pvehost_containers(h, node, &v, &n, e) < 0
		      : ri_pvehost_each(h, node, &v, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (ri_cluster_guest(c, container, v[i], node, e) < 0)
			return -1;
	return 0;
}

static int read_file(const struct ri_pvehost *h, enum ri_cluster_file which, struct ri_cluster *c,
    struct ri_err *e)
{
	struct ri_err why = { 0 };
	RI_BUF path = { 0 };
	RI_BUF text = { 0 };

	ri_buf_addf(&path, "%s/etc/pve/%s", h->root, ri_cluster_names[which]);
	if (ri_buf_check(&path, e) < 0)
		return -1;
	if (ri_pve_read(path.p, &text, &why) < 0 && why.sys != ENOENT) {
		*e = why;
		return -1;
	}
	if (ri_cluster_parse(c, which, ri_buf_span(&text), e) < 0)
		return -1;
	for (size_t i = 0; i < c->file[which].warnings.n; i++)
		ri_log(RI_LOG_DEBUG, "%s: %s", path.p, c->file[which].warnings.v[i]);
	return 0;
}

int ri_pvehost_cluster(const struct ri_pvehost *h, struct ri_cluster *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_cluster_free) struct ri_cluster c = { 0 };

	for (int i = 0; i < RI_CLUSTER_FILES; i++)
		if (read_file(h, (enum ri_cluster_file)i, &c, e) < 0)
			return -1;
	if (nodes(h, &c.nodes, e) < 0)
		return -1;
	for (size_t i = 0; i < c.nodes.n && ri_cluster_needs_guests(&c); i++)
		if (guests(h, c.nodes.v[i], false, &c, e) < 0 ||
		    guests(h, c.nodes.v[i], true, &c, e) < 0)
			return -1;
	*out = c;
	c = (struct ri_cluster){ 0 };
	return 0;
}

int ri_pvehost_target(const struct ri_pvehost *h, const char *node, struct ri_err *e)
{
	RI_STRV all = { 0 };
	RI_BUF others = { 0 };

	if (strcmp(node, h->node) == 0)
		return ri_fail(e, RI_E_USAGE, 0, "%s is this node; name another", node);
	if (nodes(h, &all, e) < 0)
		return -1;
	if (ri_strv_has(&all, node))
		return 0;
	for (size_t i = 0; i < all.n; i++)
		if (strcmp(all.v[i], h->node) != 0)
			ri_buf_addf(&others, "%s%s", others.n > 0 ? ", " : "", all.v[i]);
	if (ri_buf_check(&others, e) < 0)
		return -1;
	return ri_fail(e, RI_E_MISSING, 0, "there is no node '%.60s'; the others are: %.200s", node,
	    others.n > 0 ? others.p : "none");
}
