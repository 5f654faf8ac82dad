// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What a VM's description says of drives that were detached (RI_DETACH_MARK).
 */
#include "pveconf/vmconf.h"

/** A drive that was detached, and that a line of the configuration still has. */
struct ri_boot_mark {
	char key[16];    /* "scsi0" */
	char source[16]; /* the line's key: the same in [PENDING], or "unused3" */
	char *line;      /* the drive's value as it was */
	char *file;      /* its volume */
};

struct ri_boot_marks {
	struct ri_boot_mark *v;
	size_t n;
};
/** Release what @m owns and make it empty. */
void ri_boot_marks_free(struct ri_boot_marks *m);

/**
 * Read them. A mark is outdated where the drive is there again, or its volume is in another drive of @main, or
 * neither unused nor, as that drive, in @pending. The last of several about a drive or a volume counts: it is the
 * newest.
 * @return 0 with *@out for ri_boot_marks_free; -1 RI_E_NOMEM.
 */
int ri_boot_marks_read(const struct ri_vmconf *c, const struct ri_drives *main,
    const struct ri_drives *pending, struct ri_boot_marks *out, struct ri_err *e) RI_MUST_CHECK;
/** The mark of the drive @key, or NULL. */
const struct ri_boot_mark *ri_boot_marks_of(const struct ri_boot_marks *m, const char *key);
