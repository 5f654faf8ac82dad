// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What libguestfs would start an appliance with, by its own defaults and the environment (guestfs(3),
 * "ENVIRONMENT VARIABLES").
 */
#include "base/err.h"

/** For ri_appliance_settings_free. Zero-initialise it. */
struct ri_appliance_settings {
	char *path;     /* where an appliance is looked for: directories with ":" between */
	char *cachedir; /* where supermin's is kept: in .guestfs-UID below it */
	char *hv;       /* the program that is QEMU */
	int memsize;    /* the appliance's memory, MiB */
};

/**
 * Ask libguestfs. Nothing is started.
 * @return 0; -1 RI_E_IO: it cannot be used as it is, for a variable that it refuses, say; RI_E_NOMEM.
 */
int ri_appliance_settings(struct ri_appliance_settings *out, struct ri_err *e) RI_MUST_CHECK;
void ri_appliance_settings_free(struct ri_appliance_settings *s);
