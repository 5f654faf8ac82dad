// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "commit/ranges.h"
#include "host/json.h"
#include "host/process.h"
#include "volume/tool_files.h"

#define MOST_BYTES ((size_t)256 << 20) /* some two million ranges */

void ri_ranges_free(struct ri_ranges *r)
{
	free(r->v);
	*r = (struct ri_ranges){ 0 };
}

static int strange(struct ri_err *e)
{
	return ri_fail(e, RI_E_IO, 0, "qemu-img map said something that is not a map of the disk");
}

static int add(struct ri_ranges *r, uint64_t at, uint64_t bytes, struct ri_err *e)
{
	struct ri_range *last = r->n > 0 ? &r->v[r->n - 1] : NULL, *grown;

	if (last && last->at + last->bytes == at) {
		last->bytes += bytes;
		return 0;
	}
	grown = r->n & (r->n - 1) ? r->v : reallocarray(r->v, r->n ? 2 * r->n : 1, sizeof *r->v);
	if (!grown)
		return ri_nomem(e);
	r->v = grown;
	r->v[r->n++] = (struct ri_range){ at, bytes };
	return 0;
}

int ri_ranges_parse(struct ri_span json, uint64_t size, struct ri_ranges *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_ranges_free) struct ri_ranges r = { 0 };
	RI_JSON map = json_loadb(json.p, json.n, 0, NULL);
	uint64_t next = 0;
	json_t *part;
	size_t i;

	if (!json_is_array(map))
		return strange(e);
	json_array_foreach(map, i, part)
	{
		json_t *depth = json_object_get(part, "depth");
		json_int_t at = json_integer_value(json_object_get(part, "start"));
		json_int_t bytes = json_integer_value(json_object_get(part, "length"));

		if (!json_is_integer(depth) || at < 0 || (uint64_t)at != next || bytes <= 0 ||
		    (uint64_t)bytes > size - next)
			return strange(e);
		next += (uint64_t)bytes;
		if (json_integer_value(depth) == 0 && add(&r, (uint64_t)at, (uint64_t)bytes, e) < 0)
			return -1;
	}
	if (next != size)
		return strange(e);
	*out = r;
	r = (struct ri_ranges){ 0 };
	return 0;
}

int ri_ranges_of(const struct ri_stage *s, struct ri_ranges *out, struct ri_err *e)
{
	const char *argv[] = { "qemu-img", "map", "--output=json", "-f", "qcow2", s->overlay,
		NULL };
	struct ri_tool_files files = { 0 };
	struct ri_tool tool;
	struct ri_process_opts opts = { .timeout_s = 600, .max_output = MOST_BYTES, .tool = &tool };
	RI_BUF json = { 0 };

	ri_tool_files_add_stage(&files, s);
	tool = ri_tool_files_keep(&files);
	if (ri_process_check(argv, &opts, &json, e) < 0)
		return -1;
	return ri_ranges_parse(ri_buf_span(&json), s->volume->size, out, e);
}
