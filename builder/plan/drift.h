// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Whether a disk has changed since its RAM set was built, in what counts: its kernels, the initrd of the one that is
 * booted, and Debian's packages. A build leaves a record of them on the disk (RI_PATH_STATE_RECORD). A boot from RAM
 * changes none of the three, nor does one from the disk that only runs: times and mount counts do change then, and are
 * not looked at.
 */
#include "plan/facts.h"

/** What is compared, as it is now. */
struct ri_drift_now {
	const struct ri_boot_file *files; /* of /boot */
	size_t n;
	const char *packages; /* SHA-256 of dpkg's status, or "" */
};

/** Append the record of a build that boots kernel @version. @return 0; -1 RI_E_NOMEM. */
int ri_drift_record(const struct ri_drift_now *now, const char *version, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Append what is newer on the disk than @record says, a sentence's parts with semicolons between them; nothing,
 * where it is as it was, or where @record is none that a build wrote.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_drift_find(struct ri_span record, const struct ri_drift_now *now, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
