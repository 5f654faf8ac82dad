// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The guest's disk through libguestfs's appliance. It is opened on a stage only, so the volume itself
 * cannot be written to by mistake.
 */
#include "guest/guest.h"
#include "volume/stage.h"

/** What an appliance is wanted for. */
struct ri_appliance_use {
	bool uploads; /* it shall have what makes upload() fast (appliance/transfer_disk.h) */
	bool reads; /* all of the guest's files will be read in it, and not by the direct reader */
};

/**
 * Start the libguestfs appliance on the stage's overlay (direct backend, no network). Where KVM is
 * there but does not work, so that the launch fails or hangs, it is started once more without.
 * One a stage. @return 0; -1 RI_E_IO, RI_E_CANCELLED.
 */
int ri_appliance_open(const struct ri_stage *s, const struct ri_appliance_use *use,
    struct ri_guest_rw **out, struct ri_err *e) RI_MUST_CHECK;
