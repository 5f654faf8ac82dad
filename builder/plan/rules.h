// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Which parts of the guest's root are left out of the archive.
 *
 * A rule is an absolute path. With a "/" at its end it means the contents of that directory (the
 * directory itself stays). Otherwise it is a glob(7) pattern that matches whole paths, where * and
 * ? do not match a "/" but do match a leading dot; what it matches is left out with all below.
 */
#include "base/strv.h"

struct ri_rules {
	struct ri_strv patterns;
};

/** The built-in rules, a NULL-terminated list; each has a reason for docs and --dry-run. */
struct ri_rule_row {
	const char *pattern, *why;
};
extern const struct ri_rule_row ri_rules_builtin[];

/**
 * Check one pattern: absolute, no empty, "." or ".." component, not "/" itself.
 * @return 0; -1 with RI_E_CONFIG.
 */
int ri_rule_check(const char *pattern, struct ri_err *e) RI_MUST_CHECK;

/** Whether @rule, which ends with a "/", means a directory's contents. */
bool ri_rule_is_contents(const char *rule);

/**
 * The pattern that leaves @path out, or NULL.
 * @path is absolute and without a "/" at its end ("/" itself is never left out). The parents of
 * @path need not have been checked before: a path below a match matches too.
 */
const char *ri_rules_match(const struct ri_rules *r, const char *path);
/**
 * Whether what rule number @i leaves out at @path is in what another leaves out, so that its size is the other's: @path
 * is the directory of a rule with a "/" at its end, or what a pattern matched. Of rules that leave out the same, the
 * first has it.
 */
bool ri_rules_is_anothers(const struct ri_rules *r, size_t i, const char *path);
void ri_rules_free(struct ri_rules *r);
