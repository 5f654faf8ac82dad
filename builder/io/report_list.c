#include "io/report_list.h"

#include <jansson.h>

static void json_end(json_t **j)
{
	json_decref(*j);
}

/* A configuration may hold any bytes; jansson refuses what is not UTF-8. */
static json_t *text(const char *s)
{
	json_t *j = json_string(s);

	return j ? j : json_string("?");
}

static json_t *row(const struct ri_listed *r)
{
	return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "vmid", (int)r->vmid,
	    "name", text(r->vm_name), "drive", text(r->key), "volid", text(r->volid), "path",
	    text(r->path), "size", text(r->size), "format", text(r->format), "state",
	    text(r->state), "boot", r->boots);
}

int ri_report_list(const struct ri_list *l, struct ri_buf *out, struct ri_err *e)
{
	RI_ON_EXIT(json_end) json_t *all = json_array();
	RI_FREE char *s = NULL;

	for (size_t i = 0; i < l->n; i++)
		if (json_array_append_new(all, row(&l->v[i])) < 0)
			return ri_nomem(e);
	s = all ? json_dumps(all, JSON_INDENT(2) | JSON_SORT_KEYS) : NULL;
	if (!s)
		return ri_nomem(e);
	ri_buf_add_str(out, s);
	ri_buf_add_str(out, "\n");
	return ri_buf_check(out, e);
}
