// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/cancel.h"
#include "base/show.h"
#include "cli/cfgfile.h"
#include "cli/cfgstack.h"
#include "cli/console.h"
#include "cli/help.h"
#include "cli/opts.h"
#include "host/clock.h"
#include "host/journal.h"
#include "host/tool_link.h"
#include "pveconf/target_name.h"
#include "pvehost/owner.h"
#include "report/json.h"
#include "report/text.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>

static const char *root_of(const struct ri_opts *o)
{
	return o->pve_root ? o->pve_root : "";
}

/**
 * The VM whose settings count, and which the journal's entries are of. What a path leads to is looked for only where
 * there may be either.
 */
static int find_vm(const struct ri_command *cmd, const struct ri_opts *o, bool journaled,
    unsigned *vmid, struct ri_err *e)
{
	*vmid = 0;
	if (!o->target || (o->config && !journaled))
		return 0;
	if (cmd->operand && strstr(cmd->operand, "VMID"))
		return ri_target_vmid(o->target, vmid, e);
	return journaled || ri_cfgstack_has_vms(root_of(o))
		   ? ri_owner_find(o->target, o->pve_root, vmid, e)
		   : 0;
}

/** The command line's settings. */
static int override(const struct ri_opts *o, struct ri_job *job, struct ri_err *e)
{
	if (o->compressed)
		job->form = RI_COMPRESSED;
	if (o->compression >= 0)
		job->compression = o->compression;
	if (o->kernel &&
	    ri_setting_set_text(ri_setting_find("grub.kernel"), job, o->kernel, e) < 0) {
		e->code = RI_E_USAGE;
		return ri_ctx(e, "--kernel");
	}
	if (o->kvm >= 0)
		job->kvm = o->kvm;
	if (o->sign) {
		free(job->sign);
		job->sign = strdup(o->sign);
		if (!job->sign)
			return ri_nomem(e);
	}
	job->untested = o->untested;
	job->slim = o->slim;
	job->diskless = o->diskless || o->iso;
	return 0;
}

/** The configuration's settings over the defaults, the command line's over both. */
static int make_job(const struct ri_command *cmd, const struct ri_opts *o, unsigned vmid,
    struct ri_job *job, struct ri_err *e)
{
	int compression;

	if (ri_job_defaults(job, e) < 0)
		return -1;
	if (o->config ? ri_cfgfile_read(o->config, false, job, e) < 0
		      : ri_cfgstack_read(root_of(o), vmid, job, e) < 0)
		return -1;
	if (override(o, job, e) < 0)
		return -1;
	compression = job->compression;
	ri_job_settle(job);
	if (cmd->bit == RI_FOR_CONFIG) /* as it is set, which may be "auto" */
		job->compression = compression;
	if (cmd->bit == RI_FOR_BUILD &&
	    (ri_job_check(job, e) < 0 || ri_job_date(job, getenv("SOURCE_DATE_EPOCH"), e) < 0))
		return -1;
	return ri_job_for_user(job, geteuid(), getenv("XDG_STATE_HOME"), getenv("HOME"), e);
}

static int print_help(const struct ri_command *cmd, struct ri_err *e)
{
	RI_BUF text = { 0 };

	if (ri_opts_help(cmd, &text, e) < 0)
		return -1;
	fputs(text.p, stdout);
	return 0;
}

static int print_version(bool json, struct ri_err *e)
{
	RI_BUF text = { 0 };

	if (json)
		return ri_report_version(&text, e) < 0 ? -1 : ri_print(&text);
	puts("ramimg " RAMIMG_VERSION);
	return 0;
}

/** Results that did not arrive are a failure, even where the volume is what it should be. */
static int flush_results(bool changed, struct ri_err *e)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	if (changed)
		return ri_fail(e, RI_E_COMMIT, errno,
		    "the volume is done, but the result could not be written to standard output");
	return ri_fail(e, RI_E_IO, errno, "writing to standard output");
}

static int run(const struct ri_command *cmd, const struct ri_opts *o, struct ri_journal *journal,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	unsigned vmid;

	if (o->help)
		return print_help(cmd, e);
	if (o->version)
		return print_version(o->json, e);
	if (!cmd->summary) /* all that it needs comes from the one that started it */
		return cmd->run(o, NULL, e);
	if (find_vm(cmd, o, journal->fd > 0, &vmid, e) < 0)
		return -1;
	journal->vmid = vmid;
	if (make_job(cmd, o, vmid, &job, e) < 0)
		return -1;
	return ri_cancel_install(e) < 0 ? -1 : cmd->run(o, &job, e);
}

static enum ri_level level(const struct ri_opts *o)
{
	if (o->quiet)
		return RI_LOG_WARN;
	return o->verbose > 0 ? RI_LOG_DEBUG : RI_LOG_INFO;
}

static void print_hint(const struct ri_command *cmd)
{
	fprintf(stderr, "Try `ramimg%s%s --help`.\n", cmd ? " " : "", cmd ? cmd->name : "");
}

static bool take_line(void *journal, enum ri_level level, struct ri_span text)
{
	return ri_journal_send(journal, level, text);
}

static bool take_result(void *journal, struct ri_span text)
{
	return ri_journal_send(journal, RI_LOG_INFO, ri_span_trim(text));
}

/** Where standard error is the journal's, lines become entries with fields; what standard output gets, likewise. */
static void use_journal(const struct ri_command *cmd, const struct ri_opts *o,
    struct ri_console_conf *conf, struct ri_journal *journal)
{
	const char *stream = getenv("JOURNAL_STREAM");

	if (!ri_journal_is(conf->fd, stream) || !ri_journal_open(root_of(o), journal))
		return;
	journal->command = cmd ? cmd->name : NULL;
	conf->take = take_line;
	conf->take_arg = journal;
	if (ri_journal_is(STDOUT_FILENO, stream))
		ri_print_to(take_result, journal);
}

static uint64_t now_ms(void)
{
	return (uint64_t)ri_clock_ms();
}

/** Also after a failure: what was measured until then. */
static void print_timings(void)
{
	struct ri_timings t;
	struct ri_err e;
	RI_BUF text = { 0 };

	ri_log_timings(&t);
	if (ri_print_timings(&t, &text, &e) == 0)
		fputs(text.p, stderr);
}

/** A program that reads JSON finds the error where it looks, unless a result that says more is there. */
static void print_error_json(const struct ri_err *failed)
{
	struct ri_err e;
	RI_BUF text = { 0 };

	if (!ri_print_used() && ri_report_error(failed, &text, &e) == 0 && ri_print(&text) == 0)
		fflush(stdout);
}

/*
 * Without a standard output the first file that is opened would be it, an image perhaps, and would get the results. What
 * stands in its place is a file that nothing can be written to. @return 0; -1: there is none.
 */
static int hold_standard_files(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	return fd < 0 ? -1 : close(fd);
}

int main(int argc, char **argv)
{
	RI_ON_EXIT(ri_journal_close) struct ri_journal journal = { 0 };
	RI_ON_EXIT(ri_console_freep) struct ri_console *console = NULL;
	const struct ri_command *cmd = NULL;
	struct ri_console_conf conf;
	struct ri_log_sink sink;
	struct ri_err e = { 0 };
	struct ri_opts o;
	int parsed, rc;

	if (argc > 0 && ri_tool_is_link(argv[0])) { /* libguestfs starts it, and reads its words */
		(void)ri_tool_become(argc, argv, &e);
		fprintf(stderr, "ramimg: %s\n", e.msg);
		return ri_err_exit_status(e.code);
	}
	if (hold_standard_files() < 0)
		return ri_err_exit_status(RI_E_IO);
	setlocale(LC_CTYPE, ""); /* what the terminal speaks; all else stays in the C locale */
	parsed = ri_opts_parse(argc, argv, &o, &cmd, &e);
	ri_console_detect(STDERR_FILENO, level(&o), &conf);
	/* Such a process confines itself, which has to be done before there are threads. */
	conf.tick = !cmd || cmd->summary;
	if (conf.tick)
		use_journal(cmd, &o, &conf, &journal);
	if (ri_console_new(&conf, &console, &e) < 0) {
		fputs("ramimg: out of memory\n", stderr);
		return ri_err_exit_status(RI_E_NOMEM);
	}
	sink = ri_console_sink(console);
	ri_log_set_sink(&sink);
	ri_log_measure(now_ms);
	rc = parsed < 0 ? -1 : run(cmd, &o, &journal, &e);
	if (rc == 0)
		rc = flush_results(
		    cmd && cmd->changes && !o.help && !o.version && !o.dry_run && !o.output, &e);
	ri_log_set_sink(NULL);
	if (rc < 0)
		ri_console_error(console, e.msg);
	if (rc < 0 && (o.json || (parsed < 0 && ri_opts_ask_json(argc, argv))))
		print_error_json(&e);
	if (parsed == 0 && o.timings && !o.help && !o.version)
		print_timings();
	if (rc == 0)
		return 0;
	if (parsed < 0)
		print_hint(cmd);
	return ri_err_exit_status(e.code);
}
