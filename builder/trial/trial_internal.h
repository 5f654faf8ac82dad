// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A trial on its way.
 */
#include "trial/agent.h"
#include "trial/trial.h"

struct ri_trial_now {
	struct ri_trial_vm vm;
	const struct ri_trial_machine *m;
	const struct ri_trial_opts *o;
	struct ri_trial_checks *checks;
	struct ri_trial_heard heard;
	int64_t until;    /* ri_clock_ms: when the time is up */
	int64_t login_ms; /* since when the console has asked for a login; 0: it has not */
	bool agent;       /* the guest agent answers */
};
