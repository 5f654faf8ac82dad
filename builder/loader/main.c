// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * ramload: the static program in the initrd. Reads the command line, runs the command, says on
 * every console how it went, and leaves the same in the status file.
 */
#include "loader/archive.h"
#include "loader/bootcount.h"
#include "loader/cmdline.h"
#include "loader/foreign.h"
#include "loader/forms.h"
#include "loader/mounts.h"
#include "loader/opts.h"
#include "loader/release.h"
#include "loader/status_port.h"
#include "loader/undo.h"

#include <inttypes.h>

static void open_consoles(const struct ri_load_opts *o, struct ri_cons *cons)
{
	RI_BUF active = { 0 }, cmdline = { 0 };
	struct ri_err none;
	char path[512];
	bool quiet;

	snprintf(path, sizeof path, "%s/cmdline", o->proc);
	quiet = ri_read_text(path, &cmdline, &none) == 0 &&
		ri_cmdline_has(ri_buf_span(&cmdline), "quiet");
	snprintf(path, sizeof path, "%s/class/tty/console/active", o->sys);
	if (ri_read_text(path, &active, &none) < 0)
		ri_buf_free(&active);
	ri_cons_open(cons, ri_buf_span(&active), o->dev, quiet);
}

/** Leave the status for whoever asks later; a boot does not fail for want of it. */
static void leave_status(const struct ri_load_opts *o, const struct ri_status *s,
    struct ri_cons *cons)
{
	RI_BUF text = { 0 };
	struct ri_err e;

	ri_status_render(s, &text);
	if (ri_buf_check(&text, &e) < 0 || ri_status_write(o->status, ri_buf_span(&text), &e) < 0)
		ri_cons_say(cons, "no status file: %s", e.msg);
	ri_status_port_send(o, ri_buf_span(&text));
}

static void say_success(const struct ri_status *s, struct ri_cons *cons)
{
	int64_t ms = 0;
	char lost[120] = "";
	uint64_t other = s->loss.other_xattrs + s->loss.acls;

	for (size_t i = 0; i < RI_PHASES; i++)
		ms += s->ms[i];
	if (s->loss.user_xattrs > 0)
		snprintf(lost, sizeof lost,
		    "; %" PRIu64 " user xattr%s dropped: this kernel's tmpfs has none",
		    s->loss.user_xattrs, s->loss.user_xattrs == 1 ? "" : "s");
	else if (other > 0)
		snprintf(lost, sizeof lost,
		    "; %" PRIu64 " xattrs and ACLs dropped: this kernel's tmpfs has none", other);
	ri_cons_say(cons,
	    "root in RAM%s: %" PRIu64 " MiB, %" PRIu64 " entries in %" PRId64 ".%" PRId64
	    " s (%" PRIu64 " MiB/s)%s%s",
	    s->form == ri_form_compressed.name ? ", compressed" : "", s->bytes >> 20, s->entries,
	    ms / 1000, ms % 1000 / 100, ri_mib_per_s(s->bytes, ms),
	    s->foreign ? ", from a foreign archive" : "", lost);
}

/* The manifest as it is to be used this time. */
static int get_ready(const struct ri_load_opts *o, struct ri_manifest *m, struct ri_cons *cons,
    struct ri_err *e)
{
	RI_BUF cmdline = { 0 };
	char path[512];

	snprintf(path, sizeof path, "%s/cmdline", o->proc);
	if (ri_load_manifest(o, m, e) < 0 || ri_read_text(path, &cmdline, e) < 0)
		return -1;
	/* A boot from the disk that was asked for has not failed. */
	if (!o->no_mount && ri_cmdline_has(ri_buf_span(&cmdline), "ramimg.disk"))
		ri_bootcount_reset(o->archive_root ? o->archive_root : o->root, m, cons);
	if (ri_cmdline_apply(ri_buf_span(&cmdline), m, e) < 0)
		return -1;
	return m->foreign ? ri_foreign_adopt(o, m, e) : 0;
}

/* What comes of a root that is not in RAM: @m says it, as far as it is known. */
static const char *instead(const struct ri_manifest *m)
{
	if (m->archive_in)
		return "no root in RAM, and no disk to boot from";
	return m->on_failure ? "no root in RAM, and none on the disk" : "booting from disk";
}

static int run_load(const struct ri_load_opts *o, struct ri_cons *cons, struct ri_err *e)
{
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest m = { 0 };
	struct ri_status s = { 0 };
	struct ri_err undone;
	int rc;

	if (get_ready(o, &m, cons, e) < 0) {
		rc = -1;
		if (ri_load_undo(o, &undone) < 0)
			*e = undone;
	} else {
		s.build = m.foreign ? NULL : m.build_id;
		s.form = ri_load_form(&m)->name;
		rc = ri_load(o, &m, cons, &s, e);
	}
	s.in_ram = rc == 0;
	s.foreign = m.foreign;
	s.reason = rc == 0 ? NULL : e->msg;
	if (rc == 0)
		say_success(&s, cons);
	else
		ri_cons_say(cons, "%s: %s", instead(&m), e->msg);
	leave_status(o, &s, cons);
	return rc;
}

static int run_giveup(const struct ri_load_opts *o, const char *reason, struct ri_cons *cons,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest m = { 0 };
	struct ri_status s = { .reason = reason };
	struct ri_err ignored;

	(void)!ri_load_manifest(o, &m, &ignored);
	ri_cons_say(cons, "%s: %s", instead(&m), reason);
	leave_status(o, &s, cons);
	if (ri_load_undo(o, e) == 0)
		return 0;
	ri_cons_say(cons, "%s", e->msg);
	return -1;
}

static void update_status(const struct ri_load_opts *o, const struct ri_strv *released,
    const struct ri_strv *kept, int64_t ms, struct ri_cons *cons)
{
	RI_BUF old = { 0 }, text = { 0 };
	struct ri_err e;

	if (ri_read_text(o->status, &old, &e) < 0 ||
	    ri_status_released(ri_buf_span(&old), released, kept, ms, &text, &e) < 0 ||
	    ri_buf_check(&text, &e) < 0 || ri_status_write(o->status, ri_buf_span(&text), &e) < 0)
		ri_cons_say(cons, "status file: %s", e.msg);
	else
		ri_status_port_send(o, ri_buf_span(&text));
}

static int run_release(const struct ri_load_opts *o, struct ri_cons *cons, struct ri_err *e)
{
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest m = { 0 };
	RI_STRV released = { 0 }, kept = { 0 };
	struct ri_release_paths p = { o->sys, o->dev, o->mountinfo, o->lvm };
	int64_t begun = ri_now_ms();
	int rc;

	if (ri_load_manifest(o, &m, e) < 0) {
		ri_cons_say(cons, "the disks stay: %s", e->msg);
		return -1;
	}
	if (!m.release)
		return 0;
	rc = ri_release(&p, &m.release_fs, &released, &kept, e);
	for (size_t i = 0; i < released.n && !cons->quiet; i++)
		ri_cons_say(cons, "let go of %s", released.v[i]);
	for (size_t i = 0; i < kept.n; i++)
		ri_cons_say(cons, "not let go of %s", kept.v[i]);
	if (rc < 0)
		ri_cons_say(cons, "the %sdisks stay: %s", released.n > 0 ? "other " : "", e->msg);
	update_status(o, &released, &kept, ri_now_ms() - begun, cons);
	return rc;
}

static int run_check(const struct ri_load_opts *o, struct ri_err *e)
{
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest m = { 0 };
	struct ri_cons silent = { .quiet = true };
	struct ri_form_work w = { .o = o, .m = &m, .cons = &silent };
	struct ri_form_done done = { 0 };
	RI_FD int fd = -1;

	if (ri_load_manifest(o, &m, e) < 0 || ri_archive_open(o, &m, &fd, e) < 0)
		return -1;
	w.fd = fd;
	if (ri_load_form(&m)->check(&w, &done, e) < 0)
		return -1;
	printf("%s: %" PRIu64 " bytes, %" PRIu64 " entries\n", m.archive, done.bytes, done.entries);
	return 0;
}

static int run_where(const struct ri_load_opts *o, struct ri_err *e)
{
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest m = { 0 };

	if (ri_load_manifest(o, &m, e) < 0)
		return -1;
	if (!m.archive_on_root)
		puts(m.archive_fs);
	return 0;
}

static int run(const struct ri_cmdline *c, struct ri_err *e)
{
	RI_ON_EXIT(ri_cons_close) struct ri_cons cons = { 0 };
	RI_BUF help = { 0 };

	if (c->command == RI_CMD_LOAD || c->command == RI_CMD_GIVEUP ||
	    c->command == RI_CMD_RELEASE)
		open_consoles(&c->o, &cons);
	switch (c->command) {
	case RI_CMD_LOAD:
		return run_load(&c->o, &cons, e);
	case RI_CMD_GIVEUP:
		return run_giveup(&c->o, c->reason, &cons, e);
	case RI_CMD_RELEASE:
		return run_release(&c->o, &cons, e);
	case RI_CMD_CHECK:
		return run_check(&c->o, e);
	case RI_CMD_WHERE:
		return run_where(&c->o, e);
	case RI_CMD_VERSION:
		puts("ramload (ramimg) " RAMIMG_VERSION);
		return 0;
	case RI_CMD_HELP:
		break;
	}
	ri_cmdline_help(&help);
	fputs(help.p ? help.p : "", stdout);
	return 0;
}

int main(int argc, char **argv)
{
	struct ri_cmdline c;
	struct ri_err e = { 0 };

	if (ri_cmdline_parse(argc, argv, &c, &e) == 0 && run(&c, &e) == 0)
		return fflush(stdout) == 0 ? 0 : 1;
	/* What load, giveup and release have to say is on the consoles already. */
	if (e.code == RI_E_USAGE || c.command == RI_CMD_CHECK || c.command == RI_CMD_WHERE)
		fprintf(stderr, "ramload: %s\n", e.msg);
	return ri_err_exit_status(e.code);
}
