// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The appliance's QEMU, which a hostile file system may take over through the appliance's kernel: what it
 * can then still do on the host.
 */
#include "appliance/internal.h"

/**
 * Have libguestfs start QEMU through a link in the stage (host/tool_link.h), with libguestfs's own
 * temporary files there too. It has no file of the host's then but the overlay, what is below it, and
 * libguestfs's appliance, to read; it has its own seccomp filter, and if ramimg is root, it becomes nobody
 * as soon as it has opened all.
 * @return 0; -1 RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_hypervisor_confine(guestfs_h *h, const struct ri_stage *s, struct ri_err *e);

/**
 * Append the path of the link in the stage @dir, with as many slashes as libguestfs needs.
 *
 * To ask QEMU about KVM, libguestfs (1.48 to 1.54, lib/command.c:add_string) puts a line for a shell together in a
 * buffer of 256 bytes, which it doubles only when it is full: what is appended in one piece across its end is
 * written behind it, over the heap. The path alone is appended byte by byte. So it is made long enough to be what
 * reaches the end of the buffer, and short enough for the rest to fit into the next.
 */
void ri_hypervisor_path(const char *dir, struct ri_buf *out);
