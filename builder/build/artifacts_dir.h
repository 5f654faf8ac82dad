// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The directory of artifacts. A build makes them in a directory ".new" inside it and moves them up
 * when all is done, so that a failed build leaves those of the one before.
 */
#include "base/strv.h"

struct ri_artifacts {
	char *dir, *making; /* making: dir/.new */
	int fd;             /* of dir, locked */
};

#define RI_ARTIFACTS_INIT                                                                          \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/** Make and lock @dir. @return 0; -1 RI_E_IO, RI_E_BUSY. */
int ri_artifacts_open(const char *dir, struct ri_artifacts *out, struct ri_err *e) RI_MUST_CHECK;
/** Move everything made to its place. @return 0; -1 RI_E_IO. */
int ri_artifacts_keep(struct ri_artifacts *o, struct ri_err *e) RI_MUST_CHECK;
/** Remove what was made and not kept. */
void ri_artifacts_close(struct ri_artifacts *o);
