// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The guest's own initrd with what the loader needs at its end.
 */
#include "build/payload.h"

/**
 * Append to @out, as a text, all that makes the build's initrds beside the archive: the manifest so far, @base, and each
 * file that one of them gets. Two builds that differ in any of it have different ids.
 * @return 0; -1 RI_E_IO: @base; RI_E_GUEST: the manifest cannot be written; RI_E_NOMEM.
 */
int ri_payload_configuration(const struct ri_payload *p, const char *base, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Write @out: @base, which errors call @name, with the script, the loader, @m as the manifest, and what the form of @p takes.
 * @return 0; -1 as ri_initrd_append, RI_E_GUEST: the manifest cannot be written.
 */
int ri_payload_initrd(const struct ri_payload *p, const struct ri_manifest *m, const char *base,
    const char *name, const char *out, struct ri_err *e) RI_MUST_CHECK;
