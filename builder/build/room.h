// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Room for what a build makes: in the guest, in the directory of artifacts, in the stage.
 */
#include "guest/guest.h"
#include "host/dir.h"
#include "plan/excluded.h"
#include "plan/plan.h"

/** Bytes that the guest's mounted file systems hold, without what is @left out. */
uint64_t ri_room_used(const struct ri_facts *f, const struct ri_excluded_list *left);
/**
 * Whether there is room for all that is made: in the guest for the initrd at least, and in @dir for as
 * much as the archive can come to, which is what is used in the guest, or free there if that is less.
 * *@room: how many bytes the archive may have in the guest.
 * @return 0; -1 RI_E_BUDGET with the figures; RI_E_GUEST: the archive's name is no file's, or a link that leads nowhere or
 *         to another file system; as ri_guest_ops.space.
 */
int ri_room_find(struct ri_guest *g, const struct ri_facts *f, const struct ri_plan *plan,
    const struct ri_excluded_list *left, const struct ri_dir *dir, uint64_t *room,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * The same before anything is done, and what is left out found first. @return 0; -1 as ri_room_find,
 * ri_excluded_find.
 */
int ri_room_before(struct ri_guest *g, const struct ri_facts *f, const struct ri_plan *plan,
    const struct ri_dir *dir, struct ri_err *e) RI_MUST_CHECK;
/**
 * Whether the stage on this host has room for archive and initrd of @bytes together: a host disk that
 * fills up under the overlay would stop the appliance, not fail it. @return 0; -1 RI_E_BUDGET, RI_E_IO.
 */
int ri_room_stage(const char *stage_dir, uint64_t bytes, struct ri_err *e) RI_MUST_CHECK;
/**
 * After the failure @e of what was written to the stage: if there is no room left in it, that comes first in
 * the sentence, as whatever failed says something else. @return always -1.
 */
int ri_room_blame_stage(const char *stage_dir, struct ri_err *e);
