// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/cmd_internal.h"
#include "pvehost/locate.h"
#include "report/text.h"
#include "volume/stage.h"

int ri_cmd_recover(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e)
{
	RI_ON_EXIT(ri_locate_leave) struct ri_location place = RI_PLACE_INIT;
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	RI_BUF text = { 0 };
	bool done;

	if (ri_locate_open(o->target, o->format, o->pve_root, RI_VOLUME_WRITE, &place, &v, e) < 0)
		return -1;
	if (ri_stage_recover(&v, job->stage_dir, &done, e) < 0)
		return -1;
	if (o->json)
		ri_buf_addf(&text, "{\n  \"recovered\": %s\n}\n", done ? "true" : "false");
	else
		ri_buf_addf(&text,
		    done ? "%s: the interrupted commit is complete\n" : "%s: nothing to recover\n",
		    o->target);
	if (ri_buf_check(&text, e) < 0)
		return -1;
	return ri_print(&text);
}
