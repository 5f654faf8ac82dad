// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A QEMU that a test makes up: a script, found before the host's.
 */
#include "unit/check.h"
#include "unit/files.h"
#include "unit/tmpdir.h"

#include <stdlib.h>

/** Put a QEMU that does this. */
static inline void made_qemu(const char *script)
{
	RI_FREE char *text = NULL;
	struct ri_err e = { 0 };

	assert_true(asprintf(&text, "#!/bin/sh\n%s\n", script) > 0);
	check_ok("qemu", put_file(tmp_path("bin/qemu-system-x86_64"), ri_str(text), 0755, &e), &e);
}

/** For cmocka; tmp_tear_down ends it. */
static inline int made_qemu_set_up(void **state)
{
	RI_FREE char *path = NULL;

	if (tmp_set_up(state) < 0 || mkdir(tmp_path("bin"), 0755) < 0 ||
	    asprintf(&path, "%s:%s", tmp_path("bin"), getenv("PATH")) < 0)
		return -1;
	return setenv("PATH", path, 1);
}
