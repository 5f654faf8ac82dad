// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What the program and the appliance's module know of each other. The module is builder/appliance as a library of
 * its own, the only one that needs libguestfs; all that it shares with the program, the log and its lock for one, it
 * takes from the program, which exports it.
 */
#include "appmodule/settings.h"
#include "guest/guest.h"
#include "plan/job.h"
#include "volume/stage.h"

/** What an appliance is started for. */
struct ri_appliance_use {
	bool
	    uploads; /* files will be uploaded: give it what makes that fast (appliance/transfer_disk.h) */
	bool reads; /* it will read all of the guest's files, in place of the direct reader */
	enum ri_kvm kvm;
	const char *kvm_device; /* NULL: /dev/kvm; a test has its own */
};

#define RI_APPMODULE_BUILD 64

/** The module's one symbol, which has the name ramimg_appliance. */
struct ri_appmodule {
	/*
	 * The build that it is of (RI_BUILD_ID): its structures are those of that build's program and of no other's.
	 * In every version this comes first and is of this size; the rest is read by its own build only.
	 */
	char build[RI_APPMODULE_BUILD];
	/** As ri_appliance_open (appliance/appliance.h). */
	int (*open)(const struct ri_stage *s, const struct ri_appliance_use *use,
	    struct ri_guest_rw **out, struct ri_err *e);
	/** As ri_appliance_has_kvm. */
	bool (*has_kvm)(const struct ri_guest_rw *w);
	/** As ri_appliance_settings (appliance/settings.h). */
	int (*settings)(struct ri_appliance_settings *out, struct ri_err *e);
};

#define RI_APPMODULE_SYMBOL "ramimg_appliance"
