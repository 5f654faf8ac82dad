// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build/built_look.h"
#include "cli/cmd_internal.h"
#include "pveconf/target_name.h"
#include "pvehost/cluster.h"
#include "pvehost/plugin.h"
#include "pvehost/pvesh.h"
#include "pvehost/version.h"
#include "report/json_vm.h"
#include "report/table.h"
#include "report/text.h"

#define COLUMNS 10
/* A guest that is busy answers within a second or two; many VMs are asked one after another. */
#define AGENT_MS 3000

static const char *const heads[COLUMNS] = { "VMID", "NAME", "NODE", "RUNNING", "ROOT", "DRIVE",
	"DISK", "CONFIG", "MEMORY", "MIGRATABLE" };

static const char *root_word(const struct ri_vmstatus *s)
{
	if (!s->pid)
		return "";
	return s->form && strcmp(s->form, "compressed") == 0 ? "ram, compressed"
							     : ri_root_word(s->root);
}

static int row(const struct ri_vmstatus *s, struct ri_strv *out, struct ri_err *e)
{
	char vmid[16];

	snprintf(vmid, sizeof vmid, "%u", s->vmid);
	const char *raw[COLUMNS] = { vmid, s->name, s->node, s->pid ? "yes" : "no", root_word(s),
		s->key, ri_disk_word(s->disk), s->config,
		s->built == RI_BUILT_YES ? ri_ram_fit_word(ri_ram_fit(s->ram.least, &s->ram.vm))
					 : "",
		s->migration.blockers.n == 0 ? "yes" : "no" };

	for (size_t i = 0; i < COLUMNS; i++)
		if (ri_table_cell(out, raw[i], e) < 0)
			return -1;
	return 0;
}

/* Below the table, why a root is not known and what is in the way. */
static int reasons(const struct ri_vmstatuses *s, struct ri_buf *out, struct ri_err *e)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct ri_vmstatus *x = &s->v[i];

		if (x->pid && x->root == RI_ROOT_UNKNOWN)
			ri_buf_addf(out, "%u: root not known: %s\n", x->vmid, x->how);
		for (size_t k = 0; k < x->migration.blockers.n; k++)
			ri_buf_addf(out, "%u: %s\n", x->vmid, x->migration.blockers.v[k]);
		for (size_t k = 0; k < x->migration.remarks.n; k++)
			ri_buf_addf(out, "%u: note: %s\n", x->vmid, x->migration.remarks.v[k]);
		for (size_t k = 0; k < x->remarks.n; k++)
			ri_buf_addf(out, "%u: note: %s\n", x->vmid, x->remarks.v[k].text);
	}
	return ri_buf_check(out, e);
}

static int table(const struct ri_vmstatuses *s, struct ri_buf *out, struct ri_err *e)
{
	RI_STRV cells = { 0 };

	for (size_t i = 0; i < COLUMNS; i++)
		if (ri_table_cell(&cells, heads[i], e) < 0)
			return -1;
	for (size_t i = 0; i < s->n; i++)
		if (row(&s->v[i], &cells, e) < 0)
			return -1;
	return ri_table_print(&cells, COLUMNS, out, e) < 0 ? -1 : reasons(s, out, e);
}

/* @ask: Proxmox VE's own opinion too, which takes its Perl a second or two. */
static int look(const struct ri_opts *o, const struct ri_job *job, bool ask,
    struct ri_vmstatuses *s, struct ri_err *e)
{
	const struct ri_vmstatus_how how = { AGENT_MS, o->node, ask ? NULL : ri_built_look_at_boot,
		job->stage_dir };
	RI_ON_EXIT(ri_pvehost_close) struct ri_pvehost h = { 0 };
	unsigned vmid = 0;

	if (o->target && ri_target_vmid(o->target, &vmid, e) < 0)
		return -1;
	if (ri_pvehost_open(o->pve_root ? o->pve_root : "", &h, e) < 0)
		return -1;
	if (o->node && ri_pvehost_target(&h, o->node, e) < 0)
		return -1;
	if (ri_plugin_shared(&h.storages, e) < 0 || ri_vmstatus_look(&h, vmid, &how, s, e) < 0)
		return -1;
	if (ask &&
	    ri_pveversion_check(&s->v[0].migration.blockers, &s->v[0].migration.remarks, e) < 0)
		return -1;
	return ask ? ri_pvesh_migrate(&h, vmid, o->node, &s->v[0].migration.blockers, e) : 0;
}

int ri_cmd_status(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e)
{
	RI_ON_EXIT(ri_vmstatuses_free) struct ri_vmstatuses s = { 0 };
	RI_BUF text = { 0 };

	if (look(o, job, false, &s, e) < 0)
		return -1;
	if (o->json ? ri_report_statuses(&s, &text, e) < 0 : table(&s, &text, e) < 0)
		return -1;
	return ri_print(&text);
}

int ri_cmd_check_migrate(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e)
{
	RI_ON_EXIT(ri_vmstatuses_free) struct ri_vmstatuses s = { 0 };
	RI_BUF text = { 0 };

	if (look(o, job, true, &s, e) < 0)
		return -1;
	const struct ri_strv *b = &s.v[0].migration.blockers;

	for (size_t i = 0; i < b->n && !o->json; i++)
		ri_buf_addf(&text, "%s\n", b->v[i]);
	if (b->n == 0 && !o->json)
		ri_buf_addf(&text, "VM %u: nothing is in the way of a live migration%s%s\n",
		    s.v[0].vmid, o->node ? " to " : "", o->node ? o->node : "");
	for (size_t i = 0; i < s.v[0].migration.remarks.n && !o->json; i++)
		ri_buf_addf(&text, "note: %s\n", s.v[0].migration.remarks.v[i]);
	if (o->json && ri_report_blockers(&s.v[0], &text, e) < 0)
		return -1;
	if (ri_print(&text) < 0)
		return -1;
	return b->n == 0 ? 0
			 : ri_fail(e, RI_E_BUSY, 0, "VM %u: %zu in the way of a live migration%s%s",
			       s.v[0].vmid, b->n, o->node ? " to " : "", o->node ? o->node : "");
}
