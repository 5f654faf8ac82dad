// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/log.h"
#include "cli/cmd_internal.h"
#include "cli/textdiff.h"
#include "pveconf/target_name.h"
#include "report/json_vm.h"
#include "report/text.h"

static int diff(const struct ri_detach_result *r, struct ri_buf *out, struct ri_err *e)
{
	size_t before = out->n;

	if (ri_textdiff((struct ri_labelled){ "configuration now", ri_buf_span(&r->before) },
		(struct ri_labelled){ "configuration then", ri_buf_span(&r->after) }, out, e) < 0)
		return -1;
	if (out->n == before)
		ri_buf_add_str(out, "configuration: unchanged\n");
	return 0;
}

/* @already: said instead of @done where it was so before. */
static int print(const struct ri_opts *o, unsigned vmid, const struct ri_detach_result *r,
    const char *done, const char *already, const char *format, struct ri_err *e)
{
	RI_BUF text = { 0 };

	if (o->json) {
		if (ri_report_detach(format, r, vmid, &text, e) < 0)
			return -1;
		return ri_print(&text);
	}
	if (!o->dry_run)
		ri_buf_addf(&text, "VM %u: %s %s\n", vmid, r->key, r->done ? done : already);
	for (size_t i = 0; i < r->commands.n; i++)
		ri_buf_addf(&text, "QMP: %s\n", r->commands.v[i]);
	if (o->dry_run && diff(r, &text, e) < 0)
		return -1;
	return ri_buf_check(&text, e) < 0 ? -1 : ri_print(&text);
}

/* In one line, with where more of it is. */
static int warn(unsigned vmid, const struct ri_remarks *r, struct ri_err *e)
{
	RI_BUF text = { 0 };

	for (size_t i = 0; i < r->n; i++)
		ri_buf_addf(&text, "%s%s", i > 0 ? "; " : "", r->v[i].text);
	if (ri_buf_check(&text, e) < 0)
		return -1;
	ri_log(RI_LOG_WARN, "while VM %u is detached: %s (docs/before-you-rely-on-it.md)", vmid,
	    text.p ? text.p : "");
	return 0;
}

static int begin(const struct ri_opts *o, const struct ri_job *job, struct ri_pvehost *h,
    unsigned *vmid, struct ri_detach_opts *d, struct ri_err *e)
{
	*d = (struct ri_detach_opts){ .way = (enum ri_detach_way)job->detach_way,
		.refuse_backup = job->detach_backup,
		.assume_ram = o->assume_ram,
		.dry_run = o->dry_run,
		.wait_s = o->wait ? (unsigned)job->detach_wait : 0,
		.guest_s = (unsigned)job->detach_guest,
		.idle_ms = RI_DETACH_IDLE_MS };
	if (ri_target_vmid(o->target, vmid, e) < 0)
		return -1;
	return ri_pvehost_open(o->pve_root ? o->pve_root : "", h, e);
}

int ri_cmd_detach(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e)
{
	static const char *const done[] = {
		[RI_DETACH_PENDING] = "is detached; it is back at the next cold start",
		[RI_DETACH_UNUSED] = "is detached; its volume is unused now",
		[RI_DETACH_BY_HAND] = "is detached",
	};
	RI_ON_EXIT(ri_pvehost_close) struct ri_pvehost h = { 0 };
	RI_ON_EXIT(ri_detach_result_free) struct ri_detach_result r = { 0 };
	struct ri_detach_opts d;
	const char *out;
	unsigned vmid;

	if (begin(o, job, &h, &vmid, &d, e) < 0)
		return -1;
	out = done[d.way];
	if (d.way == RI_DETACH_BY_HAND)
		ri_log(RI_LOG_WARN,
		    "detach.config = \"by-hand\": Proxmox ignores a line with disabled=1 and drops it "
		    "when it writes the file, which a migration does; the volume is in no configuration "
		    "then");
	if (ri_detach(&h, vmid, &d, &r, e) < 0 || warn(vmid, &r.remarks, e) < 0)
		return -1;
	if (ri_span_eq(ri_buf_span(&r.before), ri_buf_span(&r.after)))
		out = "is detached; the configuration was so already";
	return print(o, vmid, &r, out, "is already detached; nothing was changed",
	    "ramimg.detach/1", e);
}

int ri_cmd_attach(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e)
{
	RI_ON_EXIT(ri_pvehost_close) struct ri_pvehost h = { 0 };
	RI_ON_EXIT(ri_detach_result_free) struct ri_detach_result r = { 0 };
	struct ri_detach_opts d;
	unsigned vmid;

	if (begin(o, job, &h, &vmid, &d, e) < 0 || ri_attach(&h, vmid, &d, &r, e) < 0)
		return -1;
	return print(o, vmid, &r,
	    r.live ? "is attached again" : "is attached at the VM's next start",
	    "is already attached; nothing was changed", "ramimg.attach/1", e);
}
