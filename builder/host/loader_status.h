// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What the loader says of a boot (docs/loader.md, "The status"), whichever way it has come out of the guest: a text of the guest's,
 * which may be anything.
 */
#include "base/strv.h"

#include <stdint.h>

/** The status, for ri_loader_status_free. Zero-initialise it. */
struct ri_loader_status {
	bool in_ram;     /* the root is in RAM */
	bool compressed; /* as a compressed image with a tmpfs above it; else as files in a tmpfs */
	char build[33];  /* the id of the build that it loaded */
	char *reason;    /* why the root is not in RAM; NULL */
	uint64_t bytes;  /* of the root */
	double seconds;  /* that the load took */
	struct ri_strv released; /* disks that the guest has let go of */
	struct ri_strv kept;     /* disks that it has not, each with its reason */
};
void ri_loader_status_free(struct ri_loader_status *s);

/**
 * Read @text, a JSON object.
 * @return 1 with *@out; 0 with *@out as it was: it is no status; -1 RI_E_NOMEM.
 */
int ri_loader_status_parse(struct ri_span text, struct ri_loader_status *out,
    struct ri_err *e) RI_MUST_CHECK;
