// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The guest's disk through libguestfs's appliance. It can only be opened on a stage, so that the
 * volume itself cannot be written to by mistake.
 */
#include "appmodule/table.h"

/**
 * Start the libguestfs appliance on the overlay of the stage @s (direct backend, no network). Where the
 * choice is its own (RI_KVM_AUTO) and QEMU fails or hangs with KVM, it is started again without. This
 * takes from a few seconds to some minutes. There may be one appliance for a stage at a
 * time, and the stage must outlive it. *@out is for ri_guest_rw_closep.
 * @return 0; -1 RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_appliance_open(const struct ri_stage *s, const struct ri_appliance_use *use,
    struct ri_guest_rw **out, struct ri_err *e) RI_MUST_CHECK;
/** Whether the appliance @w of ri_appliance_open runs with KVM. */
bool ri_appliance_has_kvm(const struct ri_guest_rw *w);
