// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A squashfs image: what docs/format.md says under "The image".
 */
#include "pack/sink.h"

/** Into @fd, from its position on; @o must outlive it. @return 0; -1 RI_E_CONFIG, RI_E_IO, RI_E_NOMEM. */
int ri_sink_squash(const struct ri_pack_opts *o, int fd, struct ri_sink **out,
    struct ri_err *e) RI_MUST_CHECK;
