// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What a trial asserts, each by name, and how it judges what it was told.
 */
#include "trial/heard.h"

enum ri_trial_what {
	RI_TRIAL_LOADER,  /* the loader says that the root is in RAM */
	RI_TRIAL_RELEASE, /* the guest has let go of its disk */
	RI_TRIAL_UNPLUG,  /* the disk and its controller can be unplugged */
	RI_TRIAL_SYSTEM,  /* the system comes up */
	RI_TRIAL_ROOT,    /* booted from the disk, it has its root there */
	RI_TRIAL_UNITS,   /* no unit of systemd's has failed */
	RI_TRIAL_FILES,   /* every file under / can be read */
	RI_TRIAL_MEMORY,  /* there is memory left */
	RI_TRIAL_EXEC,    /* the command of --exec ends with status 0 */
	RI_TRIAL_CHECKS
};

enum ri_trial_state {
	RI_TRIAL_NOT_TRIED, /* nobody asked for it: not part of the result */
	RI_TRIAL_PASSED,
	RI_TRIAL_FAILED,
	RI_TRIAL_SKIPPED, /* it could not be made; the detail says why */
};

struct ri_trial_check {
	enum ri_trial_state state;
	char *detail; /* one sentence, without a full stop; NULL while not tried */
	int64_t ms;   /* that it took */
};

/** What became of a trial, for ri_trial_checks_free. Zero-initialise it. */
struct ri_trial_checks {
	struct ri_trial_check v[RI_TRIAL_CHECKS];
};
void ri_trial_checks_free(struct ri_trial_checks *c);
/** "loader", "release", "unplug", "system", "root", "units", "files", "memory", "exec". */
const char *ri_trial_check_name(enum ri_trial_what what);
/** "passed", "failed", "skipped", "not-tried". */
const char *ri_trial_state_word(enum ri_trial_state state);
/** How many are in that state. */
size_t ri_trial_count(const struct ri_trial_checks *c, enum ri_trial_state state);

/** Record a result with its sentence. @return 0; -1 RI_E_NOMEM. */
int ri_trial_say(struct ri_trial_checks *c, enum ri_trial_what what, enum ri_trial_state state,
    struct ri_err *e, const char *fmt, ...) RI_PRINTF(5, 6) RI_MUST_CHECK;

/**
 * Judge what the loader said; where it said nothing, @instead is what was seen of the machine ("the login prompt came").
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_trial_judge_loader(struct ri_trial_checks *c, const struct ri_trial_heard *h,
    const char *instead, struct ri_err *e) RI_MUST_CHECK;
/** Judge whether the disk was let go of, once the system is up. @return 0; -1 RI_E_NOMEM. */
int ri_trial_judge_release(struct ri_trial_checks *c, const struct ri_trial_heard *h,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Judge where a system that is to run from its disk has its root: by @mounts, its /proc/mounts, or, where nobody can be asked for
 * that (NULL), by the loader's silence. @return 0; -1 RI_E_NOMEM.
 */
int ri_trial_judge_root(struct ri_trial_checks *c, const struct ri_trial_heard *h,
    const struct ri_span *mounts, struct ri_err *e) RI_MUST_CHECK;
/** Judge /proc/meminfo: MemAvailable against @reserve bytes. @return 0; -1 RI_E_NOMEM. */
int ri_trial_judge_memory(struct ri_trial_checks *c, struct ri_span meminfo, uint64_t reserve,
    struct ri_err *e) RI_MUST_CHECK;
/** Judge the list of units that have failed, one a line; empty: none. @return 0; -1 RI_E_NOMEM. */
int ri_trial_judge_units(struct ri_trial_checks *c, struct ri_span units,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Judge what reading all files has printed: @count, how many there are, and @said on its stderr, where errors of input and
 * output count; that a file has gone meanwhile does not. @return 0; -1 RI_E_NOMEM.
 */
int ri_trial_judge_files(struct ri_trial_checks *c, struct ri_span count, struct ri_span said,
    struct ri_err *e) RI_MUST_CHECK;
