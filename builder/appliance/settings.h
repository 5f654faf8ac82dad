// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What libguestfs would start an appliance with, by its own defaults and the environment (guestfs(3),
 * "ENVIRONMENT VARIABLES").
 */
#include "appmodule/settings.h"
#include "base/err.h"

/**
 * Ask libguestfs. Nothing is started.
 * @return 0; -1 RI_E_IO: it cannot be used as it is, for a variable that it refuses, say; RI_E_NOMEM.
 */
int ri_appliance_settings(struct ri_appliance_settings *out, struct ri_err *e) RI_MUST_CHECK;
