// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The tree that members become: files with all their metadata below one empty directory.
 *
 * Every path is walked from that directory component by component without following a symbolic
 * link, so that no member can land outside. Directories get their owner, mode, attributes and times
 * when everything else is there: until then none of them hands down a group or a default ACL, and
 * no time is changed again.
 */
#include "loader/meta.h"

struct ri_tarin;
struct ri_tree;

/**
 * Get ready to write below @dir, and clear the umask.
 * @return 0 and the tree in *@out, for ri_tree_close; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_tree_open(const char *dir, struct ri_tree **out, struct ri_err *e) RI_MUST_CHECK;
/**
 * Write all of @t's members.
 * @return 0; -1 RI_E_IO (a call failed), RI_E_BUDGET (no space), RI_E_VERIFY (a member that no
 * honest archive has), or what the stream gave.
 */
int ri_tree_unpack(struct ri_tree *tree, struct ri_tarin *t, struct ri_err *e) RI_MUST_CHECK;
/** Give the directories their metadata. @return 0; -1 as ri_tree_unpack. */
int ri_tree_finish(struct ri_tree *tree, struct ri_err *e) RI_MUST_CHECK;
struct ri_loss ri_tree_loss(const struct ri_tree *tree);
void ri_tree_close(struct ri_tree **tree);
/** Read @t to its end and write nothing. @return as ri_tree_unpack. */
int ri_tree_discard(struct ri_tarin *t, struct ri_err *e) RI_MUST_CHECK;
