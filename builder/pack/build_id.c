// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pack/build_id.h"
#include "host/sha256.h"

void ri_pack_build_id(const char sha256[RI_SHA256_HEX + 1], struct ri_span configuration,
    char out[RI_BUILD_ID_LEN + 1])
{
	char id[RI_SHA256_HEX + 1];
	struct ri_sha256 sum;

	ri_sha256_init(&sum);
	ri_sha256_add(&sum, sha256, RI_SHA256_HEX + 1);
	ri_sha256_add(&sum, configuration.p, configuration.n);
	ri_sha256_hex(&sum, id);
	memcpy(out, id, RI_BUILD_ID_LEN);
	out[RI_BUILD_ID_LEN] = '\0';
}
