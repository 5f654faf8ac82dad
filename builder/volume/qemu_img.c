// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume/qemu_img.h"
#include "host/json.h"
#include "host/process.h"
#include "volume/tool_files.h"

/* qemu-img's own words are the reason: "Image is not in qcow2 format", "Could not open …". */
static int ask(const char *const *argv, const struct ri_volume *v, struct ri_process_result *r,
    struct ri_err *e)
{
	struct ri_tool_files files = { 0 };
	struct ri_tool tool;
	struct ri_process_opts opts = { .timeout_s = 120, .tool = &tool };

	ri_tool_files_add_volume(&files, v, RI_LANDLOCK_READ);
	tool = ri_tool_files_keep(&files);
	return ri_process_run(argv, &opts, r, e);
}

static int parse_info(struct ri_span text, size_t below, uint64_t *size, struct ri_err *e)
{
	RI_JSON chain = json_loadb(text.p, text.n, 0, NULL);
	json_t *v = json_object_get(json_array_get(chain, 0), "virtual-size");

	if (!json_is_integer(v) || json_integer_value(v) <= 0)
		return ri_fail(e, RI_E_IO, 0, "qemu-img info told no size of the disk inside");
	*size = (uint64_t)json_integer_value(v);
	if (json_array_size(chain) == below + 1)
		return 0;
	return ri_fail(e, RI_E_UNSUPPORTED, 0,
	    "qemu-img says that it consists of %zu files, and its headers say %zu; make one file of it "
	    "with qemu-img convert",
	    json_array_size(chain), below + 1);
}

/* What it said first; the rest repeats it, or goes on for pages. */
static struct ri_span first_line(const struct ri_process_result *r)
{
	struct ri_span rest = ri_span_trim(ri_buf_span(&r->err)), line = rest;

	ri_span_line(&rest, &line);
	line = ri_span_trim(line);
	return ri_span(line.p, line.n > 400 ? 400 : line.n);
}

int ri_qemu_img_check(const struct ri_volume *v, uint64_t *size, struct ri_err *e)
{
	const char *path = v->path, *format = v->format;
	const char *info[] = { "qemu-img", "info", "--output=json", "--backing-chain", "-f", format,
		path, NULL };
	const char *check[] = { "qemu-img", "check", "-q", "-f", format, path, NULL };
	RI_ON_EXIT(ri_process_result_free) struct ri_process_result r = { 0 };
	RI_ON_EXIT(ri_process_result_free) struct ri_process_result c = { 0 };
	struct ri_span said;

	if (ask(info, v, &r, e) < 0)
		return -1;
	said = first_line(&r);
	if (r.status != 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "cannot be opened as %s: %.*s", format,
		    (int)said.n, said.p);
	if (parse_info(ri_buf_span(&r.out), v->below_n, size, e) < 0)
		return -1;
	if (strcmp(format, "raw") == 0)
		return 0; /* has no structure of its own to check */
	if (ask(check, v, &c, e) < 0)
		return -1;
	said = first_line(&c);
	/* qemu-img(1), check: 3 means leaked clusters only, which harm nothing. */
	if (c.status != 0 && c.status != 3)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "the %s file is damaged or cut short (qemu-img check, status %d): %.*s", format,
		    c.status, (int)said.n, said.p);
	return 0;
}
