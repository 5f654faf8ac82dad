// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The payload: what a build makes on the host before anything is written to the guest — archive,
 * initrd, and copies of the kernel, the menu entry and the fstab for the administrator.
 */
#include "format/manifest.h"
#include "guest/guest.h"
#include "initrd/initrd.h"
#include "pack/pack.h"
#include "plan/excluded.h"
#include "plan/plan.h"

struct ri_payload {
	char *archive, *initrd, *kernel; /* host paths */
	struct ri_pack_result pack;
	struct ri_excluded_list left;
	struct ri_strv excludes; /* as patterns for the appliance's tar */
	struct ri_manifest manifest;
	struct ri_initrd_info base; /* the guest's own initrd */
	char initrd_sha256[RI_SHA256_HEX + 1], kernel_sha256[RI_SHA256_HEX + 1];
	uint64_t initrd_bytes, kernel_bytes;
};

/**
 * Make it all in the directory @dir, and say in @plan's actions what is to be uploaded, which stays good
 * until ri_payload_free.
 * @return 0; -1 RI_E_GUEST (initrd damaged), RI_E_UNSUPPORTED (initrd of another generator),
 *         RI_E_BUDGET (does not fit on the guest's disk), RI_E_IO.
 */
int ri_payload_make(struct ri_guest *g, const struct ri_job *job, const struct ri_facts *f,
    struct ri_plan *plan, const char *dir, struct ri_payload *out, struct ri_err *e) RI_MUST_CHECK;
void ri_payload_free(struct ri_payload *p);
