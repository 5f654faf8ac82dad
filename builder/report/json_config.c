// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/json_config.h"
#include "plan/origin.h"
#include "report/json_internal.h"

static json_t *setting_json(const struct ri_job *job, const struct ri_setting *s)
{
	const char *from = ri_origin_of(job, s);
	RI_BUF value = { 0 };

	ri_setting_show(s, job, &value);
	if (value.oom)
		return NULL;
	return json_pack("{s:s, s:o, s:o}", "name", s->path, "value", ri_json_text(value.p), "from",
	    from ? ri_json_text(from) : json_null());
}

int ri_report_config(const struct ri_job *job, const char *vmid, struct ri_buf *out,
    struct ri_err *e)
{
	json_t *settings = json_array();

	for (size_t i = 0; i < ri_settings_n; i++)
		ri_json_append(&settings, setting_json(job, &ri_settings[i]));
	return ri_json_document("ramimg.config/1",
	    json_pack("{s:o, s:o}", "settings", settings, "vmid",
		vmid ? json_integer((json_int_t)strtoul(vmid, NULL, 10)) : json_null()),
	    out, e);
}
