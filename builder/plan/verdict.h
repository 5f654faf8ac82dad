// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Whether a built disk is consistent. Pure: takes what was read, returns a verdict.
 */
#include "format/manifest.h"
#include "plan/facts.h"

/** What was read from the built disk besides the facts. */
struct ri_verify_seen {
	bool initrd_present;
	char *manifest_error;        /* why the manifest in the initrd could not be read, or NULL */
	struct ri_manifest manifest; /* valid where manifest_error is NULL and the initrd present */
	bool archive_present;
	uint64_t archive_bytes;
	char archive_sha256[RI_SHA256_HEX + 1];
	bool base_known, base_same; /* the initrd begins with the kernel's own as it is now */
};

struct ri_verdict_item {
	const char *what; /* "archive" */
	bool good;
	bool old;     /* good, and the disk has newer */
	char *detail; /* a sentence */
};

struct ri_verdict {
	struct ri_verdict_item v[13];
	size_t n;
	size_t bad;
	bool slim;        /* the disk has no root (build --slim) */
	bool old;         /* one of them is */
	const char *form; /* of the build, one of ri_form_words; NULL: the initrd does not say */
	/* Of artifacts in a directory, a word of build/signature.h; NULL: it is a disk, which has none. */
	const char *signature;
};

/** Reach a verdict. @return 0 with the verdict, whatever it is; -1 RI_E_NOMEM. */
int ri_verdict_make(const struct ri_facts *f, const struct ri_verify_seen *o,
    struct ri_verdict *out, struct ri_err *e) RI_MUST_CHECK;
void ri_observed_free(struct ri_verify_seen *o);
void ri_verdict_free(struct ri_verdict *v);
