// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/migration_internal.h"

/* More rules than name one guest; they are gone through again and again until nothing new is found. */
#define TOGETHER_MAX 256

/* What HA has to say about the VM. */
struct ha {
	struct ri_migcheck *k;
	const struct ri_section *resource;
	struct ri_strv together; /* it, and what has to be on the same node */
	struct ri_strv apart;    /* what must not be there */
	/* The one rule, or group, that says which nodes it is to be on. */
	const struct ri_section *rule;
	struct ri_strv ruling; /* all that say so */
	struct ri_strv nodes;  /* the rule's */
	struct ri_strv best;   /* … of the highest priority */
	bool group, strict, failback;
};

static void ha_end(struct ha *h)
{
	ri_strv_free(&h->together);
	ri_strv_free(&h->apart);
	ri_strv_free(&h->ruling);
	ri_strv_free(&h->nodes);
	ri_strv_free(&h->best);
}

static const struct ri_section *resource_of(const struct ri_migcheck *k, const char *sid)
{
	const struct ri_sections *all = &k->cluster->file[RI_CLUSTER_RESOURCES];
	const char *name = strchr(sid, ':');

	for (size_t i = 0; name && i < all->n; i++)
		if (strcmp(all->v[i].id, name + 1) == 0 &&
		    strncmp(all->v[i].type, sid, (size_t)(name - sid)) == 0)
			return &all->v[i];
	return NULL;
}

static const char *state_of(const struct ri_section *resource)
{
	const char *state = ri_section_get(resource, "state");

	return !state || strcmp(state, "enabled") == 0 ? "started" : state;
}

bool ri_mig_ha_managed(const struct ri_migcheck *k, const char *sid)
{
	const struct ri_section *r = resource_of(k, sid);

	return r && strcmp(state_of(r), "ignored") != 0;
}

/* The guests that a rule of @type that is not disabled names; of none else. @return 1, 0, -1. */
static int named_by(struct ha *h, const struct ri_section *rule, const char *type,
    struct ri_strv *out)
{
	const char *list = ri_section_get(rule, "resources");

	if (strcmp(rule->type, type) != 0 || !list || ri_section_true(rule, "disable", false))
		return 0;
	return ri_section_list(list, out, h->k->e) < 0 ? -1 : 1;
}

static bool meet(const struct ri_strv *a, const struct ri_strv *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (ri_strv_has(b, a->v[i]))
			return true;
	return false;
}

static int add_all(struct ha *h, const struct ri_strv *from, const struct ri_strv *but,
    struct ri_strv *to)
{
	for (size_t i = 0; i < from->n && to->n < TOGETHER_MAX; i++)
		if (!ri_strv_has(to, from->v[i]) && !(but && ri_strv_has(but, from->v[i])) &&
		    ri_strv_add(to, from->v[i], h->k->e) < 0)
			return -1;
	return 0;
}

/* Those of rules of @affinity that name one of h->together, added to @to. */
static int affine(struct ha *h, const char *affinity, const struct ri_strv *but, struct ri_strv *to)
{
	const struct ri_sections *rules = &h->k->cluster->file[RI_CLUSTER_RULES];

	for (size_t i = 0; i < rules->n; i++) {
		const char *is = ri_section_get(&rules->v[i], "affinity");
		RI_STRV named = { 0 };
		int rc = named_by(h, &rules->v[i], "resource-affinity", &named);

		if (rc < 0)
			return -1;
		if (rc == 0 || !is || strcmp(is, affinity) != 0 || !meet(&named, &h->together))
			continue;
		if (add_all(h, &named, but, to) < 0)
			return -1;
	}
	return 0;
}

/*
 * What has to be where it is, by rules that are connected, and what has to be elsewhere than any of them
 * (ResourceAffinity.pm: merge_connected_positive…, create_implicit_negative…).
 */
static int affinities(struct ha *h, const char *sid)
{
	size_t n = 0;

	if (ri_strv_add(&h->together, sid, h->k->e) < 0)
		return -1;
	while (n < h->together.n) {
		n = h->together.n;
		if (affine(h, "positive", NULL, &h->together) < 0)
			return -1;
	}
	return affine(h, "negative", &h->together, &h->apart);
}

static int apart(struct ha *h)
{
	struct ri_migcheck *k = h->k;
	RI_STRV free_ones = { 0 };
	RI_STRV taken = { 0 };

	for (size_t i = 0; i < k->cluster->guests_n; i++) {
		const struct ri_placed *g = &k->cluster->guests[i];

		if (!ri_strv_has(&h->apart, g->sid) || !ri_mig_ha_managed(k, g->sid))
			continue;
		if (ri_strv_add(&taken, g->node, k->e) < 0)
			return -1;
		if (k->vm->target && strcmp(g->node, k->vm->target) == 0 &&
		    ri_mig_say(k,
			"HA refuses: %s is on %s, and a rule keeps them apart (ha-manager rules list)",
			g->sid, g->node) < 0)
			return -1;
	}
	if (k->vm->target || taken.n == 0)
		return 0;
	for (size_t i = 0; i < k->cluster->nodes.n; i++)
		if (!ri_strv_has(&taken, k->cluster->nodes.v[i]) &&
		    ri_strv_add(&free_ones, k->cluster->nodes.v[i], k->e) < 0)
			return -1;
	return ri_mig_only(k, &free_ones, "have no guest that HA keeps apart from it");
}

static int together(struct ha *h)
{
	RI_BUF list = { 0 };

	for (size_t i = 1; i < h->together.n; i++)
		if (ri_mig_ha_managed(h->k, h->together.v[i]))
			ri_buf_addf(&list, "%s%s", list.n > 0 ? ", " : "", h->together.v[i]);
	if (ri_buf_check(&list, h->k->e) < 0)
		return -1;
	return list.n == 0
		   ? 0
		   : ri_mig_remark(h->k,
			 "HA moves %.300s along, which a rule keeps together with it", list.p);
}

/* "a:2,b,c:2": its nodes, and those of the highest priority (Tools.pm:parse_node_priority). */
static int read_nodes(struct ha *h, const char *text)
{
	RI_STRV words = { 0 };
	unsigned long best = 0;

	if (ri_section_list(text, &words, h->k->e) < 0)
		return -1;
	for (size_t i = 0; i < words.n; i++) {
		char *colon = strchr(words.v[i], ':');
		unsigned long priority = colon ? strtoul(colon + 1, NULL, 10) : 0;

		if (colon)
			*colon = '\0';
		if (ri_strv_add(&h->nodes, words.v[i], h->k->e) < 0)
			return -1;
		if (priority > best)
			ri_strv_free(&h->best);
		best = priority > best ? priority : best;
		if (priority == best && ri_strv_add(&h->best, words.v[i], h->k->e) < 0)
			return -1;
	}
	return 0;
}

static int rule_of(struct ha *h)
{
	const struct ri_cluster *c = h->k->cluster;
	const struct ri_sections *rules = &c->file[RI_CLUSTER_RULES];
	const char *name = ri_section_get(h->resource, "group");
	const struct ri_section *group =
	    name ? ri_sections_find(&c->file[RI_CLUSTER_GROUPS], name) : NULL;

	for (size_t i = 0; i < rules->n; i++) {
		RI_STRV named = { 0 };
		int rc = named_by(h, &rules->v[i], "node-affinity", &named);

		if (rc < 0)
			return -1;
		if (rc == 0 || !meet(&named, &h->together))
			continue;
		h->rule = &rules->v[i];
		if (ri_strv_add(&h->ruling, h->rule->id, h->k->e) < 0)
			return -1;
	}
	if (group) { /* 9.x makes rules of groups (Groups.pm:migrate_groups_to_rules) */
		h->rule = group;
		h->group = true;
		if (ri_strv_add(&h->ruling, group->id, h->k->e) < 0)
			return -1;
	}
	if (!h->rule)
		return 0;
	h->strict = ri_section_true(h->rule, h->group ? "restricted" : "strict", false);
	h->failback = h->group ? !ri_section_true(group, "nofailback", false)
			       : ri_section_true(h->resource, "failback", true);
	name = ri_section_get(h->rule, "nodes");
	return name ? read_nodes(h, name) : 0;
}

/* On a node that the rule does not have. */
static int strict(struct ha *h, const char *list)
{
	struct ri_migcheck *k = h->k;
	RI_BUF text = { 0 };

	if (k->vm->target && ri_strv_has(&h->nodes, k->vm->target))
		return 0;
	if (k->vm->target)
		return ri_mig_say(k,
		    "HA moves it away from %s at once: the %s '%s' restricts it to %.200s; change it with "
		    "ha-manager %s%s --nodes",
		    k->vm->target, h->group ? "group" : "rule", h->rule->id, list,
		    h->group ? "groupset " : "rules set node-affinity ", h->rule->id);
	ri_buf_addf(&text, "are of HA's %s '%s'", h->group ? "group" : "rule", h->rule->id);
	return ri_buf_check(&text, k->e) < 0 ? -1 : ri_mig_only(k, &h->nodes, text.p);
}

static int location(struct ha *h)
{
	struct ri_migcheck *k = h->k;
	RI_BUF list = { 0 };
	RI_BUF best = { 0 };

	ri_mig_list(h->ruling.n > 1 ? &h->ruling : &h->nodes, &list);
	ri_mig_list(&h->best, &best);
	if (ri_buf_check(&list, k->e) < 0 || ri_buf_check(&best, k->e) < 0)
		return -1;
	if (h->ruling.n > 1)
		return ri_mig_remark(k,
		    "HA's rules %.200s contradict each other about it, so that none of them counts",
		    list.p);
	if (h->nodes.n == 0)
		return 0;
	if (h->strict && strict(h, list.p) < 0)
		return -1;
	if (!k->vm->target || ri_strv_has(&h->best, k->vm->target) || !h->failback ||
	    (h->strict && !ri_strv_has(&h->nodes, k->vm->target)))
		return 0;
	return ri_mig_remark(k,
	    "HA prefers %.200s for it (%s '%s'), and moves it there from %s as soon as it can",
	    best.p, h->group ? "group" : "rule", h->rule->id, k->vm->target);
}

/* A state in which it is not to run: HA stops it (Manager.pm:next_state_started). */
static int wanted(struct ha *h)
{
	struct ri_migcheck *k = h->k;
	const char *state = state_of(h->resource);

	if (strcmp(state, "stopped") != 0 && strcmp(state, "disabled") != 0)
		return ri_mig_remark(k,
		    "HA moves it: qm migrate only asks ha-manager, which takes local disks along and "
		    "overrides what --force does");
	if (k->vm->live.running)
		return ri_mig_say(k, "HA stops it (state %s); ha-manager set vm:%u --state started",
		    state, k->vm->vmid);
	return ri_mig_remark(k, "HA does not let it run (state %s)", state);
}

int ri_mig_ha(struct ri_migcheck *k)
{
	RI_ON_EXIT(ha_end) struct ha h = { .k = k };
	char sid[16];

	snprintf(sid, sizeof sid, "vm:%u", k->vm->vmid);
	if (!ri_mig_ha_managed(k, sid))
		return 0;
	h.resource = resource_of(k, sid);
	if (wanted(&h) < 0 || affinities(&h, sid) < 0 || rule_of(&h) < 0)
		return -1;
	return apart(&h) < 0 || together(&h) < 0 || location(&h) < 0 ? -1 : 0;
}
