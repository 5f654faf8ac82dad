// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Emptying a root whose content is in the archive, for an image of --slim.
 */
#include "guest/guest.h"
#include "plan/facts.h"

/**
 * Remove everything from the mounted guest @f but /boot, EFI partitions, lost+found, and what tells others whose
 * root it was: the fstab, os-release, and a few names of directories. Mount points stay.
 * @return 0; -1 RI_E_GUEST: a path that is too deep; RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_guest_clear(struct ri_guest_rw *w, const struct ri_facts *f, struct ri_err *e) RI_MUST_CHECK;

/**
 * Tell the disk what the file systems of @f do not use. One that cannot is warned of: the image is right, and larger.
 * @return 0; -1 RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_guest_trim(struct ri_guest_rw *w, const struct ri_facts *f, struct ri_err *e) RI_MUST_CHECK;
