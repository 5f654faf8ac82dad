// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Inspecting the guest: texts and sizes are collected here; what they mean is worked out in plan.
 */
#include "guest/guest.h"

/** Entries of /boot, and of /lib/modules, of which a kernel has four and one. */
#define RI_INSPECT_NAMES_MAX 10000u
/** Files of /etc/default/grub.d, each with all that a text may have. */
#define RI_INSPECT_DEFAULTS_MAX 100u
/* And entry files in /boot/loader/entries. */
#define RI_INSPECT_ENTRIES_MAX 100u

/**
 * Find the one operating system on the disk of @g, check its file systems, mount them and collect
 * the facts. After success the guest stays mounted, writable unless @readonly, and *@out is for
 * ri_facts_free.
 * @return 0; -1 RI_E_UNSUPPORTED: no operating system (the message says what is there instead:
 *         encryption, no partition, damage), several, one that is not Linux; RI_E_GUEST: a file of
 *         the guest is not as required; RI_E_BUDGET: a limit; RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_inspect(struct ri_guest *g, bool readonly, struct ri_facts *out,
    struct ri_err *e) RI_MUST_CHECK;
