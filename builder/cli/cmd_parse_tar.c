// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/cmd_internal.h"
#include "parse/tar_server.h"

int ri_cmd_parse_tar(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e)
{
	(void)o, (void)job;
	return ri_tar_serve(e);
}
