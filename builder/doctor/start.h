// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Really starting the appliance once, as a build does it: on the overlay of an empty disk in stage.dir,
 * confined in the same way.
 */
#include "appmodule/appmodule.h"
#include "plan/job.h"

/** Who starts it; a test has its own. */
struct ri_doctor_starter {
	/** As ri_appmodule_open (appmodule/appmodule.h). */
	int (*open)(const struct ri_stage *s, const struct ri_appliance_use *use,
	    struct ri_guest_rw **out, struct ri_err *e);
	/** As ri_appmodule_has_kvm. */
	bool (*has_kvm)(const struct ri_guest_rw *w);
};

/** libguestfs. */
extern const struct ri_doctor_starter ri_doctor_starter;

/** How that went. */
struct ri_doctor_start {
	bool started;
	bool kvm;       /* it ran with KVM; only if it started */
	int64_t ms;     /* until it had started, or failed */
	char why[1400]; /* it did not: the reason */
};

/**
 * Start the appliance as @job says, and end it.
 * @return 0 with how it went in *@out; -1: it could not come to that, as ri_volume_open, ri_stage_new;
 *         RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_doctor_try(const struct ri_job *job, const struct ri_doctor_starter *by,
    struct ri_doctor_start *out, struct ri_err *e) RI_MUST_CHECK;
