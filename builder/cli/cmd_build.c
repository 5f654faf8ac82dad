// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/cancel.h"
#include "base/log.h"
#include "base/show.h"
#include "build/artifacts_dir.h"
#include "build/prepare.h"
#include "build/ram_check.h"
#include "build/ram_estimate.h"
#include "build/signature.h"
#include "cli/build_iso.h"
#include "cli/cmd_internal.h"
#include "doctor/doctor.h"
#include "guest/find_excluded.h"
#include "host/hostfile.h"
#include "host/sha256.h"
#include "plan/plan.h"
#include "pvehost/owner.h"
#include "pvehost/pvevm.h"
#include "report/json.h"
#include "report/spdx.h"
#include "report/text.h"
#include "volume/output.h"

/* Once before the work, which takes a while; what is there is held only when it is known to be no part of TARGET. */
static int check_output(const struct ri_opts *o, struct ri_err *e)
{
	RI_ON_EXIT(ri_output_close) struct ri_output to = RI_OUTPUT_INIT;

	if (!o->output)
		return 0;
	if (ri_file_same(o->output, o->target))
		return ri_fail(e, RI_E_USAGE, 0,
		    "--output %s: is TARGET; name another file, or leave --output out to build it in place",
		    o->output);
	return ri_output_open(o->output, o->force, NULL, &to, e);
}

/* Beforehand: what would come out after minutes, in libguestfs's words. */
static int look_at_host(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e)
{
	const struct ri_doctor_names names = { o->no_artifacts ? "" : o->out, o->output, o->target,
		o->pve_root, NULL };
	unsigned parts = o->dry_run ? RI_DOCTOR_STAGE : RI_DOCTOR_STAGE | RI_DOCTOR_APPLIANCE;
	RI_ON_EXIT(ri_doctor_host_free) struct ri_doctor_host h = { 0 };
	RI_ON_EXIT(ri_doctor_free) struct ri_doctor d = { 0 };

	if (ri_doctor_host(job, &names, &h, e) < 0 || ri_doctor_look(&h, parts, &d, e) < 0)
		return -1;
	return ri_doctor_refuse(&d, e);
}

struct leaving_out {
	const struct ri_job *job;
	const struct ri_facts *facts;
	struct ri_plan *plan;
	struct ri_excluded_list *left;
};

static int find_left_out(struct ri_guest *g, void *arg, struct ri_err *e)
{
	const struct leaving_out *l = arg;

	ri_excluded_free(l->left);
	return ri_excluded_find(g, &l->plan->rules, l->left, NULL, e) < 0
		   ? -1
		   : ri_ram_estimate(g, l->job, l->facts, l->left, l->plan, e);
}

static int dry_run(const struct ri_opts *o, const struct ri_job *job, struct ri_session *s,
    struct ri_plan *p, struct ri_err *e)
{
	RI_ON_EXIT(ri_excluded_free) struct ri_excluded_list left = { 0 };
	struct leaving_out l = { job, &s->facts, p, &left };
	RI_BUF text = { 0 };

	if (ri_session_read(s, find_left_out, &l, e) < 0)
		return -1;
	if (o->json ? ri_report_plan(&s->facts, p, &left, &text, e) < 0
		    : ri_print_plan(&s->facts, p, &left, &text, e) < 0)
		return -1;
	return ri_print(&text);
}

static int write_back(struct ri_session *s, const struct ri_plan *p, const struct ri_payload *pl,
    struct ri_err *e)
{
	return ri_session_stage(s, &p->actions, pl->pack.archive_bytes + pl->initrd_bytes, e);
}

static int put_sbom(const struct ri_job *job, const struct ri_session *s, struct ri_payload *pl,
    const struct ri_dir *dir, struct ri_err *e)
{
	RI_BUF text = { 0 };

	if (ri_report_spdx(job, &s->facts, pl, &text, e) < 0)
		return -1;
	ri_sha256_span(ri_buf_span(&text), pl->sbom_sha256);
	pl->sbom_bytes = text.n;
	return ri_dir_put(dir, RI_SBOM_NAME, ri_buf_span(&text), 0600, e);
}

static int put_manifest(const struct ri_job *job, const struct ri_session *s,
    const struct ri_plan *p, const struct ri_payload *pl, const struct ri_dir *dir,
    struct ri_err *e)
{
	RI_BUF text = { 0 };

	/* Without the times, which are never the same: all that a build leaves is, for the same input. */
	if (ri_report_build(job, &s->facts, p, pl, &s->volume, NULL, &text, e) < 0 ||
	    ri_dir_put(dir, "manifest.json", ri_buf_span(&text), 0600, e) < 0)
		return -1;
	return pl->signed_by[0] ? ri_signature_make(job->sign, dir, e) : 0;
}

static int report(const struct ri_opts *o, const struct ri_job *job, const char *dir,
    const struct ri_session *s, const struct ri_plan *p, const struct ri_payload *pl,
    struct ri_err *e)
{
	const char *built = o->output ? o->output : o->target;
	struct ri_timings t;
	const struct ri_build_run run = { &t, dir };
	RI_BUF text = { 0 };

	ri_log_timings(&t);
	if (o->json ? ri_report_build(job, &s->facts, p, pl, &s->volume, &run, &text, e) < 0
		    : ri_print_build(&s->facts, p, pl, dir, built, &text, e) < 0)
		return -1;
	return ri_print(&text);
}

/* The point of no return. */
static int let_through(const struct ri_output *to, struct ri_session *s, struct ri_err *e)
{
	return to->path ? ri_stage_export(&s->stage, to, e) : ri_session_commit(s, e);
}

/* What was made beside the volume, or the new image. */
static int keep_made(const struct ri_opts *o, struct ri_pending *iso, struct ri_artifacts *out,
    struct ri_err *e)
{
	if ((!o->iso || ri_pending_keep(iso, e) == 0) && ri_artifacts_keep(out, e) == 0)
		return 0;
	if (o->output)
		return -1;
	e->code = RI_E_COMMIT;
	return ri_ctx(e, "the volume is built, but not all that was made beside it is in place");
}

/* Whoever reads JSON finds there what to leave out, as it is in the log. */
static int check_ram(const struct ri_opts *o, const struct ri_job *job, const struct ri_session *s,
    struct ri_payload *pl, struct ri_err *e)
{
	struct ri_err none;
	RI_BUF text = { 0 };

	if (ri_ram_check(job, &s->place, o->output, pl, e) == 0)
		return 0;
	if (o->json && e->code == RI_E_BUDGET && ri_report_too_little(e, pl, &text, &none) == 0 &&
	    ri_print(&text) < 0)
		return -1;
	return -1;
}

/* @dir: where the artifacts are kept; NULL: nowhere. */
static int make(const struct ri_opts *o, const struct ri_job *job, const char *dir,
    struct ri_session *s, struct ri_plan *p, struct ri_err *e)
{
	RI_ON_EXIT(ri_output_close) struct ri_output to = RI_OUTPUT_INIT;
	RI_ON_EXIT(ri_artifacts_close) struct ri_artifacts out = { 0 };
	RI_ON_EXIT(ri_payload_free) struct ri_payload pl = { 0 };
	char signer[RI_SHA256_HEX + 1] = "";
	RI_ON_EXIT(ri_pending_drop) struct ri_pending iso = RI_PENDING_INIT;

	/* Before the work. Where nothing is kept there is nothing to sign. */
	if (dir && job->sign[0] && ri_signature_check_key(job->sign, signer, e) < 0)
		return ri_ctx(e, o->sign ? "--sign" : "output.sign");
	if (o->output && ri_output_open(o->output, o->force, &s->volume, &to, e) < 0)
		return -1;
	if (job->output_compress != RI_OUTPUT_PLAIN)
		to.compress = ri_output_compress_words[job->output_compress];
	if (dir ? ri_artifacts_open(dir, &out, e) < 0
		: ri_artifacts_open_stage(&s->stage.at, &out, e) < 0)
		return ri_ctx(e, dir ? "--out" : "the stage");
	if (ri_prepare(s, job, p, &out.making, &pl, e) < 0 || check_ram(o, job, s, &pl, e) < 0 ||
	    ri_build_iso_write(o, job, &s->facts, p, &pl, &iso, e) < 0)
		return -1;
	memcpy(pl.signed_by, signer, sizeof signer);
	if (write_back(s, p, &pl, e) < 0 || put_sbom(job, s, &pl, &out.making, e) < 0 ||
	    put_manifest(job, s, p, &pl, &out.making, e) < 0)
		return -1;
	if (let_through(&to, s, e) < 0 || keep_made(o, &iso, &out, e) < 0)
		return -1;
	return report(o, job, dir, s, p, &pl, e);
}

/* That an old one was removed is no news; that the build takes another than its administrator thinks is. */
static void warn_of_kernels(const struct ri_plan *p)
{
	const char *taken = p->kernels.v[0].version;

	for (size_t i = 0; i < p->kernels.passed_n; i++) {
		const struct ri_kernel_passed *k = &p->kernels.passed[i];
		bool own = ri_plan_is_stock_kernel(p, k->version);

		ri_log(own || ri_kernel_is_newer(k->version, taken) ? RI_LOG_WARN : RI_LOG_INFO,
		    "kernel %s%s is passed over: %s; the RAM entry boots %s", k->version,
		    own ? ", which the guest boots by default," : "", k->why, taken);
	}
}

/* Without the VM's lock: one that starts afterwards still makes the build fail. */
static int look_at_vm(const struct ri_opts *o, unsigned *vmid, struct ri_err *e)
{
	RI_ON_EXIT(ri_pvehost_close) struct ri_pvehost h = { 0 };
	RI_ON_EXIT(ri_pvevm_free) struct ri_pvevm vm = { 0 };

	if (ri_owner_find(o->target, o->pve_root, vmid, e) < 0)
		return -1;
	if (*vmid == 0)
		return 0;
	if (ri_pvehost_open(o->pve_root ? o->pve_root : "", &h, e) < 0 ||
	    ri_pvevm_load(&h, *vmid, &vm, e) < 0)
		return -1;
	return ri_pvevm_check_stopped(&h, *vmid, e);
}

/* That the VM is in use is the result then. */
static int skip(const struct ri_opts *o, unsigned vmid, const struct ri_err *why, struct ri_err *e)
{
	RI_BUF text = { 0 };

	if (o->json && ri_report_skipped(vmid, why->msg, &text, e) < 0)
		return -1;
	if (!o->json)
		ri_buf_addf(&text, "not built: %s\n", why->msg);
	return ri_buf_check(&text, e) < 0 ? -1 : ri_print(&text);
}

static int build(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e)
{
	const struct ri_named_target t = { o->target, o->format, o->pve_root };
	RI_ON_EXIT(ri_session_close) struct ri_session s = RI_SESSION_INIT;
	RI_ON_EXIT(ri_plan_free) struct ri_plan plan = { 0 };
	enum ri_session_use use = o->dry_run  ? RI_SESSION_LOOK
				  : o->output ? RI_SESSION_EXPORT
					      : RI_SESSION_CHANGE;
	RI_FREE char *dir = NULL;

	if (check_output(o, e) < 0 || ri_build_iso_check(o, e) < 0 || look_at_host(o, job, e) < 0)
		return -1;
	s.uploads = !o->dry_run;
	if (ri_session_open(&t, use, job, &s, e) < 0 || ri_session_find_generator(&s, job, e) < 0)
		return -1;
	if (ri_plan_make(job, &s.facts, &plan, e) < 0)
		return ri_ctx(e, "planning");
	warn_of_kernels(&plan);
	if (plan.undo.any_edited)
		ri_log(RI_LOG_WARN,
		    "the guest's files were edited since the last build; the edits are kept");
	if (plan.not_inherited.n > 0)
		ri_log(RI_LOG_WARN,
		    "the menu entry is ramimg's own where the guest's is not understood: %s",
		    plan.not_inherited.p);
	if (plan.untested.n > 0)
		ri_log(RI_LOG_WARN, "not tested on %s", plan.untested.p);
	if (plan.esp_note.n > 0)
		ri_log(RI_LOG_WARN,
		    "the VM runs from RAM only if its firmware starts the GRUB of this system: %s",
		    plan.esp_note.p);
	if (plan.not_counted)
		ri_log(RI_LOG_WARN, "boots that fail are not counted: %s", plan.not_counted);
	if (o->dry_run)
		return dry_run(o, job, &s, &plan, e);
	if (o->no_artifacts)
		return make(o, job, NULL, &s, &plan, e);
	dir = o->out ? strdup(o->out) : ri_file_join("out", s.volume.name);
	return dir ? make(o, job, dir, &s, &plan, e) : ri_nomem(e);
}

int ri_cmd_build(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e)
{
	struct ri_err why = { 0 };
	unsigned vmid = 0;

	if (!o->if_stopped || look_at_vm(o, &vmid, &why) == 0)
		return build(o, job, e);
	if (why.code == RI_E_BUSY)
		return skip(o, vmid, &why, e);
	*e = why;
	return -1;
}
