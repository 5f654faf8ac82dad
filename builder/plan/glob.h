#pragma once
/*
 * glob(7) on whole paths: what fnmatch(3) with FNM_PATHNAME does in the C locale, on spans.
 */
#include "base/buf.h"

/**
 * Whether @pattern, taken as a whole, matches @path: * ? [a-z] [!a-z] [[:digit:]] and backslash. A
 * slash is matched by a slash only; a bracket that holds one stands for itself (POSIX 2.13.3).
 * Takes time in proportion to both lengths multiplied, whatever the pattern.
 */
bool ri_glob_match(struct ri_span pattern, struct ri_span path);
