// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The documents that these tests have written, for a test that compares all of them with docs/json.md
 * (tests/support/test_documents.py).
 */
#include "unit/check.h"

/** A file of the directory that RAMIMG_DOCUMENTS names, where it names one. */
static inline void keep_document(struct ri_span text)
{
	const char *dir = getenv("RAMIMG_DOCUMENTS");
	char path[4096];
	int fd;

	if (!dir)
		return;
	snprintf(path, sizeof path, "%s/XXXXXX.json", dir);
	fd = mkstemps(path, 5);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text.p, text.n), text.n);
	assert_int_equal(close(fd), 0);
}

static inline void check_document(const char *name, struct ri_span got, struct ri_span want)
{
	check_span(name, got, want);
	keep_document(got);
}
