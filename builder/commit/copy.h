// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Writing the blocks of a commit to the volume: those that were to be, or those that were there.
 */
#include "commit/prove.h"

/** What is written. */
enum ri_copy_what {
	RI_COPY_NEW, /* what was to be, from the overlay */
	RI_COPY_OLD, /* what was there, from what the commit kept */
};

/**
 * Write the blocks that change, @changed in number, and flush them. Each is compared with its digest first,
 * so that nothing reaches the volume but what the record says. Not cancellable; may be repeated. Progress
 * "committing" is reported.
 * @return 0; -1 RI_E_IO.
 */
int ri_copy(const struct ri_proof *p, enum ri_copy_what what, uint64_t changed,
    struct ri_err *e) RI_MUST_CHECK;
