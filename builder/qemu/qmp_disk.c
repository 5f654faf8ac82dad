// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "qemu/qmp_disk.h"

static const char *text(json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static int ask(struct ri_qmp *q, const char *command, json_t **out, struct ri_err *e)
{
	return ri_qmp_call(q, command, NULL, RI_QMP_DISK_WAIT_MS, out, e);
}

/* query-block names virtio-blk by its backend (qemu-server QMPHelpers.pm:vm_devices_list). */
static bool is_disk(json_t *block, const struct ri_qemu_names *d)
{
	char backend[64];
	const char *qdev = text(block, "qdev");

	snprintf(backend, sizeof backend, "/machine/peripheral/%s/virtio-backend", d->key);
	return strcmp(qdev, d->key) == 0 || strcmp(qdev, backend) == 0;
}

static int look_at_blocks(struct ri_qmp *q, const struct ri_qemu_names *d, struct ri_qmp_disk *l,
    struct ri_err *e)
{
	RI_JSON all = NULL;
	json_t *block;
	size_t i;

	if (ask(q, "query-block", &all, e) < 0)
		return -1;
	json_array_foreach(all, i, block)
	{
		l->disk = l->disk || is_disk(block, d);
		l->legacy = l->legacy || strcmp(text(block, "device"), d->drive) == 0;
		l->shared = l->shared || ri_qemu_names_shares(d, text(block, "qdev"));
	}
	return 0;
}

/*
 * By QEMU's own tree of devices: query-pci goes by the bus numbers that the guest has given, and does
 * not see behind a bridge without any.
 */
int ri_qmp_disk_device(struct ri_qmp *q, const char *id, struct ri_err *e)
{
	RI_JSON all = NULL;
	json_t *o;
	size_t i;

	if (ri_qmp_call(q, "qom-list", json_pack("{s:s}", "path", "/machine/peripheral"),
		RI_QMP_DISK_WAIT_MS, &all, e) < 0)
		return -1;
	json_array_foreach(all, i, o)
	{
		if (strcmp(text(o, "name"), id) == 0)
			return 1;
	}
	return 0;
}

static uint64_t sum(json_t *stats)
{
	static const char *const counts[] = { "rd_operations", "wr_operations", "flush_operations",
		"unmap_operations" };
	uint64_t n = 0;

	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		n += (uint64_t)json_integer_value(json_object_get(stats, counts[i]));
	return n;
}

int ri_qmp_disk_operations(struct ri_qmp *q, const struct ri_qemu_names *d, uint64_t *out,
    struct ri_err *e)
{
	RI_JSON all = NULL;
	json_t *block;
	size_t i;

	*out = 0;
	if (ask(q, "query-blockstats", &all, e) < 0)
		return -1;
	json_array_foreach(all, i, block)
	{
		if (is_disk(block, d) || strcmp(text(block, "device"), d->drive) == 0)
			*out = sum(json_object_get(block, "stats"));
	}
	return 0;
}

static int has_objects(struct ri_qmp *q, const struct ri_qemu_names *d, struct ri_qmp_disk *l,
    struct ri_err *e)
{
	RI_JSON all = NULL;
	json_t *o;
	size_t i;

	if (ri_qmp_call(q, "qom-list", json_pack("{s:s}", "path", "/objects"), RI_QMP_DISK_WAIT_MS,
		&all, e) < 0)
		return -1;
	json_array_foreach(all, i, o)
	{
		const char *name = text(o, "name");

		l->throttle = l->throttle || strcmp(name, d->throttle) == 0;
		l->iothread = l->iothread || (*d->iothread && strcmp(name, d->iothread) == 0);
	}
	return 0;
}

static const char *name_of(json_t *nodes, json_int_t id)
{
	json_t *n;
	size_t i;

	json_array_foreach(nodes, i, n)
	{
		if (json_integer_value(json_object_get(n, "id")) == id)
			return text(n, "name");
	}
	return "";
}

static json_int_t id_of(json_t *nodes, const char *name)
{
	json_t *n;
	size_t i;

	json_array_foreach(nodes, i, n)
	{
		if (strcmp(text(n, "type"), "block-driver") == 0 &&
		    strcmp(text(n, "name"), name) == 0)
			return json_integer_value(json_object_get(n, "id"));
	}
	return 0;
}

/* The node and what it builds on; names that QEMU made up ("#block123") go with those that did not. */
static int chain(json_t *graph, const char *top, struct ri_strv *out, struct ri_err *e)
{
	json_t *nodes = json_object_get(graph, "nodes"), *edges = json_object_get(graph, "edges");

	if (id_of(nodes, top) == 0)
		return 0;
	if (ri_strv_add(out, top, e) < 0)
		return -1;
	for (size_t at = 0; at < out->n && out->n < 100; at++) {
		json_int_t id = id_of(nodes, out->v[at]);
		json_t *edge;
		size_t i;

		json_array_foreach(edges, i, edge)
		{
			const char *child =
			    name_of(nodes, json_integer_value(json_object_get(edge, "child")));

			if (json_integer_value(json_object_get(edge, "parent")) == id && *child &&
			    *child != '#' && !ri_strv_has(out, child) &&
			    ri_strv_add(out, child, e) < 0)
				return -1;
		}
	}
	return 0;
}

static json_t *node_of(json_t *all, const char *name)
{
	json_t *n;
	size_t i;

	json_array_foreach(all, i, n)
	{
		if (strcmp(text(n, "node-name"), name) == 0)
			return n;
	}
	return NULL;
}

/* As chain, by the answer of query-named-block-nodes. */
static int named_chain(json_t *all, const char *top, struct ri_strv *out, struct ri_err *e)
{
	if (!node_of(all, top))
		return 0;
	if (ri_strv_add(out, top, e) < 0)
		return -1;
	for (size_t at = 0; at < out->n && out->n < 100; at++) {
		json_t *children = json_object_get(node_of(all, out->v[at]), "children"), *c;
		size_t i;

		/* Half of what is there would be left behind in silence. */
		if (!json_is_array(children))
			return ri_fail(e, RI_E_UNSUPPORTED, 0,
			    "QEMU does not tell what the block node %s builds on", out->v[at]);
		json_array_foreach(children, i, c)
		{
			const char *child = text(c, "node-name");

			if (*child && *child != '#' && node_of(all, child) &&
			    !ri_strv_has(out, child) && ri_strv_add(out, child, e) < 0)
				return -1;
		}
	}
	return 0;
}

static int look_at_nodes(struct ri_qmp *q, const struct ri_qemu_names *d, struct ri_qmp_disk *l,
    struct ri_err *e)
{
	struct ri_err why = { 0 };
	RI_JSON graph = NULL;
	RI_JSON all = NULL;

	if (ask(q, "x-debug-query-block-graph", &graph, &why) == 0)
		return chain(graph, d->drive, &l->nodes, e);
	if (!ri_qmp_refused(q, "CommandNotFound")) {
		*e = why;
		return -1;
	}
	if (ri_qmp_call(q, "query-named-block-nodes", json_pack("{s:b}", "flat", true),
		RI_QMP_DISK_WAIT_MS, &all, e) < 0)
		return -1;
	/* A -drive goes with its device, and its nodes with it. */
	return l->legacy ? 0 : named_chain(all, d->drive, &l->nodes, e);
}

void ri_qmp_disk_free(struct ri_qmp_disk *l)
{
	ri_strv_free(&l->nodes);
	*l = (struct ri_qmp_disk){ 0 };
}

int ri_qmp_disk_look(struct ri_qmp *q, const struct ri_qemu_names *d, struct ri_qmp_disk *out,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_qmp_disk_free) struct ri_qmp_disk l = { 0 };
	int disk, controller = 0;

	if (look_at_blocks(q, d, &l, e) < 0 || look_at_nodes(q, d, &l, e) < 0 ||
	    has_objects(q, d, &l, e) < 0 || ri_qmp_disk_operations(q, d, &l.operations, e) < 0)
		return -1;
	disk = ri_qmp_disk_device(q, d->key, e);
	if (*d->controller)
		controller = ri_qmp_disk_device(q, d->controller, e);
	if (disk < 0 || controller < 0)
		return -1;
	l.disk = l.disk || disk == 1;
	l.controller = controller == 1;
	/* A -drive's node has a name only where it was given one. */
	if (l.legacy)
		ri_strv_free(&l.nodes);
	*out = l;
	l = (struct ri_qmp_disk){ 0 };
	return 0;
}
