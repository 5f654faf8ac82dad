// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* LVM2's metadata: the whole input as a text, and as a physical volume whose checksums are right. */
#include "fuzz.h"
#include "lvm/label.h"
#include "lvm/metadata.h"

static void put32(char *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (char)(v >> (8 * i));
}

/* What is read of a group can be used without another look. */
static void check_group(struct ri_span text)
{
	RI_ON_EXIT(ri_lvm_vg_free) struct ri_lvm_vg vg = { 0 };
	struct ri_err e = { 0 };

	if (!fuzz_ok(ri_lvm_vg_parse(text, &vg, &e), &e))
		return;
	FUZZ_CHECK(vg.name[0] && !strchr(vg.name, '/') && vg.extent_bytes > 0 && vg.n_pv > 0);
	for (size_t i = 0; i < vg.n_lv; i++) {
		const struct ri_lvm_lv *lv = &vg.lv[i];
		uint64_t end = 0;

		FUZZ_CHECK(lv->name[0] && !strchr(lv->name, '/') && lv->n > 0);
		for (size_t k = 0; k < lv->n; k++) {
			const struct ri_lvm_seg *s = &lv->seg[k];

			FUZZ_CHECK(s->pv < vg.n_pv && s->extent == end && s->count > 0);
			FUZZ_CHECK(s->count <= vg.pv[s->pv].pe_count &&
				   s->from <= vg.pv[s->pv].pe_count - s->count);
			end += s->count;
		}
	}
}

static void check_area(struct ri_span all, const struct ri_lvm_area *area)
{
	char head[RI_LVM_MDA_BYTES];
	struct ri_lvm_locn l;
	struct ri_err e = { 0 };

	if (area->at > all.n || all.n - area->at < sizeof head)
		return;
	memcpy(head, all.p + area->at, sizeof head);
	put32(head, ri_lvm_crc(RI_LVM_CRC_INIT, ri_span(head + 4, sizeof head - 4)));
	if (!fuzz_ok(ri_lvm_mda_parse(ri_span(head, sizeof head), area, &l, &e), &e) || l.empty)
		return;
	FUZZ_CHECK(l.at > area->at && l.at + l.bytes <= area->at + area->bytes);
	FUZZ_CHECK(l.bytes > 0 && l.bytes + l.bytes2 <= RI_LVM_TEXT_MAX);
	FUZZ_CHECK(
	    l.bytes2 == 0 || (l.at2 == area->at + RI_LVM_MDA_BYTES && l.at2 + l.bytes2 <= l.at));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ri_span all = fuzz_input(data, size);
	char first[RI_LVM_LABEL_BYTES];
	struct ri_lvm_label label;
	struct ri_err e = { 0 };

	check_group(all);
	if (size < sizeof first)
		return 0;
	memcpy(first, data, sizeof first);
	for (size_t at = 0; at < sizeof first; at += 512)
		put32(first + at + 16, ri_lvm_crc(RI_LVM_CRC_INIT, ri_span(first + at + 20, 492)));
	if (!fuzz_ok(ri_lvm_label_parse(ri_span(first, sizeof first), &label, &e), &e))
		return 0;
	FUZZ_CHECK(label.n <= RI_LVM_MDAS_MAX && strlen(label.uuid) == RI_LVM_UUID - 1);
	for (size_t i = 0; i < label.n; i++)
		check_area(all, &label.mda[i]);
	return 0;
}
