// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * os-release(5).
 */
#include "base/buf.h"

/** What ramimg uses of it; owned strings, "" if the file has no such line. */
struct ri_osrelease {
	char *id;          /* "debian" */
	char *name;        /* "Debian GNU/Linux" */
	char *pretty_name; /* "Debian GNU/Linux 12 (bookworm)" */
	char *version_id;  /* "12" */
};

/**
 * Parse the text: NAME=value lines, values unquoted as a shell would (single quotes, double quotes
 * with backslash). Lines that are not assignments are skipped. ID defaults to "linux", NAME to
 * "Linux" as os-release(5) says.
 * @return 0; -1 with RI_E_GUEST where the text holds a NUL, RI_E_NOMEM.
 */
int ri_osrelease_parse(struct ri_span in, struct ri_osrelease *out, struct ri_err *e) RI_MUST_CHECK;
void ri_osrelease_free(struct ri_osrelease *o);
