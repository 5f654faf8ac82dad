// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * An appliance that is never started, for doctor/start.h: what it was wanted for, and how it goes.
 */
#include "unit/check.h"

#include "doctor/start.h"

#include <sys/stat.h>
#include <unistd.h>

static struct {
	struct ri_guest_rw w;
	struct ri_appliance_use use;
	struct ri_err open_fails, end_fails; /* code RI_OK: it does not */
	bool kvm;
	off_t disk;
	size_t opened, closed;
} starting;

static int start_end(struct ri_guest_rw *w, struct ri_err *e)
{
	(void)w;
	*e = starting.end_fails;
	return starting.end_fails.code == RI_OK ? 0 : -1;
}

static void start_close(struct ri_guest *g)
{
	(void)g;
	starting.closed++;
}

static int start_open(const struct ri_stage *s, const struct ri_appliance_use *use,
    struct ri_guest_rw **out, struct ri_err *e)
{
	static const struct ri_guest_ops ops = { .close = start_close };
	static const struct ri_guest_write_ops write_ops = { .shutdown = start_end };
	struct stat st;

	starting.use = *use;
	assert_int_equal(access(s->overlay, F_OK), 0);
	assert_int_equal(stat(s->volume->path, &st), 0);
	starting.disk = st.st_size;
	if (starting.open_fails.code != RI_OK) {
		*e = starting.open_fails;
		return -1;
	}
	starting.opened++;
	starting.w = (struct ri_guest_rw){ .g.ops = &ops, .ops = &write_ops };
	*out = &starting.w;
	return 0;
}

static bool start_has_kvm(const struct ri_guest_rw *w)
{
	assert_ptr_equal(w, &starting.w);
	return starting.kvm;
}

static const struct ri_doctor_starter start_by = { start_open, start_has_kvm };
