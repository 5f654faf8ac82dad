// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/loader_status.h"
#include "host/json.h"

void ri_loader_status_free(struct ri_loader_status *s)
{
	free(s->reason);
	ri_strv_free(&s->released);
	ri_strv_free(&s->kept);
	*s = (struct ri_loader_status){ 0 };
}

int ri_loader_status_parse(struct ri_span text, struct ri_loader_status *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_loader_status_free) struct ri_loader_status s = { 0 };
	RI_JSON o = json_loadb(text.p, text.n, 0, NULL);
	const char *result = json_string_value(json_object_get(o, "result"));
	const char *build = json_string_value(json_object_get(o, "build"));
	const char *reason = json_string_value(json_object_get(o, "reason"));
	/* None: an older loader. */
	const char *form = json_string_value(json_object_get(o, "form"));
	json_int_t bytes = json_integer_value(json_object_get(o, "bytes"));

	if (!result)
		return 0;
	s.in_ram = strcmp(result, "ram") == 0;
	s.compressed = form && strcmp(form, "compressed") == 0;
	snprintf(s.build, sizeof s.build, "%s", build ? build : "");
	s.bytes = bytes > 0 ? (uint64_t)bytes : 0;
	s.seconds = json_number_value(json_object_get(json_object_get(o, "seconds"), "total"));
	if (reason && !(s.reason = strdup(reason)))
		return ri_nomem(e);
	if (ri_json_add_texts(json_object_get(o, "released"), &s.released, e) < 0 ||
	    ri_json_add_texts(json_object_get(o, "kept"), &s.kept, e) < 0)
		return -1;
	*out = s;
	s = (struct ri_loader_status){ 0 };
	return 1;
}
