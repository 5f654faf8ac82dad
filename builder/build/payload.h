// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The payload: what a build makes on the host before anything is written to the guest. These are
 * the archive, the initrd, and copies of the kernel, the menu entry and the fstab for the
 * administrator.
 */
#include "format/manifest.h"
#include "guest/modules.h"
#include "guest/packages.h"
#include "host/dir.h"
#include "initrd/initrd.h"
#include "pack/pack.h"
#include "plan/excluded.h"
#include "plan/plan.h"
#include "pveconf/vm_memory.h"

/** The list of the guest's packages among the artifacts (report/spdx.h). */
#define RI_SBOM_NAME "sbom.spdx.json"
/** What boots without a disk (build/diskless.h). */
struct ri_diskless {
	char *initrd; /* a path of the host; NULL: none was asked for */
	char sha256[RI_SHA256_HEX + 1], cmdline_sha256[RI_SHA256_HEX + 1];
	uint64_t bytes, cmdline_bytes;
	struct ri_ram_need need; /* of a machine that boots so */
	/* Of the ISO that was made of it (iso/iso.h); its name, borrowed; NULL: none was. */
	const char *iso;
	char iso_sha256[RI_SHA256_HEX + 1];
	uint64_t iso_bytes;
};

/** What was made, for ri_payload_free, which leaves the files where they are. */
struct ri_payload {
	char *archive, *initrd, *kernel; /* paths of the host */
	struct ri_pack_result pack;
	struct ri_excluded_list left; /* what the archive leaves out */
	struct ri_strv excludes;      /* the same as patterns for the appliance's tar */
	struct ri_manifest manifest;
	struct ri_modules modules;   /* of the compressed form: what the kernel needs for it */
	struct ri_buf record;        /* the plan's, with the manifest (plan/drift.h) */
	struct ri_packages packages; /* what the guest says that it has installed */
	struct ri_initrd_info base;  /* the guest's own initrd */
	struct ri_ram_compared ram;  /* by ri_ram_check */
	struct ri_diskless diskless;
	char initrd_sha256[RI_SHA256_HEX + 1], kernel_sha256[RI_SHA256_HEX + 1];
	uint64_t initrd_bytes, kernel_bytes;
	char sbom_sha256[RI_SHA256_HEX + 1]; /* of RI_SBOM_NAME, once that is written */
	uint64_t sbom_bytes;
	char signed_by[RI_SHA256_HEX +
		       1]; /* the key that signs manifest.json (build/signature.h); "": none */
};

/**
 * Make all of it in the directory @dir, and enter the files and their checksums into the
 * upload actions of @plan, and the record, which borrow them until ri_payload_free.
 * @return 0; -1 RI_E_GUEST: the initrd is damaged; RI_E_UNSUPPORTED: another generator made it, or
 *         the direct reader is not certain; RI_E_BUDGET: it does not fit on the guest's disk;
 *         RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_payload_make(struct ri_guest *g, const struct ri_job *job, const struct ri_facts *f,
    struct ri_plan *plan, const struct ri_dir *dir, struct ri_payload *out,
    struct ri_err *e) RI_MUST_CHECK;
/** Release the memory of @p. */
void ri_payload_free(struct ri_payload *p);
