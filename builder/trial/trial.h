// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A trial: a machine is started on an overlay of a disk, and what becomes of it is asserted, check by check
 * (trial/checks.h).
 */
#include "host/tool.h"
#include "trial/checks.h"
#include "trial/machine.h"

/** What is tried; everything is borrowed. */
struct ri_trial_opts {
	unsigned timeout_s; /* for all of it */
	uint64_t reserve;   /* bytes that have to be available in the end (ram.reserve) */
	bool boots_only;    /* no more than whether it loads and comes up */
	bool from_disk;   /* GRUB was told to boot from it: nothing of a root in RAM is asserted */
	const char *exec; /* a command to be run in the guest as well; NULL: none */
	int log;          /* an open file that gets what the console shows */
	const char *console; /* its name, for messages */
};

/**
 * Try the machine @m, whose QEMU can open what @tool says. Checks that would come to nothing because
 * an earlier one failed are skipped.
 * @return 0 with *@out, for ri_trial_checks_free, whatever the checks say; -1 RI_E_IO: QEMU could not be started or asked;
 *         RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_trial_run(const struct ri_trial_machine *m, const struct ri_tool *tool,
    const struct ri_trial_opts *o, struct ri_trial_checks *out, struct ri_err *e) RI_MUST_CHECK;
