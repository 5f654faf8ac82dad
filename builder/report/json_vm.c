// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/json_vm.h"
#include "pveconf/vmconf_drive.h"
#include "report/json_internal.h"

const char *ri_root_word(enum ri_root root)
{
	static const char *const words
	    [] = { [RI_ROOT_UNKNOWN] = "unknown", [RI_ROOT_DISK] = "disk", [RI_ROOT_RAM] = "ram" };

	return words[root];
}

const char *ri_disk_word(enum ri_disk_state disk)
{
	static const char *const words[] = { [RI_DISK_NONE] = "none",
		[RI_DISK_ATTACHED] = "attached",
		[RI_DISK_RELEASED] = "released",
		[RI_DISK_DETACHED] = "detached" };

	return words[disk];
}

static json_t *list(const struct ri_strv *l)
{
	json_t *a = json_array();

	for (size_t i = 0; i < l->n; i++)
		ri_json_append(&a, ri_json_text(l->v[i]));
	return a;
}

static void add_remark(json_t **a, const char *code, const char *text)
{
	ri_json_append(a, json_pack("{s:s, s:o}", "code", code, "message", ri_json_text(text)));
}

static json_t *remarks(const struct ri_remarks *r, const struct ri_strv *of_migration)
{
	json_t *a = json_array();

	for (size_t i = 0; i < r->n; i++)
		add_remark(&a, r->v[i].code, r->v[i].text);
	for (size_t i = 0; of_migration && i < of_migration->n; i++)
		add_remark(&a, "migration", of_migration->v[i]);
	return a;
}

static json_t *status(const struct ri_vmstatus *s)
{
	json_t *j = json_pack(
	    "{s:i, s:o, s:o, s:b, s:i, s:s, s:o, s:s, s:s, s:s, s:b, s:o, s:o, s:o, s:b}", "vmid",
	    (int)s->vmid, "name", ri_json_text(s->name), "node", ri_json_text(s->node), "running",
	    s->pid != 0, "pid", s->pid, "root", ri_root_word(s->root), "root_known_by",
	    ri_json_text(s->how), "disk", ri_disk_word(s->disk), "drive", s->key, "config",
	    s->config, "migratable", s->migration.blockers.n == 0, "blockers",
	    list(&s->migration.blockers), "remarks", remarks(&s->remarks, &s->migration.remarks),
	    "form", ri_json_word(s->form), "slim", s->slim);

	if (s->built == RI_BUILT_YES)
		ri_json_add_memory(&j, "ram", &s->ram);
	if (s->built == RI_BUILT_YES && s->ram_now.vm.memory > 0)
		ri_json_add_memory(&j, "ram_now", &s->ram_now);
	return j;
}

int ri_report_statuses(const struct ri_vmstatuses *s, struct ri_buf *out, struct ri_err *e)
{
	json_t *all = json_array();

	for (size_t i = 0; i < s->n; i++)
		ri_json_append(&all, status(&s->v[i]));
	return ri_json_document("ramimg.status/1", json_pack("{s:o}", "vms", all), out, e);
}

int ri_report_blockers(const struct ri_vmstatus *s, struct ri_buf *out, struct ri_err *e)
{
	json_t *j = json_pack("{s:i, s:b, s:o, s:o}", "vmid", (int)s->vmid, "migratable",
	    s->migration.blockers.n == 0, "blockers", list(&s->migration.blockers), "remarks",
	    list(&s->migration.remarks));

	return ri_json_document("ramimg.check-migrate/1", j, out, e);
}

int ri_report_detach(const char *format, const struct ri_detach_result *r, unsigned vmid,
    struct ri_buf *out, struct ri_err *e)
{
	json_t *j = json_pack("{s:i, s:s, s:b, s:o, s:o, s:o, s:b, s:o}", "vmid", (int)vmid,
	    "drive", r->key, "changed", r->done, "commands", list(&r->commands), "config_before",
	    ri_json_text(r->before.p ? r->before.p : ""), "config_after",
	    ri_json_text(r->after.p ? r->after.p : ""), "live", r->live, "remarks",
	    remarks(&r->remarks, NULL));

	return ri_json_document(format, j, out, e);
}

static json_t *built(const struct ri_listed *r)
{
	return r->built == RI_BUILT_UNKNOWN ? json_null() : json_boolean(r->built == RI_BUILT_YES);
}

static json_t *size(const struct ri_listed *r)
{
	uint64_t n;

	return ri_drive_bytes(r->size, &n) ? json_integer((json_int_t)n) : json_null();
}

static json_t *disk_row(const struct ri_listed *r)
{
	json_t *j = json_pack(
	    "{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:s, s:o, s:o, s:b}", "vmid",
	    (int)r->vmid, "name", ri_json_text(r->vm_name), "drive", ri_json_text(r->key), "volid",
	    ri_json_text(r->volid), "path", ri_json_text(r->path), "bytes", size(r), "format",
	    ri_json_text(r->format), "state", ri_json_text(r->state), "built", built(r), "boot",
	    r->boots, "config", r->config, "older", r->older ? ri_json_text(r->older) : json_null(),
	    "form", ri_json_word(r->form), "slim", r->slim);

	if (ri_listed_needs(r))
		ri_json_add_memory(&j, "ram", &r->ram);
	return j;
}

int ri_report_list(const struct ri_list *l, struct ri_buf *out, struct ri_err *e)
{
	json_t *all = json_array();

	for (size_t i = 0; i < l->n; i++)
		ri_json_append(&all, disk_row(&l->v[i]));
	return ri_json_document("ramimg.list/1", json_pack("{s:o}", "volumes", all), out, e);
}
