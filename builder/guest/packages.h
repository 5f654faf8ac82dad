// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Which packages a guest has, as one sum: two that are the same are the same packages.
 */
#include "guest/guest.h"

/** Bytes of dpkg's list, whose longest are a tenth of it. */
#define RI_PACKAGES_BYTES_MAX ((uint64_t)64 << 20)

/**
 * *@out: the SHA-256 of the mounted guest's /var/lib/dpkg/status, for free(); "" where it has none, or a longer one.
 * @return 0; -1 as sha256 of guest/guest.h.
 */
int ri_packages_sum(struct ri_guest *g, char **out, struct ri_err *e) RI_MUST_CHECK;
