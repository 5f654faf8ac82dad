// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/trial.h"
#include "base/show.h"
#include "report/json_internal.h"
#include "report/table.h"

#include <inttypes.h>

#define COLUMNS 4

static int row(struct ri_strv *cells, enum ri_trial_what what, const struct ri_trial_check *k,
    struct ri_err *e)
{
	char time[RI_SHOW_FIGURE];

	ri_show_duration((uint64_t)k->ms / 1000, time);
	if (ri_table_cell(cells, ri_trial_check_name(what), e) < 0 ||
	    ri_table_cell(cells, ri_trial_state_word(k->state), e) < 0 ||
	    ri_table_cell(cells, time, e) < 0 || ri_table_cell(cells, k->detail, e) < 0)
		return -1;
	return 0;
}

int ri_print_trial(const struct ri_trial_told *t, struct ri_buf *out, struct ri_err *e)
{
	static const char *const heads[COLUMNS] = { "CHECK", "STATE", "TIME", "FOUND" };
	RI_STRV cells = { 0 };

	for (size_t i = 0; i < COLUMNS; i++)
		if (ri_table_cell(&cells, heads[i], e) < 0)
			return -1;
	for (int i = 0; i < RI_TRIAL_CHECKS; i++)
		if (t->checks->v[i].state != RI_TRIAL_NOT_TRIED &&
		    row(&cells, (enum ri_trial_what)i, &t->checks->v[i], e) < 0)
			return -1;
	if (ri_table_print(&cells, COLUMNS, out, e) < 0)
		return -1;
	ri_buf_addf(out, "\n%u MiB of memory, %u CPU%s, %s, %s%s%s\n", t->m->memory, t->m->cpus,
	    t->m->cpus == 1 ? "" : "s", t->m->uefi ? "UEFI" : "BIOS",
	    t->m->kvm ? "with KVM" : "emulated", t->boot ? ", --boot " : "",
	    t->boot ? t->boot : "");
	if (t->least > 0)
		ri_buf_addf(out, "the least memory that works: %u MiB\n", t->least);
	ri_buf_add_str(out, "the console: ");
	ri_show_escape(out, ri_str(t->console), false);
	ri_buf_add_str(out, "\n");
	return ri_buf_check(out, e);
}

static json_t *checks(const struct ri_trial_checks *c)
{
	json_t *a = json_array();

	for (int i = 0; i < RI_TRIAL_CHECKS; i++) {
		const struct ri_trial_check *k = &c->v[i];

		if (k->state != RI_TRIAL_NOT_TRIED)
			ri_json_append(&a,
			    json_pack("{s:s, s:s, s:o, s:f}", "name",
				ri_trial_check_name((enum ri_trial_what)i), "state",
				ri_trial_state_word(k->state), "detail", ri_json_text(k->detail),
				"seconds", (double)k->ms / 1000));
	}
	return a;
}

static json_t *machine(const struct ri_trial_machine *m)
{
	return json_pack("{s:I, s:i, s:b, s:s, s:s}", "memory_bytes", (json_int_t)m->memory << 20,
	    "cpus", (int)m->cpus, "kvm", m->kvm, "firmware", m->uefi ? "uefi" : "bios", "bus",
	    ri_trial_bus_word(m->bus));
}

int ri_report_trial(const struct ri_trial_told *t, struct ri_buf *out, struct ri_err *e)
{
	return ri_json_document("ramimg.test/1",
	    json_pack("{s:o, s:s, s:b, s:o, s:o, s:o, s:f, s:o}", "target", ri_json_text(t->target),
		"boot", t->boot ? t->boot : "default", "passed",
		ri_trial_count(t->checks, RI_TRIAL_FAILED) == 0, "checks", checks(t->checks),
		"machine", machine(t->m), "console", ri_json_text(t->console), "seconds",
		(double)t->ms / 1000, "least_ram_bytes",
		t->least > 0 ? json_integer((json_int_t)t->least << 20) : json_null()),
	    out, e);
}

/* As the value of an attribute: XML has no way at all to say a control character. */
static void attribute(struct ri_buf *out, const char *s)
{
	RI_BUF shown = { 0 };

	ri_show_escape(&shown, ri_str(s), false);
	out->oom = out->oom || shown.oom;
	for (size_t i = 0; i < shown.n && !out->oom; i++) {
		static const char special[] = "&<>\"";
		static const char *const words[] = { "&amp;", "&lt;", "&gt;", "&quot;" };
		const char *at = strchr(special, shown.p[i]);

		if (at)
			ri_buf_add_str(out, words[at - special]);
		else
			ri_buf_add(out, &shown.p[i], 1);
	}
}

static void seconds(struct ri_buf *out, int64_t ms)
{
	ri_buf_addf(out, " time=\"%" PRId64 ".%03d\"", ms / 1000, (int)(ms % 1000));
}

static void testcase(struct ri_buf *out, enum ri_trial_what what, const struct ri_trial_check *k)
{
	ri_buf_addf(out, "    <testcase classname=\"ramimg.test\" name=\"%s\"",
	    ri_trial_check_name(what));
	seconds(out, k->ms);
	if (k->state == RI_TRIAL_PASSED) {
		ri_buf_add_str(out, "/>\n");
		return;
	}
	ri_buf_addf(out, ">\n      <%s message=\"",
	    k->state == RI_TRIAL_FAILED ? "failure" : "skipped");
	attribute(out, k->detail);
	ri_buf_add_str(out, "\"/>\n    </testcase>\n");
}

int ri_junit_trial(const struct ri_trial_told *t, struct ri_buf *out, struct ri_err *e)
{
	const struct ri_trial_checks *c = t->checks;

	ri_buf_add_str(out,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"ramimg test ");
	attribute(out, t->target);
	ri_buf_addf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\"",
	    RI_TRIAL_CHECKS - ri_trial_count(c, RI_TRIAL_NOT_TRIED),
	    ri_trial_count(c, RI_TRIAL_FAILED), ri_trial_count(c, RI_TRIAL_SKIPPED));
	seconds(out, t->ms);
	ri_buf_add_str(out, ">\n");
	for (int i = 0; i < RI_TRIAL_CHECKS; i++)
		if (c->v[i].state != RI_TRIAL_NOT_TRIED)
			testcase(out, (enum ri_trial_what)i, &c->v[i]);
	ri_buf_add_str(out, "  </testsuite>\n</testsuites>\n");
	return ri_buf_check(out, e);
}
