// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * This folder as a module: what the program finds in it.
 */
#include "appliance/appliance.h"
#include "appliance/settings.h"
#include "appmodule/table.h"

#include <ramimg-build-id.h>

/* By the name in RI_APPMODULE_SYMBOL; nothing else is seen of the module (C_VISIBILITY_PRESET). */
extern const struct ri_appmodule ramimg_appliance __attribute__((visibility("default")));

const struct ri_appmodule ramimg_appliance = { RI_BUILD_ID, ri_appliance_open, ri_appliance_has_kvm,
	ri_appliance_settings };

_Static_assert(sizeof RI_BUILD_ID <= RI_APPMODULE_BUILD, "the build's name is too long");
