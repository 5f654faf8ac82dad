// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The programs that make an initramfs, and by what files each is recognised.
 */
#include <stddef.h>

/** The one whose initramfs ramimg can extend. */
#define RI_INITRAMFS_TOOLS "initramfs-tools"

/** A generator; its lists end with NULL, and either may be empty. Nothing in it is to be freed. */
struct ri_initramfs {
	const char *name;
	const char *installed[3]; /* absolute paths in a guest: any of them tells */
	const char *packed[4];    /* names in an initrd: it, or something below it, tells */
};

/**
 * The generator number @i of those that ramimg knows, in the order in which a guest is searched for
 * them (the first that is found counts). Sources: the Debian packages' own lists of files;
 * initramfs-tools(7), dracut(8), mkinitcpio(8), booster(1), mkinitfs(1), tiny-initramfs(8).
 * @return NULL behind the last.
 */
const struct ri_initramfs *ri_initramfs_get(size_t i);

/**
 * The name of the generator that puts the entry @name ("usr/lib/dracut/hooks") into what it makes.
 * initramfs-tools has no such entry of its own. @return NULL: none that is known.
 */
const char *ri_initramfs_of_entry(const char *name);
