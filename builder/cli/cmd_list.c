// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build/built_look.h"
#include "cli/cmd_internal.h"
#include "pveconf/target_name.h"
#include "report/json_vm.h"
#include "report/table.h"
#include "report/text.h"

#define COLUMNS 10

static const char *const heads[COLUMNS] = { "VMID", "NAME", "DRIVE", "VOLUME", "SIZE", "FORMAT",
	"BOOT", "BUILT", "MEMORY", "STATE" };

static const char *const built[] = {
	[RI_BUILT_UNKNOWN] = "",
	[RI_BUILT_NO] = "no",
	[RI_BUILT_YES] = "yes",
};

/* In the form that nobody need think of, or another; and whether there is no way back to the disk. */
static const char *built_word(const struct ri_listed *r)
{
	bool other = r->built == RI_BUILT_YES && r->form && strcmp(r->form, "compressed") == 0;

	if (r->built == RI_BUILT_YES && r->slim)
		return other ? "compressed, slim" : "slim";
	return other ? r->form : built[r->built];
}

static int row(const struct ri_listed *r, struct ri_strv *out, struct ri_err *e)
{
	char vmid[16], state[80];
	bool attached = strcmp(r->config, "attached") == 0;

	snprintf(vmid, sizeof vmid, "%u", r->vmid);
	snprintf(state, sizeof state, "%s%s%s", r->state, attached ? "" : ", ",
	    attached ? "" : r->config);
	const char *raw[COLUMNS] = { vmid, r->vm_name, r->key, r->volid, r->size, r->format,
		r->boots ? "yes" : "", built_word(r),
		ri_listed_needs(r) ? ri_ram_fit_word(ri_ram_fit(r->ram.least, &r->ram.vm)) : "",
		state };

	for (size_t i = 0; i < COLUMNS; i++)
		if (ri_table_cell(out, raw[i], e) < 0)
			return -1;
	return 0;
}

/* Below the table. */
static int notes(const struct ri_list *l, struct ri_buf *out, struct ri_err *e)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct ri_listed *r = &l->v[i];
		RI_BUF memory = { 0 };

		if (r->older)
			ri_buf_addf(out,
			    "%u: note: %s: the RAM set is older than the disk: %s; build it again\n",
			    r->vmid, r->key, r->older);
		if (ri_listed_needs(r))
			ri_ram_fit_say(r->ram.least, &r->ram.vm, r->vmid, &memory);
		if (memory.n > 0)
			ri_buf_addf(out, "%u: note: %s: %s\n", r->vmid, r->key, memory.p);
		if (ri_buf_check(&memory, e) < 0)
			return -1;
	}
	return ri_buf_check(out, e);
}

static int table(const struct ri_list *l, struct ri_buf *out, struct ri_err *e)
{
	RI_STRV cells = { 0 };

	for (size_t i = 0; i < COLUMNS; i++)
		if (ri_table_cell(&cells, heads[i], e) < 0)
			return -1;
	for (size_t i = 0; i < l->n; i++)
		if (row(&l->v[i], &cells, e) < 0)
			return -1;
	return ri_table_print(&cells, COLUMNS, out, e) < 0 ? -1 : notes(l, out, e);
}

int ri_cmd_list(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e)
{
	RI_ON_EXIT(ri_pvehost_close) struct ri_pvehost h = { 0 };
	RI_ON_EXIT(ri_list_free) struct ri_list l = { 0 };
	RI_BUF text = { 0 };
	unsigned vmid = 0;

	if (o->target && ri_target_vmid(o->target, &vmid, e) < 0)
		return -1;
	if (ri_pvehost_open(o->pve_root ? o->pve_root : "", &h, e) < 0 ||
	    ri_list_volumes(&h, vmid, job->stage_dir, ri_built_look, &l, e) < 0)
		return -1;
	if (o->json ? ri_report_list(&l, &text, e) < 0 : table(&l, &text, e) < 0)
		return -1;
	return ri_print(&text);
}
