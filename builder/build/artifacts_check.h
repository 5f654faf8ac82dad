// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Artifacts that have come a way, in a directory (`ramimg verify DIR`): each file that manifest.json names against the
 * length and SHA-256 there. Neither the directory nor what is in it is trusted.
 */
#include "base/err.h"
#include "plan/verdict.h"

/**
 * Compare the files of @dir with its manifest.json: an item of *@out for each, for ri_verdict_free. With @key, which may
 * be NULL, the signature over manifest.json comes first (build/signature.h), and where it is not good, nothing else is
 * looked at.
 * @return 0, whatever the verdict; -1 RI_E_USAGE: @key is no public key; RI_E_VERIFY: there is no manifest.json that a build could have left;
 *         RI_E_IO: @dir cannot be opened, a file not read, or openssl not run; RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_artifacts_check(const char *dir, const char *key, struct ri_verdict *out,
    struct ri_err *e) RI_MUST_CHECK;
