// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What the host's QEMU can be trusted with where it emulates.
 */
#include "base/err.h"

#include <stdbool.h>

/**
 * Whether a machine's CPUs may have a thread each. Before QEMU 8.1 one of them may translate code that another is just
 * changing, and Linux, which changes its own, panics of an "int3" once in some hundred boots.
 * Source: QEMU's commit deba78709ae8 (accel/tcg: Always lock pages before translation).
 * @return 0 with *@may, which is false where QEMU does not say its version; -1 RI_E_IO: it does not run; RI_E_CANCELLED,
 *         RI_E_NOMEM.
 */
int ri_trial_emulator_threads(bool *may, struct ri_err *e) RI_MUST_CHECK;
