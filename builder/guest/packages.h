// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Which packages a guest has: dpkg's list of them, and its sum.
 */
#include "guest/guest.h"

/** dpkg's list. */
#define RI_PACKAGES_STATUS "/var/lib/dpkg/status"
/** Bytes of dpkg's list, whose longest are a tenth of it. */
#define RI_PACKAGES_BYTES_MAX ((uint64_t)64 << 20)

/**
 * *@out: the SHA-256 of the mounted guest's /var/lib/dpkg/status, for free(); "" where it has none, or a longer one.
 * @return 0; -1 as sha256 of guest/guest.h.
 */
int ri_packages_sum(struct ri_guest *g, char **out, struct ri_err *e) RI_MUST_CHECK;

/** The lists that the mounted guest keeps, for ri_packages_free. */
struct ri_packages {
	struct ri_buf
	    dpkg; /* status, and the files of status.d behind it in the order of their names (os/dpkg.h) */
	bool more; /* there is more of these than RI_PACKAGES_BYTES_MAX, which is left out */
	bool rpm;  /* rpm has a database, which is not read */
};

/**
 * Read them. A guest that has none is no error.
 * @return 0; -1 as read of guest/guest.h; what *@out holds then is to be freed as well.
 */
int ri_packages_read(struct ri_guest *g, struct ri_packages *out, struct ri_err *e) RI_MUST_CHECK;
void ri_packages_free(struct ri_packages *p);
