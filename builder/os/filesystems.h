// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The file systems that ramimg knows, by the names that blkid(8) and mount(8) have for them.
 */
#include <stdbool.h>

/** What is known of a file system. Nothing in it is to be freed. */
struct ri_filesystem {
	const char *type;        /* "ext4" */
	const char *grub_module; /* as `grub-probe --target=fs` names it; NULL: none is known */
	bool root;               /* GRUB and the loader were seen to work with it as / and /boot */
	bool e2fsck;             /* e2fsck(8) checks and mends it */
	const char *check; /* the command that checks all of it, unmounted; NULL: none is known */
};

/** What is known of @type. @return NULL: nothing is, also where @type is "". */
const struct ri_filesystem *ri_filesystem_find(const char *type);

/** Whether / and /boot may have @type. */
bool ri_filesystem_is_root(const char *type);

/** Whether e2fsck checks and mends @type: an ext2 in any of its versions. */
bool ri_filesystem_has_e2fsck(const char *type);

/** The command that checks @type. @return "fsck" where none is known. */
const char *ri_filesystem_check(const char *type);

/** GRUB's module for @type. @return NULL: none is known. */
const char *ri_filesystem_grub_module(const char *type);
