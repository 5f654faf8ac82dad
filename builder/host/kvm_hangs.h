// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Remembering that KVM can be opened here but hangs, as in some nested clouds: every launch that
 * tries it costs a minute. The mark is an empty file that counts for an hour only, because a host that was
 * merely overloaded once has a working KVM. Where it can be, it is where a restart of the host removes it.
 */
#include <stdbool.h>

/**
 * The path of the mark, for free(): /run/ramimg/kvm-hangs for root, ramimg/kvm-hangs below $XDG_RUNTIME_DIR for
 * anybody else, and where a user has none, as from cron, kvm-hangs in @stage_dir (the job's; NULL: nowhere).
 * @return NULL if there is no such place, or no memory.
 */
char *ri_kvm_hangs_path(const char *stage_dir);
/** Whether there is a mark at @path that is ours and less than an hour old. NULL: there is none. */
bool ri_kvm_hangs_is_set(const char *path);
/** The same of somebody who tries KVM, and would not now: it is said. */
bool ri_kvm_hangs_is_known(const char *path);
/** Set the mark. If that fails, or @path is NULL, the next launch simply tries KVM again. */
void ri_kvm_hangs_set(const char *path);
