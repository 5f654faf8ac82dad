// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "commit/open_target.h"
#include "commit/target_nbd.h"
#include "commit/target_raw.h"

int ri_target_open(const struct ri_volume *v, const char *dir, struct ri_target **out,
    struct ri_err *e)
{
	return strcmp(v->format, "raw") == 0 ? ri_target_raw(v, out, e)
					     : ri_target_nbd(v, dir, out, e);
}
