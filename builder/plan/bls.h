// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A guest whose menu is made of entry files (grub/bls.h): ramimg adds a file of its own, and its id becomes the
 * default by saved_entry in GRUB's environment block. grub.cfg and 40_custom stay as they are. An entry file has no
 * commands, so that GRUB cannot count the boots that fail.
 */
#include "plan/plan.h"

enum { RI_BLS_OURS_MAX = 4 }; /* of its own files that ramimg takes away; there is one */

/** The guest's own entry for the kernel @version: the default where that boots it, or the first; or NULL. */
const struct ri_text *ri_bls_stock(const struct ri_facts *f, const char *version);
/**
 * Which kernel the guest's own default boots: *@out is its version, for free(); it stays as it is where saved_entry
 * names no entry file, or GRUB does not look at it. @return 0; -1 RI_E_NOMEM.
 */
int ri_bls_default_version(const struct ri_facts *f, char **out, struct ri_err *e) RI_MUST_CHECK;
/** The entry file of an earlier build, or NULL. */
const struct ri_text *ri_bls_ours(const struct ri_facts *f);

/** @return 0; -1 RI_E_GUEST: more than RI_BLS_OURS_MAX of ramimg's own entry files. */
int ri_bls_check_ours(const struct ri_facts *f, struct ri_err *e) RI_MUST_CHECK;

/**
 * The menu of such a guest: entry, entry_id, entry_path, cmdline, grubenv and saved_entry of @p, whose kernels are known.
 * @return 0; -1 RI_E_GUEST: no entry for the kernel, or one that cannot be followed; RI_E_UNSUPPORTED: GRUB
 *         does not look at saved_entry; RI_E_NOMEM.
 */
int ri_bls_plan(const struct ri_job *job, const struct ri_facts *f, struct ri_plan *p,
    struct ri_err *e) RI_MUST_CHECK;

/** Whether ramimg's entry is what saved_entry names. */
bool ri_bls_is_default(const struct ri_facts *f);
/**
 * The environment block with the default from before the first build, appended to @out, which stays empty where ramimg's
 * entry is not the default. @return 0; -1 RI_E_GUEST: the block is damaged; RI_E_NOMEM.
 */
int ri_bls_restore_default(const struct ri_facts *f, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
