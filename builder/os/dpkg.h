// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * dpkg's list of packages: /var/lib/dpkg/status, or the files of status.d one behind the other (dpkg(1), deb-control(5)).
 */
#include "base/buf.h"

#include <stdint.h>

/** Packages of a list: more than three times what any installation had that was looked at. */
#define RI_DPKG_MAX 20000u

/** A package; each field is a part of the text, or empty where that has none that is well-formed. */
struct ri_dpkg {
	struct ri_span name, version; /* never empty */
	struct ri_span arch;          /* "amd64", "all" */
	struct ri_span
	    source; /* what it was built from; its own name where the list names no other */
	struct ri_span source_version;
	struct ri_span maintainer; /* "Name <address>" */
};

struct ri_dpkgs {
	struct ri_dpkg *v; /* by name, architecture and version; none is there twice */
	size_t n;
	size_t
	    odd; /* entries that were passed over: they have no name or version that dpkg would take */
	bool cut; /* there are more than RI_DPKG_MAX */
};

/**
 * The packages of @in whose files are on the disk: entries that are removed, or of which only the configuration is left,
 * are none. *@out borrows @in, which nobody trusts: what is not well-formed is passed over.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_dpkg_parse(struct ri_span in, struct ri_dpkgs *out, struct ri_err *e) RI_MUST_CHECK;
void ri_dpkgs_free(struct ri_dpkgs *d);
