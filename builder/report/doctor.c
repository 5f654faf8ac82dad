// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/doctor.h"
#include "base/show.h"
#include "report/json_internal.h"
#include "report/table.h"

#define COLUMNS 3

static int table(const struct ri_doctor *d, struct ri_buf *out, struct ri_err *e)
{
	static const char *const heads[COLUMNS] = { "CHECK", "STATE", "FOUND" };
	RI_STRV cells = { 0 };

	for (size_t i = 0; i < COLUMNS; i++)
		if (ri_table_cell(&cells, heads[i], e) < 0)
			return -1;
	for (size_t i = 0; i < d->n; i++)
		if (ri_table_cell(&cells, d->v[i].name, e) < 0 ||
		    ri_table_cell(&cells, ri_health_word(d->v[i].health), e) < 0 ||
		    ri_table_cell(&cells, d->v[i].found.p, e) < 0)
			return -1;
	return ri_table_print(&cells, COLUMNS, out, e);
}

static void remedies(const struct ri_doctor *d, struct ri_buf *out)
{
	bool any = false;

	for (size_t i = 0; i < d->n; i++) {
		const struct ri_checked *r = &d->v[i];

		if (r->remedy.n == 0)
			continue;
		ri_buf_addf(out, "%s%s, for %s:\n  ", any ? "" : "\n", r->name, r->needs);
		ri_show_escape(out, ri_buf_span(&r->remedy), false);
		ri_buf_add_str(out, "\n");
		any = true;
	}
}

int ri_print_doctor(const struct ri_doctor *d, const struct ri_doctor_start *start,
    struct ri_buf *out, struct ri_err *e)
{
	if (table(d, out, e) < 0)
		return -1;
	remedies(d, out);
	if (start && start->started) {
		ri_buf_addf(out, "\nthe appliance started within %.1f s, %s KVM\n",
		    (double)start->ms / 1000, start->kvm ? "with" : "without");
	} else if (start) {
		ri_buf_addf(out, "\nthe appliance did not start: ");
		ri_show_escape(out, ri_str(start->why), false);
		ri_buf_add_str(out, "\n");
	}
	return ri_buf_check(out, e);
}

static json_t *text_or_null(const char *s)
{
	return s && *s ? ri_json_text(s) : json_null();
}

static json_t *checks(const struct ri_doctor *d)
{
	json_t *a = json_array();

	for (size_t i = 0; i < d->n; i++) {
		const struct ri_checked *r = &d->v[i];

		ri_json_append(&a,
		    json_pack("{s:s, s:s, s:s, s:o, s:o}", "name", r->name, "needed_for", r->needs,
			"state", ri_health_word(r->health), "found", ri_json_text(r->found.p),
			"remedy", text_or_null(r->remedy.p)));
	}
	return a;
}

static json_t *launch(const struct ri_doctor_start *start)
{
	return json_pack("{s:b, s:f, s:o, s:o}", "started", start->started, "seconds",
	    (double)start->ms / 1000, "kvm",
	    start->started ? json_boolean(start->kvm) : json_null(), "error",
	    text_or_null(start->why));
}

int ri_report_doctor(const struct ri_doctor *d, const struct ri_doctor_start *start,
    struct ri_buf *out, struct ri_err *e)
{
	bool can = ri_doctor_missing(d) == 0 && (!start || start->started);
	json_t *j = json_pack("{s:b, s:o}", "can_build", can, "checks", checks(d));

	if (start && json_object_set_new(j, "launch", launch(start)) < 0) {
		json_decref(j);
		return ri_nomem(e);
	}
	return ri_json_document("ramimg.doctor/1", j, out, e);
}
