// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The guest agent of a trial: whether it is there, and what it runs.
 * Source: qemu qga/qapi-schema.json (guest-exec, guest-exec-status), qapi/char.json (query-chardev).
 */
#include "trial/vm.h"

/**
 * Whether an agent answers: it has opened its port, and takes less than a few seconds.
 * @return 1, 0; -1 RI_E_CANCELLED, RI_E_IO, RI_E_NOMEM.
 */
int ri_trial_agent_answers(struct ri_trial_vm *vm, struct ri_err *e) RI_MUST_CHECK;

/** What a command left, for ri_trial_ran_free. Zero-initialise it. */
struct ri_trial_ran {
	int status; /* its exit status, or 128 + the signal that ended it */
	struct ri_buf out, err;
};
void ri_trial_ran_free(struct ri_trial_ran *r);

/**
 * Run @command in the guest's shell, as root, with the locale C, and wait for its end until @until (ri_clock_ms).
 * @return 0 when it ran to its end; -1 RI_E_IO: the agent does not run commands, does not answer any more, or not until
 *         then; RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_trial_exec(struct ri_trial_vm *vm, const char *command, int64_t until,
    struct ri_trial_ran *out, struct ri_err *e) RI_MUST_CHECK;
