// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The machine for what is to be tried: a volume that is only read, with an overlay of it.
 */
#include "plan/job.h"
#include "pvehost/locate.h"
#include "trial/machine.h"
#include "volume/tool_files.h"

/** What was opened, and is only read; everything is borrowed. */
struct ri_trial_of {
	const struct ri_location *place;
	const struct ri_volume *volume;
	struct ri_stage *stage; /* the machine writes to its overlay */
};

/** For ri_trial_target_close. Zero-initialise it; must not be moved. */
struct ri_trial_target {
	struct ri_trial_of of;
	struct ri_trial_machine m; /* all but its accelerator */
	char *vars;                /* the firmware's variables, in the stage */
	struct ri_tool_files files;
	struct ri_tool tool; /* what QEMU keeps */
};

/**
 * Make the machine for @of: by the configuration of the VM that has the volume, or by defaults with the firmware that the disk
 * wants; with @net it has a network card.
 * @return 0; -1 as ri_locate_beside, ri_trial_firmware. In either case the caller calls ri_trial_target_close.
 */
int ri_trial_target_open(const struct ri_trial_of *of, bool net, struct ri_trial_target *t,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Decide whether the machine has KVM, and if not, how it is emulated.
 * @return 0; -1 RI_E_IO: KVM is wanted and does not work; as ri_trial_kvm_works, ri_trial_emulator_threads.
 */
int ri_trial_target_accelerate(struct ri_trial_target *t, enum ri_kvm wanted,
    struct ri_err *e) RI_MUST_CHECK;
void ri_trial_target_close(struct ri_trial_target *t);
