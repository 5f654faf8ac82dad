// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lvm/metadata.h"
#include "lvm/text.h"

#define SECTOR 512u
#define PVS_MAX 1000u /* of one group; all must be on one disk */

/* A name for messages: what people call it, bounded. */
#define SHOWN(s) shown(s), (s).p

static int shown(struct ri_span s)
{
	return (int)(s.n > 128 ? 128 : s.n);
}

struct doc {
	struct ri_lvmtext t;
	struct ri_err *e;
};

static void doc_free(struct doc *d)
{
	ri_lvmtext_free(&d->t);
}

static int missing(struct doc *d, struct ri_span in, const char *key)
{
	return ri_fail(d->e, RI_E_UNSUPPORTED, 0, "LVM's metadata: %.*s has no valid %s", SHOWN(in),
	    key);
}

static int get_number(struct doc *d, const struct ri_lvmtext_node *in, const char *key,
    uint64_t *out)
{
	const struct ri_lvmtext_node *n = ri_lvmtext_get(&d->t, in, key, RI_LVMTEXT_NUMBER);

	if (!n)
		return missing(d, in->key, key);
	*out = n->number;
	return 0;
}

static struct ri_span get_string(const struct doc *d, const struct ri_lvmtext_node *in,
    const char *key)
{
	const struct ri_lvmtext_node *n = ri_lvmtext_get(&d->t, in, key, RI_LVMTEXT_STRING);

	return n ? n->string : (struct ri_span){ "", 0 };
}

static int get_uuid(struct doc *d, const struct ri_lvmtext_node *in, char out[static RI_LVM_UUID])
{
	struct ri_span id = get_string(d, in, "id");

	if (id.n != RI_LVM_UUID - 1)
		return missing(d, in->key, "id");
	for (size_t i = 0; i < id.n; i++) {
		char c = id.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			c == '-'))
			return missing(d, in->key, "id");
		out[i] = c;
	}
	out[id.n] = '\0';
	return 0;
}

static const struct ri_lvmtext_node *section(const struct doc *d, const struct ri_lvmtext_node *in,
    const char *key)
{
	return ri_lvmtext_get(&d->t, in, key, RI_LVMTEXT_SECTION);
}

static bool has_flag(const struct doc *d, const struct ri_lvmtext_node *in, const char *list,
    const char *flag)
{
	const struct ri_lvmtext_node *l = ri_lvmtext_get(&d->t, in, list, RI_LVMTEXT_LIST), *n;

	for (n = l ? ri_lvmtext_first(&d->t, l) : NULL; n; n = ri_lvmtext_next(&d->t, n))
		if (ri_span_eq(n->string, ri_str(flag)))
			return true;
	return false;
}

/* A flag that is not among the words of @known may mean anything. */
static int check_flags(struct doc *d, const struct ri_lvmtext_node *in, const char *list,
    const char *const *known)
{
	const struct ri_lvmtext_node *l = ri_lvmtext_get(&d->t, in, list, RI_LVMTEXT_LIST), *n;

	for (n = l ? ri_lvmtext_first(&d->t, l) : NULL; n; n = ri_lvmtext_next(&d->t, n)) {
		const char *const *k = known;

		if (n->kind != RI_LVMTEXT_STRING)
			return missing(d, in->key, list);
		while (*k && !ri_span_eq(n->string, ri_str(*k)))
			k++;
		if (!*k)
			return ri_fail(d->e, RI_E_UNSUPPORTED, 0, "LVM: %.*s is marked %.*s",
			    SHOWN(in->key), SHOWN(n->string));
	}
	return 0;
}

/* What becomes a part of "/dev/VG/LV" (lvm(8), "VALID NAMES"). */
static int check_name(struct doc *d, struct ri_span name)
{
	bool ok = name.n > 0 && name.n <= 127 && name.p[0] != '-' &&
		  !ri_span_eq(name, ri_str(".")) && !ri_span_eq(name, ri_str(".."));

	for (size_t i = 0; ok && i < name.n; i++)
		ok = name.p[i] != '/';
	return ok ? 0
		  : ri_fail(d->e, RI_E_UNSUPPORTED, 0, "LVM's metadata: %.*s is not a valid name",
			SHOWN(name));
}

static size_t count(const struct doc *d, const struct ri_lvmtext_node *in)
{
	size_t n = 0;

	for (const struct ri_lvmtext_node *c = ri_lvmtext_first(&d->t, in); c;
	     c = ri_lvmtext_next(&d->t, c))
		n++;
	return n;
}

static int read_pv(struct doc *d, const struct ri_lvmtext_node *in, struct ri_lvm_pv *pv)
{
	static const char *const status[] = { "ALLOCATABLE", NULL }, *const none[] = { NULL };

	pv->name = in->key;
	if (get_uuid(d, in, pv->uuid) < 0 || check_flags(d, in, "status", status) < 0 ||
	    check_flags(d, in, "flags", none) < 0 ||
	    get_number(d, in, "pe_start", &pv->pe_start) < 0 ||
	    get_number(d, in, "pe_count", &pv->pe_count) < 0)
		return -1;
	return __builtin_mul_overflow(pv->pe_start, SECTOR, &pv->pe_start)
		   ? missing(d, in->key, "pe_start")
		   : 0;
}

static int read_stripe(struct doc *d, const struct ri_lvmtext_node *lv,
    const struct ri_lvmtext_node *in, const struct ri_lvm_vg *vg, struct ri_lvm_seg *s)
{
	const struct ri_lvmtext_node *l = ri_lvmtext_get(&d->t, in, "stripes", RI_LVMTEXT_LIST);
	const struct ri_lvmtext_node *pv = l ? ri_lvmtext_first(&d->t, l) : NULL;
	const struct ri_lvmtext_node *from = pv ? ri_lvmtext_next(&d->t, pv) : NULL;

	if (!from || pv->kind != RI_LVMTEXT_STRING || from->kind != RI_LVMTEXT_NUMBER ||
	    ri_lvmtext_next(&d->t, from))
		return missing(d, lv->key, "stripes");
	s->from = from->number;
	for (s->pv = 0; s->pv < vg->n_pv; s->pv++)
		if (ri_span_eq(vg->pv[s->pv].name, pv->string))
			break;
	if (s->pv == vg->n_pv)
		return ri_fail(d->e, RI_E_UNSUPPORTED, 0,
		    "LVM: the logical volume %.*s is on another logical volume", SHOWN(lv->key));
	if (s->count > vg->pv[s->pv].pe_count || s->from > vg->pv[s->pv].pe_count - s->count)
		return ri_fail(d->e, RI_E_UNSUPPORTED, 0,
		    "LVM: the logical volume %.*s reaches beyond its physical volume",
		    SHOWN(lv->key));
	return 0;
}

static int read_segment(struct doc *d, const struct ri_lvmtext_node *lv,
    const struct ri_lvmtext_node *in, const struct ri_lvm_vg *vg, struct ri_lvm_seg *s)
{
	struct ri_span type = get_string(d, in, "type");
	uint64_t stripes = 1;

	if (!ri_span_eq(type, ri_str("striped")) && !ri_span_eq(type, ri_str("linear")))
		return ri_fail(d->e, RI_E_UNSUPPORTED, 0,
		    "LVM: the logical volume %.*s has the type %.*s, not linear", SHOWN(lv->key),
		    SHOWN(type));
	if (get_number(d, in, "start_extent", &s->extent) < 0 ||
	    get_number(d, in, "extent_count", &s->count) < 0 ||
	    get_number(d, in, "stripe_count", &stripes) < 0)
		return -1;
	if (stripes != 1)
		return ri_fail(d->e, RI_E_UNSUPPORTED, 0,
		    "LVM: the logical volume %.*s is striped, not linear", SHOWN(lv->key));
	return read_stripe(d, lv, in, vg, s);
}

/* segment1, segment2 … in order, each where the one before ended. */
static int read_segments(struct doc *d, const struct ri_lvmtext_node *in,
    const struct ri_lvm_vg *vg, struct ri_lvm_lv *lv)
{
	uint64_t n = 0, end = 0;

	if (get_number(d, in, "segment_count", &n) < 0)
		return -1;
	if (n == 0 || n > count(d, in))
		return missing(d, in->key, "segment_count");
	lv->seg = calloc((size_t)n, sizeof *lv->seg);
	if (!lv->seg)
		return ri_nomem(d->e);
	for (const struct ri_lvmtext_node *c = ri_lvmtext_first(&d->t, in); c;
	     c = ri_lvmtext_next(&d->t, c)) {
		struct ri_lvm_seg *s = &lv->seg[lv->n];
		char key[32];

		if (c->kind != RI_LVMTEXT_SECTION)
			continue;
		snprintf(key, sizeof key, "segment%zu", lv->n + 1);
		if (lv->n == n || !ri_span_eq(c->key, ri_str(key)))
			return missing(d, in->key, key);
		if (read_segment(d, in, c, vg, s) < 0)
			return -1;
		if (s->extent != end || s->count == 0 ||
		    __builtin_add_overflow(end, s->count, &end))
			return missing(d, in->key, key);
		lv->n++;
	}
	return lv->n == n ? 0 : missing(d, in->key, "segment_count");
}

static int read_lv(struct doc *d, const struct ri_lvmtext_node *in, const struct ri_lvm_vg *vg,
    struct ri_lvm_lv *lv)
{
	/*
	 * NOAUTOACTIVATE is not among them: the appliance would list such a volume but not show it.
	 */
	static const char *const status[] = { "READ", "WRITE", "VISIBLE", NULL };
	static const char *const flags[] = { "ACTIVATION_SKIP", NULL };

	if (check_name(d, in->key) < 0 || get_uuid(d, in, lv->uuid) < 0 ||
	    check_flags(d, in, "status", status) < 0 || check_flags(d, in, "flags", flags) < 0)
		return -1;
	lv->shown =
	    has_flag(d, in, "status", "VISIBLE") && !has_flag(d, in, "flags", "ACTIVATION_SKIP");
	lv->name = ri_span_dup(in->key);
	return lv->name ? read_segments(d, in, vg, lv) : ri_nomem(d->e);
}

static int read_pvs(struct doc *d, const struct ri_lvmtext_node *in, struct ri_lvm_vg *vg)
{
	size_t n = count(d, in);

	if (n == 0 || n > PVS_MAX)
		return ri_fail(d->e, RI_E_UNSUPPORTED, 0, "LVM: %zu physical volumes in a group",
		    n);
	vg->pv = calloc(n, sizeof *vg->pv);
	if (!vg->pv)
		return ri_nomem(d->e);
	for (const struct ri_lvmtext_node *c = ri_lvmtext_first(&d->t, in); c;
	     c = ri_lvmtext_next(&d->t, c)) {
		if (read_pv(d, c, &vg->pv[vg->n_pv]) < 0)
			return -1;
		vg->n_pv++;
	}
	return 0;
}

static int read_lvs(struct doc *d, const struct ri_lvmtext_node *in, struct ri_lvm_vg *vg)
{
	size_t n = count(d, in);

	if (n == 0)
		return 0;
	vg->lv = calloc(n, sizeof *vg->lv);
	if (!vg->lv)
		return ri_nomem(d->e);
	for (const struct ri_lvmtext_node *c = ri_lvmtext_first(&d->t, in); c;
	     c = ri_lvmtext_next(&d->t, c)) {
		vg->n_lv++; /* before it is whole, so that what it has is released */
		if (read_lv(d, c, vg, &vg->lv[vg->n_lv - 1]) < 0)
			return -1;
	}
	return 0;
}

/* What must hold for anybody to use the group at all; @in is its section. */
static int check_vg(struct doc *d, const struct ri_lvmtext_node *in)
{
	static const char *const status[] = { "RESIZEABLE", "READ", "WRITE", NULL };
	static const char *const none[] = { NULL };
	struct ri_span lock = get_string(d, in, "lock_type");

	/* Before the flags: such a group has one more. */
	if (get_string(d, in, "system_id").n > 0 ||
	    (lock.n > 0 && !ri_span_eq(lock, ri_str("none"))))
		return ri_fail(d->e, RI_E_UNSUPPORTED, 0,
		    "LVM: the volume group %.*s belongs to another system", SHOWN(in->key));
	return check_name(d, in->key) < 0 || check_flags(d, in, "status", status) < 0 ||
		       check_flags(d, in, "flags", none) < 0
		   ? -1
		   : 0;
}

static int read_vg(struct doc *d, const struct ri_lvmtext_node *in, struct ri_lvm_vg *vg)
{
	const struct ri_lvmtext_node *pvs = section(d, in, "physical_volumes");
	const struct ri_lvmtext_node *lvs = section(d, in, "logical_volumes");

	if (check_vg(d, in) < 0 || get_uuid(d, in, vg->uuid) < 0 ||
	    get_number(d, in, "seqno", &vg->seqno) < 0 ||
	    get_number(d, in, "extent_size", &vg->extent_bytes) < 0)
		return -1;
	if (vg->extent_bytes == 0 ||
	    __builtin_mul_overflow(vg->extent_bytes, SECTOR, &vg->extent_bytes))
		return missing(d, in->key, "extent_size");
	vg->name = ri_span_dup(in->key);
	if (!vg->name)
		return ri_nomem(d->e);
	if (!pvs)
		return missing(d, in->key, "physical_volumes");
	return read_pvs(d, pvs, vg) < 0 || (lvs && read_lvs(d, lvs, vg) < 0) ? -1 : 0;
}

int ri_lvm_vg_parse(struct ri_span text, struct ri_lvm_vg *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_lvm_vg_free) struct ri_lvm_vg vg = { 0 };
	RI_ON_EXIT(doc_free) struct doc d = { .e = e };
	const struct ri_lvmtext_node *n;

	if (ri_lvmtext_parse(text, &d.t, e) < 0)
		return -1;
	if (!ri_span_eq(get_string(&d, d.t.v, "contents"), ri_str("Text Format Volume Group")))
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "LVM's metadata is of another kind");
	/* The group is the one section outermost. */
	for (n = ri_lvmtext_first(&d.t, d.t.v); n; n = ri_lvmtext_next(&d.t, n))
		if (n->kind == RI_LVMTEXT_SECTION)
			break;
	if (!n)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "LVM's metadata has no volume group");
	if (read_vg(&d, n, &vg) < 0)
		return -1;
	*out = vg;
	vg = (struct ri_lvm_vg){ 0 };
	return 0;
}

void ri_lvm_vg_free(struct ri_lvm_vg *vg)
{
	for (size_t i = 0; i < vg->n_lv; i++) {
		free(vg->lv[i].name);
		free(vg->lv[i].seg);
	}
	free(vg->lv);
	free(vg->pv);
	free(vg->name);
	*vg = (struct ri_lvm_vg){ 0 };
}

void ri_lvm_mapper_path(const char *device, struct ri_buf *out)
{
	ri_buf_add_str(out, "/dev/mapper/");
	for (const char *p = device + strlen("/dev/"); *p; p++)
		ri_buf_add_str(out, *p == '-' ? "--" : *p == '/' ? "-" : (char[2]){ *p, '\0' });
}
