// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The small grub.cfg on an EFI partition, from which a signed GRUB finds the system's own.
 */
#include "base/buf.h"

/** Where one leads. */
struct ri_grub_stub {
	char *fs_uuid; /* of the file system */
	char *dir;     /* the directory of grub.cfg on it: "/boot/grub" */
};

/**
 * Read the stub @in, as grub-install of Debian, Ubuntu and Fedora write it: a search by UUID, `set prefix`, and
 * `configfile $prefix/grub.cfg`, in this order; comments, `export` and `insmod` besides. *@out is for ri_grub_stub_free.
 * @return 1; 0: it has something else in it, or lacks one of the three; -1 RI_E_NOMEM.
 */
int ri_grub_stub_parse(struct ri_span in, struct ri_grub_stub *out, struct ri_err *e) RI_MUST_CHECK;
void ri_grub_stub_free(struct ri_grub_stub *s);
