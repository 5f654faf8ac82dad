// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * libguestfs's appliance, for the rest of the program: the functions of builder/appliance, by way of its module,
 * which the first of these calls loads.
 */
#include "appmodule/table.h"

/** As ri_appliance_open (appliance/appliance.h). @return also -1 RI_E_IO: there is no module, or no libguestfs. */
int ri_appmodule_open(const struct ri_stage *s, const struct ri_appliance_use *use,
    struct ri_guest_rw **out, struct ri_err *e) RI_MUST_CHECK;
/** As ri_appliance_has_kvm, of an appliance of ri_appmodule_open. */
bool ri_appmodule_has_kvm(const struct ri_guest_rw *w);
/**
 * As ri_appliance_settings (appliance/settings.h). Where it fails for something that apt can install, *@install is
 * the rest of that command, which the message does not name; else NULL.
 * @return also -1 RI_E_IO: there is no module, or no libguestfs.
 */
int ri_appmodule_settings(struct ri_appliance_settings *out, const char **install,
    struct ri_err *e) RI_MUST_CHECK;
