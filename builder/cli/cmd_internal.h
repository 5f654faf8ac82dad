// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The commands: one function each, in a file of its own (cmd_<name>.c).
 */
#include "plan/job.h"

/** What is on the command line; the strings belong to argv. */
struct ri_opts {
	const char *config;   /* --config FILE; NULL: those of cli/cfgstack.h */
	const char *out;      /* --out DIR, or NULL */
	const char *output;   /* --output FILE, or NULL */
	const char *iso;      /* --iso FILE, or NULL */
	const char *format;   /* --format FMT, or NULL */
	const char *pve_root; /* --pve-root DIR, or NULL */
	const char *kernel;   /* --kernel VERSION, or NULL */
	const char *node;     /* --target NODE, or NULL */
	const char *exec;     /* --exec COMMAND, or NULL */
	const char *ram;      /* --ram MIB, or NULL */
	const char *timeout;  /* --timeout SECONDS, or NULL */
	const char *console;  /* --console FILE, or NULL */
	const char *junit;    /* --junit FILE, or NULL */
	const char *sign;     /* --sign KEY, or NULL */
	const char *key;      /* --key PUBLIC, or NULL */
	int compression;      /* enum ri_compression, RI_COMPRESSION_AUTO; -1 not given */
	int kvm;              /* enum ri_kvm; -1 not given */
	int boot;             /* enum ri_boot; -1, RI_BOOT_ANY, not given */
	bool dry_run, json, quiet, force, help, version;
	bool assume_ram, wait, timings, launch, untested, compressed, if_stopped, no_artifacts,
	    slim, diskless;
	bool undo, discard, net, least_ram;
	int verbose;        /* how often -v was given */
	const char *target; /* never empty; NULL only for commands that can do without one */
};

/*
 * Run a command on @o->target. @job is the configuration, already overridden by the command line.
 * Results go to stdout, log lines and progress to base/log.h.
 * @return 0; -1 with @e set, which decides the exit status (ri_err_exit_status).
 */
int ri_cmd_build(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e) RI_MUST_CHECK;
int ri_cmd_doctor(const struct ri_opts *o, const struct ri_job *job,
    struct ri_err *e) RI_MUST_CHECK;
int ri_cmd_inspect(const struct ri_opts *o, const struct ri_job *job,
    struct ri_err *e) RI_MUST_CHECK;
int ri_cmd_verify(const struct ri_opts *o, const struct ri_job *job,
    struct ri_err *e) RI_MUST_CHECK;
int ri_cmd_revert(const struct ri_opts *o, const struct ri_job *job,
    struct ri_err *e) RI_MUST_CHECK;
int ri_cmd_list(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e) RI_MUST_CHECK;
int ri_cmd_status(const struct ri_opts *o, const struct ri_job *job,
    struct ri_err *e) RI_MUST_CHECK;
int ri_cmd_detach(const struct ri_opts *o, const struct ri_job *job,
    struct ri_err *e) RI_MUST_CHECK;
int ri_cmd_attach(const struct ri_opts *o, const struct ri_job *job,
    struct ri_err *e) RI_MUST_CHECK;
int ri_cmd_check_migrate(const struct ri_opts *o, const struct ri_job *job,
    struct ri_err *e) RI_MUST_CHECK;
int ri_cmd_recover(const struct ri_opts *o, const struct ri_job *job,
    struct ri_err *e) RI_MUST_CHECK;
int ri_cmd_test(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e) RI_MUST_CHECK;
int ri_cmd_config(const struct ri_opts *o, const struct ri_job *job,
    struct ri_err *e) RI_MUST_CHECK;
/** What shells ask for while a command line is typed; it has no @job and never fails. */
int ri_cmd_candidates(const struct ri_opts *o, const struct ri_job *job,
    struct ri_err *e) RI_MUST_CHECK;
/** The direct reader's process, which ramimg starts itself; it uses neither @o nor @job. */
int ri_cmd_read_direct(const struct ri_opts *o, const struct ri_job *job,
    struct ri_err *e) RI_MUST_CHECK;
/** The process that reads an initrd, likewise. */
int ri_cmd_parse_initrd(const struct ri_opts *o, const struct ri_job *job,
    struct ri_err *e) RI_MUST_CHECK;
/** The process that reads the appliance's tar, likewise. */
int ri_cmd_parse_tar(const struct ri_opts *o, const struct ri_job *job,
    struct ri_err *e) RI_MUST_CHECK;
