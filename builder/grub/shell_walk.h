// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Shell text read as a sequence of assignments: which variables a sourced file sets, and how
 * surely.
 */
#include "base/buf.h"

/** What a file does to variables; each returns 0, or -1 with the error set. */
struct ri_shell_events {
	/** NAME=value is present and is executed. @word is all of it. */
	int (*assign)(void *arg, struct ri_span word, size_t line, struct ri_err *e);
	/**
	 * @name may get another value, or lose it; @how is a noun. @lasting: at any time from here
	 * on (a function that may be called).
	 */
	int (*touch)(void *arg, struct ri_span name, size_t line, const char *how, bool lasting,
	    struct ri_err *e);
	/** Any variable may get another value, but not GRUB_… where @but_grub. */
	int (*anything)(void *arg, size_t line, const char *how, bool but_grub, struct ri_err *e);
	/** @name is gone. */
	int (*unset)(void *arg, struct ri_span name, size_t line, struct ri_err *e);
	void *arg;
};

/**
 * Walk through @text.
 * @return 0; -1 RI_E_GUEST behind "line 3: " if no shell would accept the text, or what an event
 *         returned.
 */
int ri_shell_walk(struct ri_span text, const struct ri_shell_events *ev,
    struct ri_err *e) RI_MUST_CHECK;
