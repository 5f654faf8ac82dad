// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The checks of a system that has come up: what its QEMU does to it, and what it is asked through its guest agent. Each
 * records its result. @return 0; -1 RI_E_IO: QEMU does not answer; RI_E_CANCELLED, RI_E_NOMEM.
 */
#include "base/err.h"

struct ri_trial_now;

int ri_trial_unplug(struct ri_trial_now *t, struct ri_err *e) RI_MUST_CHECK;
int ri_trial_ask_root(struct ri_trial_now *t, struct ri_err *e) RI_MUST_CHECK;
int ri_trial_ask_units(struct ri_trial_now *t, struct ri_err *e) RI_MUST_CHECK;
int ri_trial_ask_files(struct ri_trial_now *t, struct ri_err *e) RI_MUST_CHECK;
int ri_trial_ask_memory(struct ri_trial_now *t, struct ri_err *e) RI_MUST_CHECK;
int ri_trial_ask_exec(struct ri_trial_now *t, struct ri_err *e) RI_MUST_CHECK;
