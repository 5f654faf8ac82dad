// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What is to be tried: a volume that is only read, an overlay of it, and the machine for it.
 */
#include "plan/job.h"
#include "pvehost/locate.h"
#include "trial/machine.h"
#include "volume/tool_files.h"

/** What the command line says; everything is borrowed. */
struct ri_trial_named {
	const char *target, *format; /* format: NULL if the name decides */
	const char *pve_root;        /* of a Proxmox VE host; NULL: this host, if it is one */
	const char *stage_dir;
	bool net;
};

/** For ri_trial_target_close. Initialise with RI_TRIAL_TARGET_INIT; must not be moved. */
struct ri_trial_target {
	struct ri_location place;
	struct ri_volume volume;
	struct ri_stage stage;
	struct ri_trial_machine m; /* all but whether with KVM */
	char *vars;                /* the firmware's variables, in the stage */
	struct ri_tool_files files;
	struct ri_tool tool; /* what QEMU keeps */
	bool devices;        /* devices have to be deactivated in the end */
};
#define RI_TRIAL_TARGET_INIT                                                                       \
	{                                                                                          \
		.place = RI_PLACE_INIT, .volume = RI_VOLUME_INIT                                   \
	}

/**
 * Find and open the volume, stage it, and make the machine: by the configuration of the VM that has the volume, or by
 * defaults with the firmware that the disk wants.
 * @return 0; -1 as ri_locate_open, ri_stage_new, ri_trial_firmware; RI_E_COMMIT: a commit to it was interrupted. In either
 *         case the caller calls ri_trial_target_close.
 */
int ri_trial_target_open(const struct ri_trial_named *n, struct ri_trial_target *t,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Decide whether the machine has KVM. @return 0; -1 RI_E_IO: it is wanted and does not work; as ri_trial_kvm_works.
 */
int ri_trial_target_kvm(struct ri_trial_target *t, enum ri_kvm wanted,
    struct ri_err *e) RI_MUST_CHECK;
/** Remove the overlay, and release volume and lock. */
void ri_trial_target_close(struct ri_trial_target *t);
