// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The variables of /etc/default/grub and /etc/default/grub.d/ *.cfg: shell text that grub-mkconfig
 * sources in that order. ramimg runs nothing: it understands plain assignments, and reports
 * anything beyond that.
 */
#include "base/buf.h"

/** One sourced file. */
struct ri_shellfile {
	const char *path; /* for messages */
	struct ri_span text;
};

/**
 * The value that @name has after the files were sourced in order.
 *
 * Understood: NAME=value with bare words, '…', "…" and backslashes, `export NAME=…`, and $NAME or
 * ${NAME} of variables assigned before (unset ones are empty). A command substitution, ${X:-y},
 * arithmetic, an `if` around it or NAME+= in an assignment of @name, or of one that it refers to,
 * is an error that names file and line; anywhere else it does not matter.
 *
 * @out gets the value appended; nothing when the variable is unset.
 * @return 0; -1 with RI_E_GUEST ("/etc/default/grub:9: GRUB_CMDLINE_LINUX is computed by …"),
 *         RI_E_NOMEM.
 */
int ri_shellvars_get(const struct ri_shellfile *files, size_t n, const char *name,
    struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
