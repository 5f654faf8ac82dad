// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build/ram_check.h"
#include "base/log.h"
#include "base/show.h"

void ri_ram_largest(const struct ri_largest *l, struct ri_buf *out)
{
	char figure[RI_SHOW_FIGURE];

	for (size_t i = 0; i < l->n; i++) {
		RI_BUF rule = { 0 };

		ri_largest_rule(l->v[i].path, &rule);
		out->oom = out->oom || rule.oom;
		ri_buf_addf(out, "  %10s  ", ri_show_bytes(l->v[i].bytes, figure));
		ri_show_escape(out, ri_str(l->v[i].path), false);
		if (rule.n > 0) {
			ri_buf_add_str(out, "  archive.exclude = [\"");
			ri_show_escape(out, ri_buf_span(&rule), false);
			ri_buf_add_str(out, "\"]");
		}
		ri_buf_add_str(out, "\n");
	}
}

/* A line a message, as all that is logged. */
static int log_largest(const struct ri_largest *l, struct ri_err *e)
{
	struct ri_span rest, line;
	RI_BUF text = { 0 };

	ri_ram_largest(l, &text);
	if (ri_buf_check(&text, e) < 0)
		return -1;
	if (text.n > 0)
		ri_log(RI_LOG_WARN,
		    "what takes most of the RAM, and the setting that leaves it out:");
	rest = ri_buf_span(&text);
	while (ri_span_line(&rest, &line)) {
		line = ri_span_chomp(line);
		ri_log(RI_LOG_WARN, "%.*s", (int)line.n, line.p);
	}
	return 0;
}

static int too_little(const struct ri_job *job, const struct ri_location *place, bool elsewhere,
    const struct ri_payload *p, const char *said, struct ri_err *e)
{
	if (log_largest(&p->pack.largest, e) < 0)
		return -1;
	if (job->ram_check == RI_RAM_CHECK_REFUSE && !elsewhere && !place->not_booted)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "%s; or leave more out, or build it all the same (ram.check = \"warn\")", said);
	ri_log(RI_LOG_WARN, "%s", said);
	return 0;
}

void ri_ram_compare(const struct ri_ram_parts *parts, const struct ri_location *place,
    struct ri_ram_compared *out)
{
	*out = (struct ri_ram_compared){ .vm = place->memory };
	if (parts)
		out->least = ri_ram_least_mib(parts, place->memory.cpus);
}

/* "VM 105: …"; nothing where it is enough, or not known. */
static void say(const struct ri_location *place, const struct ri_ram_compared *c,
    struct ri_buf *out)
{
	enum ri_ram_fit fit = ri_ram_fit(c->least, &c->vm);

	if (fit == RI_RAM_NOT_KNOWN || fit == RI_RAM_ENOUGH)
		return;
	ri_buf_addf(out, "VM %u: ", place->vmid);
	ri_ram_fit_say(c->least, &c->vm, place->vmid, out);
}

/* What is built is of no use to it then, and its memory is no matter of this root's. */
static void warn_of_boot(const struct ri_location *place)
{
	if (place->not_booted)
		ri_log(RI_LOG_WARN, "VM %u: %s", place->vmid, place->not_booted);
}

int ri_ram_warn(const struct ri_job *job, const struct ri_location *place,
    const struct ri_ram_compared *c, struct ri_err *e)
{
	RI_BUF said = { 0 };

	if (job->ram_check == RI_RAM_CHECK_OFF)
		return 0;
	warn_of_boot(place);
	say(place, c, &said);
	if (ri_buf_check(&said, e) < 0)
		return -1;
	if (said.n > 0)
		ri_log(RI_LOG_WARN, "%s", said.p);
	return 0;
}

int ri_ram_check(const struct ri_job *job, const struct ri_location *place, bool elsewhere,
    struct ri_payload *p, struct ri_err *e)
{
	struct ri_ram_parts parts;
	RI_BUF said = { 0 };

	ri_ram_compare(ri_ram_parts_of(&p->manifest, &parts) ? &parts : NULL, place, &p->ram);
	if (job->ram_check == RI_RAM_CHECK_OFF ||
	    ri_ram_fit(p->ram.least, &p->ram.vm) != RI_RAM_TOO_LITTLE)
		return ri_ram_warn(job, place, &p->ram, e);
	warn_of_boot(place);
	say(place, &p->ram, &said);
	return ri_buf_check(&said, e) < 0 ? -1 : too_little(job, place, elsewhere, p, said.p, e);
}
