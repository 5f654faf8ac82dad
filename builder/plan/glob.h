// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * glob(7) on whole paths: what fnmatch(3) with FNM_PATHNAME does in the C locale, on spans.
 */
#include "base/buf.h"

/**
 * Whether @pattern, taken as a whole, matches @path: * ? [a-z] [!a-z] [[:digit:]] and backslash.
 * Only a slash matches a slash; a bracket that contains one stands for itself (POSIX 2.13.3). The
 * time is proportional to the product of both lengths, whatever the pattern.
 */
bool ri_glob_match(struct ri_span pattern, struct ri_span path);
