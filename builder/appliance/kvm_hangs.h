// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What is remembered of a KVM that opens and hangs (nested clouds have such): each launch that tries it
 * costs a minute. A file that is gone after a restart and counts for an hour, since a host that was
 * overloaded once has a good KVM.
 */
#include <stdbool.h>

/** Where the mark lies: root's "/run/ramimg", a user's below $XDG_RUNTIME_DIR; for free(). NULL: nowhere. */
char *ri_kvm_hangs_path(void);
/** Whether the mark @path, our own and not older than an hour, says that KVM hangs. NULL is fine. */
bool ri_kvm_hangs_is_set(const char *path);
/** Set it; where that does not go, the next launch tries KVM again. NULL is fine. */
void ri_kvm_hangs_set(const char *path);
