// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "appmodule/settings.h"

#include <stdlib.h>

void ri_appliance_settings_free(struct ri_appliance_settings *s)
{
	free(s->path);
	free(s->cachedir);
	free(s->hv);
	*s = (struct ri_appliance_settings){ 0 };
}
