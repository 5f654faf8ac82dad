// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/cluster.h"

const char *const ri_cluster_names[] = {
	[RI_CLUSTER_RESOURCES] = "ha/resources.cfg",
	[RI_CLUSTER_GROUPS] = "ha/groups.cfg",
	[RI_CLUSTER_RULES] = "ha/rules.cfg",
	[RI_CLUSTER_REPLICATION] = "replication.cfg",
	[RI_CLUSTER_PCI] = "mapping/pci.cfg",
	[RI_CLUSTER_USB] = "mapping/usb.cfg",
	[RI_CLUSTER_DIRS] = "mapping/directory.cfg",
};

void ri_cluster_free(struct ri_cluster *c)
{
	for (size_t i = 0; i < RI_CLUSTER_FILES; i++)
		ri_sections_free(&c->file[i]);
	for (size_t i = 0; i < c->guests_n; i++)
		free(c->guests[i].node);
	free(c->guests);
	ri_strv_free(&c->nodes);
	*c = (struct ri_cluster){ 0 };
}

/* pve-common JSONSchema.pm, $CONFIGID_RE: a letter, and at least one more letter, digit, "_" or "-". */
static bool is_config_id(const char *id)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t n = strlen(id);

	return n >= 2 && strspn(id, letters) >= 1 &&
	       strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == n;
}

/* Whether Proxmox would pass over the section for its name; those of guests and jobs are numbers. */
static bool is_misnamed(enum ri_cluster_file which, const struct ri_section *s)
{
	switch (which) {
	case RI_CLUSTER_RESOURCES:
	case RI_CLUSTER_REPLICATION:
		return false;
	case RI_CLUSTER_GROUPS:
	case RI_CLUSTER_RULES:
	case RI_CLUSTER_PCI:
	case RI_CLUSTER_USB:
	case RI_CLUSTER_DIRS:
	case RI_CLUSTER_FILES:
		break;
	}
	return !is_config_id(s->id);
}

static int drop_misnamed(struct ri_sections *all, enum ri_cluster_file which, struct ri_err *e)
{
	size_t kept = 0;
	int rc = 0;

	for (size_t i = 0; i < all->n; i++) {
		struct ri_section *s = &all->v[i];
		RI_BUF text = { 0 };

		if (!is_misnamed(which, s)) {
			all->v[kept++] = *s;
			continue;
		}
		ri_buf_addf(&text, "line %zu: no name: %.80s", s->line, s->id);
		if (ri_buf_check(&text, e) < 0 ||
		    (all->warnings.n < 100 && ri_strv_add(&all->warnings, text.p, e) < 0))
			rc = -1;
		ri_section_free(s);
	}
	all->n = kept;
	return rc;
}

int ri_cluster_parse(struct ri_cluster *c, enum ri_cluster_file which, struct ri_span text,
    struct ri_err *e)
{
	static const char *const types[RI_CLUSTER_FILES][3] = {
		[RI_CLUSTER_RESOURCES] = { "vm", "ct" },
		[RI_CLUSTER_GROUPS] = { "group" },
		[RI_CLUSTER_RULES] = { "node-affinity", "resource-affinity" },
		[RI_CLUSTER_REPLICATION] = { "local" },
	};
	bool mapping = types[which][0] == NULL;

	ri_sections_free(&c->file[which]);
	if (ri_sections_parse(text, mapping ? RI_SECTION_ID : RI_SECTION_TYPE_ID,
		mapping ? NULL : types[which], &c->file[which], e) < 0)
		return -1;
	return drop_misnamed(&c->file[which], which, e);
}

int ri_cluster_guest(struct ri_cluster *c, bool container, unsigned vmid, const char *node,
    struct ri_err *e)
{
	struct ri_placed *v = reallocarray(c->guests, c->guests_n + 1, sizeof *v);

	if (!v)
		return ri_nomem(e);
	c->guests = v;
	v += c->guests_n;
	snprintf(v->sid, sizeof v->sid, "%s:%u", container ? "ct" : "vm", vmid);
	v->node = strdup(node);
	if (!v->node)
		return ri_nomem(e);
	c->guests_n++;
	return 0;
}

bool ri_cluster_needs_guests(const struct ri_cluster *c)
{
	const struct ri_sections *rules = &c->file[RI_CLUSTER_RULES];

	for (size_t i = 0; i < rules->n; i++)
		if (strcmp(rules->v[i].type, "resource-affinity") == 0)
			return true;
	return false;
}
