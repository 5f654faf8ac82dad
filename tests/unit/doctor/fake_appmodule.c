// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The appliance as it is, linked: a program of tests exports nothing that a module could use.
 */
#include "appmodule/appmodule.h"
#include "appliance/appliance.h"
#include "appliance/settings.h"

int ri_appmodule_open(const struct ri_stage *s, const struct ri_appliance_use *use,
    struct ri_guest_rw **out, struct ri_err *e)
{
	return ri_appliance_open(s, use, out, e);
}

bool ri_appmodule_has_kvm(const struct ri_guest_rw *w)
{
	return ri_appliance_has_kvm(w);
}

int ri_appmodule_settings(struct ri_appliance_settings *out, const char **install, struct ri_err *e)
{
	*install = NULL;
	return ri_appliance_settings(out, e);
}
