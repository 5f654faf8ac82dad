// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Whether a disk has changed since its RAM set was built, in what counts: its kernels, the initrd of the one that is
 * booted, and Debian's packages. A build leaves a record of them on the disk (RI_PATH_STATE_RECORD). A boot from RAM
 * changes none of the three, nor does one from the disk that only runs: times and mount counts do change then, and are
 * not looked at.
 *
 * Behind these lines the record has the build's manifest, the same as the initrd's: whoever looks at many disks need not
 * copy the initrd of each and search it to say how much memory its root needs.
 */
#include "format/manifest.h"
#include "plan/facts.h"

/** What is compared, as it is now. */
struct ri_drift_now {
	const struct ri_boot_file *files; /* of /boot */
	size_t n;
	const char *packages; /* SHA-256 of dpkg's status, or "" */
};

/** Append the record of a build that boots kernel @version, without the manifest. @return 0; -1 RI_E_NOMEM. */
int ri_drift_record(const struct ri_drift_now *now, const char *version, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Append what is newer on the disk than @record says, a sentence's parts with semicolons between them; nothing,
 * where it is as it was, or where @record is none that a build wrote.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_drift_find(struct ri_span record, const struct ri_drift_now *now, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * The manifest behind @record's lines, for ri_manifest_free. It is a text of the guest's.
 * @return 1; 0 with *@out as it was: an earlier version left none, or no build wrote it; -1 RI_E_NOMEM.
 */
int ri_drift_manifest(struct ri_span record, struct ri_manifest *out,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * *@out: the form of the build that left @record, one of ri_form_words; NULL where it has no manifest.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_drift_form(struct ri_span record, const char **out, struct ri_err *e) RI_MUST_CHECK;
