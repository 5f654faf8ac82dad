// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What the fuzz targets share. A target is one LLVMFuzzerTestOneInput; a property that does not hold
 * ends the program with a core dump, which libFuzzer, ctest and a debugger all understand.
 */
#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(condition) ((condition) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #condition))

_Noreturn static inline void fuzz_broken(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

/** The input; an empty one is a span without bytes at all, as an absent file's text is. */
static inline struct ri_span fuzz_input(const uint8_t *data, size_t size)
{
	return size > 0 ? ri_span((const char *)data, size) : (struct ri_span){ 0 };
}

/** Cut the part up to the next line "--" off @rest; all of it where there is none. */
static inline struct ri_span fuzz_part(struct ri_span *rest)
{
	static const char mark[] = "\n--\n";
	const char *at = rest->n > 0 ? memmem(rest->p, rest->n, mark, sizeof mark - 1) : NULL;
	struct ri_span part = *rest;

	*rest = (struct ri_span){ 0 };
	if (at) {
		size_t n = (size_t)(at - part.p) + 1, used = n + sizeof mark - 2;

		*rest = ri_span_skip(part, used);
		part.n = n;
	}
	return part;
}

/** Failing and explaining are one event. @return whether it worked. */
static inline bool fuzz_ok(int rc, struct ri_err *e)
{
	FUZZ_CHECK(rc == 0 || rc == -1);
	FUZZ_CHECK((rc < 0) == (e->code != RI_OK));
	FUZZ_CHECK((rc < 0) == (e->msg[0] != '\0'));
	FUZZ_CHECK(e->code != RI_E_NOMEM);
	*e = (struct ri_err){ 0 };
	return rc == 0;
}
