// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Reading a built disk back for `ramimg verify`: it collects what plan/verdict.h judges.
 */
#include "guest/guest.h"
#include "plan/verdict.h"

/**
 * Look at the files that a build left in the mounted guest. @dir is a private directory of the
 * host, to which the initrds are downloaded. Whatever is missing or damaged on the disk is recorded
 * in *@out; it is not an error.
 * @return 0; -1 RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_verify_read(struct ri_guest *g, const struct ri_facts *f, const char *dir,
    struct ri_verify_seen *out, struct ri_err *e) RI_MUST_CHECK;
