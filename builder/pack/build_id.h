// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The id of a build, which its archive and its initrd share (docs/format.md, "The identity").
 */
#include "base/buf.h"
#include "format/manifest.h"

/** From the digest of the archive's bytes so far, and the configuration. */
void ri_pack_build_id(const char sha256[RI_SHA256_HEX + 1], struct ri_span configuration,
    char out[RI_BUILD_ID_LEN + 1]);
