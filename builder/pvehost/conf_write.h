// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Writing a VM's configuration on pmxcfs: a temporary file beside it and a rename, as Proxmox does
 * it (pve-common Tools.pm:file_set_contents). On pmxcfs there is no other way to change a file
 * atomically.
 */
#include "pvehost/pvevm.h"

/**
 * Find out, before anything else is done, whether the configuration can be written.
 * @return 0; -1 RI_E_IO "… cannot be written (no quorum?)".
 */
int ri_conf_write_check(const struct ri_pvevm *vm, struct ri_err *e) RI_MUST_CHECK;
/**
 * Whether the file still holds what @vm was loaded from.
 * @return 0; -1 RI_E_BUSY "… has been changed in the meantime; run it again" or "… is gone: …", RI_E_IO.
 */
int ri_conf_write_unchanged(const struct ri_pvevm *vm, struct ri_err *e) RI_MUST_CHECK;
/**
 * Replace the configuration of @vm by @text, provided that it has not changed since @vm was loaded.
 * @return 0; -1 as ri_conf_write_unchanged.
 */
int ri_conf_write(const struct ri_pvevm *vm, struct ri_span text, struct ri_err *e) RI_MUST_CHECK;
