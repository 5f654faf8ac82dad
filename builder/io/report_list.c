#include "io/report_list.h"
#include "io/json.h"

static json_t *built(const struct ri_listed *r)
{
	return r->built == RI_BUILT_UNKNOWN ? json_null() : json_boolean(r->built == RI_BUILT_YES);
}

static json_t *row(const struct ri_listed *r)
{
	return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "vmid", (int)r->vmid,
	    "name", ri_json_text(r->vm_name), "drive", ri_json_text(r->key), "volid",
	    ri_json_text(r->volid), "path", ri_json_text(r->path), "size", ri_json_text(r->size),
	    "format", ri_json_text(r->format), "state", ri_json_text(r->state), "built", built(r),
	    "boot", r->boots);
}

int ri_report_list(const struct ri_list *l, struct ri_buf *out, struct ri_err *e)
{
	RI_JSON all = json_array();

	for (size_t i = 0; i < l->n; i++)
		if (json_array_append_new(all, row(&l->v[i])) < 0)
			return ri_nomem(e);
	return ri_json_dump(all, out, e);
}
