// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What Proxmox VE does to a VM behind its administrator's back (pveconf/remarks.h), asked of a host.
 */
#include "pveconf/remarks.h"
#include "pvehost/backups.h"
#include "pvehost/pvevm.h"

/**
 * What a detach of the drive @key, in that way, entails. @refuse: not where a scheduled backup would have the drive as
 * long as it is attached, or where that is not known (detach.backup = "refuse"); nothing has been changed then.
 * @return 0 with it appended to @out; -1 RI_E_UNSUPPORTED: refused; RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_behind_detach(const struct ri_pvehost *h, const struct ri_pvevm *vm, const char *key,
    enum ri_detach_way way, bool refuse, struct ri_remarks *out, struct ri_err *e) RI_MUST_CHECK;
/**
 * What is to be known of a VM as it is, whose boot drive is @key ("": none).
 * @return 0 with it appended to @out; -1 RI_E_NOMEM.
 */
int ri_behind_vm(const struct ri_pvehost *h, const struct ri_pvebackups *backups,
    const struct ri_pvevm *vm, const char *key, bool running, struct ri_remarks *out,
    struct ri_err *e) RI_MUST_CHECK;
