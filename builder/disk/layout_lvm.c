// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Logical volumes: the metadata of LVM2 on the physical volumes of the disk.
 */
#include "disk/layout_internal.h"
#include "lvm/label.h"
#include "lvm/metadata.h"

struct group {
	char *text; /* what vg points into */
	struct ri_lvm_vg vg;
};

struct lvm {
	struct ri_disklayout *l;
	struct ri_image *disk;
	int scratch;
	const uint64_t *at;
	size_t n_devices;          /* of *l, before there are logical volumes in it */
	char (*uuid)[RI_LVM_UUID]; /* of each device that is a physical volume; else "" */
	struct group *v;
	size_t n;
	struct ri_err *e;
};

static void group_free(struct group *g)
{
	ri_lvm_vg_free(&g->vg);
	free(g->text);
	*g = (struct group){ 0 };
}

static void lvm_free(struct lvm *s)
{
	for (size_t i = 0; i < s->n; i++)
		group_free(&s->v[i]);
	free(s->v);
	free(s->uuid);
}

/* Keep the newest of each group; the rest of @g is discarded. */
static int keep_newest(struct lvm *s, struct group *g)
{
	struct group *v;

	for (size_t i = 0; i < s->n; i++) {
		struct group *old = &s->v[i], held = *old;

		if (strcmp(old->vg.uuid, g->vg.uuid) != 0)
			continue;
		if (g->vg.seqno > old->vg.seqno) {
			*old = *g;
			*g = held;
		}
		return 0;
	}
	v = reallocarray(s->v, s->n + 1, sizeof *v);
	if (!v)
		return ri_nomem(s->e);
	s->v = v;
	v[s->n++] = *g;
	*g = (struct group){ 0 };
	return 0;
}

static int read_text(struct lvm *s, struct ri_image *pv, const struct ri_lvm_locn *loc)
{
	RI_ON_EXIT(group_free) struct group g = { 0 };
	size_t n = (size_t)(loc->bytes + loc->bytes2);
	struct ri_span text;

	g.text = malloc(n);
	if (!g.text)
		return ri_nomem(s->e);
	if (pv->read(pv, loc->at, g.text, (size_t)loc->bytes, s->e) < 0 ||
	    (loc->bytes2 > 0 &&
		pv->read(pv, loc->at2, g.text + loc->bytes, (size_t)loc->bytes2, s->e) < 0))
		return -1;
	text = ri_span(g.text, n);
	if (ri_lvm_crc(RI_LVM_CRC_INIT, text) != loc->crc)
		return ri_fail(s->e, RI_E_UNSUPPORTED, 0, "LVM's metadata has a wrong checksum");
	return ri_lvm_vg_parse(text, &g.vg, s->e) < 0 ? -1 : keep_newest(s, &g);
}

static int read_pv(struct lvm *s, size_t device)
{
	struct ri_image *pv = s->l->v[device].image;
	char first[RI_LVM_LABEL_BYTES];
	struct ri_lvm_label label;

	if (pv->read(pv, 0, first, sizeof first, s->e) < 0 ||
	    ri_lvm_label_parse(ri_span(first, sizeof first), &label, s->e) < 0)
		return -1;
	for (size_t i = 0; i < device; i++)
		if (strcmp(s->uuid[i], label.uuid) == 0)
			return ri_fail(s->e, RI_E_UNSUPPORTED, 0,
			    "two of LVM's physical volumes have the same UUID");
	memcpy(s->uuid[device], label.uuid, sizeof label.uuid);
	for (size_t i = 0; i < label.n; i++) {
		char head[RI_LVM_MDA_BYTES];
		struct ri_lvm_locn loc;

		if (pv->size < sizeof head || label.mda[i].at > pv->size - sizeof head ||
		    label.mda[i].bytes > pv->size - label.mda[i].at)
			return ri_fail(s->e, RI_E_UNSUPPORTED, 0,
			    "LVM's metadata area is outside its physical volume");
		if (pv->read(pv, label.mda[i].at, head, sizeof head, s->e) < 0 ||
		    ri_lvm_mda_parse(ri_span(head, sizeof head), &label.mda[i], &loc, s->e) < 0 ||
		    (!loc.empty && read_text(s, pv, &loc) < 0))
			return -1;
	}
	return 0;
}

/* Which device each physical volume of the group is. */
static int find_pvs(struct lvm *s, const struct ri_lvm_vg *vg, size_t *device)
{
	for (size_t i = 0; i < vg->n_pv; i++) {
		device[i] = 0;
		while (device[i] < s->n_devices && strcmp(s->uuid[device[i]], vg->pv[i].uuid) != 0)
			device[i]++;
		if (device[i] == s->n_devices)
			return ri_fail(s->e, RI_E_UNSUPPORTED, 0,
			    "a physical volume of LVM's group %s is not on this disk", vg->name);
	}
	return 0;
}

static int place(struct lvm *s, const struct ri_lvm_vg *vg, const struct ri_lvm_seg *g,
    const size_t *device, struct ri_extent *out)
{
	const struct ri_lvm_pv *pv = &vg->pv[g->pv];
	uint64_t from, end;

	if (__builtin_mul_overflow(g->from, vg->extent_bytes, &from) ||
	    __builtin_add_overflow(from, pv->pe_start, &from) ||
	    __builtin_mul_overflow(g->count, vg->extent_bytes, &out->bytes) ||
	    __builtin_add_overflow(from, out->bytes, &end) ||
	    end > s->l->v[device[g->pv]].image->size)
		return ri_fail(s->e, RI_E_UNSUPPORTED, 0,
		    "LVM: a volume of the group %s reaches beyond its physical volume", vg->name);
	out->at = s->at[device[g->pv]] + from;
	return 0;
}

static int add_volume(struct lvm *s, const struct ri_lvm_vg *vg, const struct ri_lvm_lv *lv,
    const size_t *device)
{
	RI_FREE struct ri_extent *x = calloc(lv->n, sizeof *x);
	struct ri_blockdev *d;
	RI_BUF name = { 0 };
	RI_BUF hint = { 0 };

	if (!x)
		return ri_nomem(s->e);
	for (size_t i = 0; i < lv->n; i++)
		if (place(s, vg, &lv->seg[i], device, &x[i]) < 0)
			return -1;
	d = ri_layout_add(s->l, s->e);
	if (!d)
		return -1;
	ri_buf_addf(&name, "/dev/%s/%s", vg->name, lv->name);
	ri_buf_addf(&hint, "lvmid/%s/%s", vg->uuid, lv->uuid);
	d->name = ri_buf_steal(&name);
	d->lvm_hint = ri_buf_steal(&hint);
	if (!d->name || !d->lvm_hint)
		return ri_nomem(s->e);
	return ri_image_pieces(s->disk, x, lv->n, &d->image, s->e) < 0
		   ? -1
		   : ri_layout_tags(d, s->scratch, s->e);
}

static int add_group(struct lvm *s, const struct ri_lvm_vg *vg)
{
	RI_FREE size_t *device = calloc(vg->n_pv, sizeof *device);

	if (!device)
		return ri_nomem(s->e);
	if (find_pvs(s, vg, device) < 0)
		return -1;
	for (size_t i = 0; i < vg->n_lv; i++)
		if (vg->lv[i].shown && add_volume(s, vg, &vg->lv[i], device) < 0)
			return -1;
	return 0;
}

/* Each volume's group, by name: with two groups of one name it would be ambiguous. */
static int check_names(struct lvm *s)
{
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(s->v[i].vg.name, s->v[k].vg.name) == 0)
				return ri_fail(s->e, RI_E_UNSUPPORTED, 0,
				    "two of LVM's volume groups are called %s", s->v[i].vg.name);
	return 0;
}

/* What else there is of its group, where it is in one, only another disk knows (pvcreate --metadatacopies 0). */
static int check_described(const struct lvm *s)
{
	for (size_t i = 0; i < s->n_devices; i++) {
		bool described = s->uuid[i][0] == '\0';

		for (size_t g = 0; g < s->n && !described; g++)
			for (size_t p = 0; p < s->v[g].vg.n_pv && !described; p++)
				described = strcmp(s->v[g].vg.pv[p].uuid, s->uuid[i]) == 0;
		if (!described)
			return ri_fail(s->e, RI_E_UNSUPPORTED, 0,
			    "%s is a physical volume of LVM of which no group is known",
			    s->l->v[i].name);
	}
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct ri_blockdev *)a)->name, ((const struct ri_blockdev *)b)->name);
}

int ri_layout_volumes(struct ri_disklayout *l, struct ri_image *disk, int scratch,
    const uint64_t *at, struct ri_err *e)
{
	RI_ON_EXIT(lvm_free)
	struct lvm s = { l, disk, .scratch = scratch, .at = at, .n_devices = l->n, .e = e };

	s.uuid = calloc(l->n, sizeof *s.uuid);
	if (!s.uuid)
		return ri_nomem(e);
	for (size_t i = 0; i < s.n_devices; i++)
		if (strcmp(l->v[i].type, "LVM2_member") == 0 && read_pv(&s, i) < 0)
			return ri_ctx(e, "%s", l->v[i].name);
	if (check_names(&s) < 0 || check_described(&s) < 0)
		return -1;
	for (size_t i = 0; i < s.n; i++)
		if (add_group(&s, &s.v[i].vg) < 0)
			return -1;
	/* As guestfs_lvs sorts them: by their whole names, as bytes. */
	qsort(l->v + s.n_devices, l->n - s.n_devices, sizeof *l->v, by_name);
	return 0;
}
