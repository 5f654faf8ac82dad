// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Which entry GRUB boots the next time, and only then: next_entry in its environment block, as grub-reboot(8) sets it.
 * GRUB's default and the count of failed boots are as before.
 */
#include "plan/plan.h"

/** What is booted; also the order of ri_boot_words. */
enum ri_boot {
	RI_BOOT_ANY = -1, /* what GRUB boots by itself */
	RI_BOOT_RAM,      /* ramimg's entry */
	RI_BOOT_DISK,     /* what was GRUB's default before ramimg */
};
extern const char *const ri_boot_words[]; /* "ram", "disk", NULL */

/**
 * Decide how @f is made to boot @what: one action in @out->undo_actions, for ri_plan_free; none, where GRUB boots that by itself.
 * @return 0; -1 RI_E_UNSUPPORTED: a slim image has no other entry; RI_E_GUEST: it has no such entry, or its menu or
 *         block cannot say which; RI_E_NOMEM.
 */
int ri_next_boot_plan(const struct ri_facts *f, enum ri_boot what, struct ri_plan *out,
    struct ri_err *e) RI_MUST_CHECK;
