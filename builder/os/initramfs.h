// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The programs that make an initramfs: by what files each is recognised, and of those whose initramfs
 * ramimg extends, what that takes.
 */
#include <stdbool.h>
#include <stddef.h>

#define RI_INITRAMFS_TOOLS "initramfs-tools"
#define RI_INITRAMFS_DRACUT "dracut"

enum {
	RI_INITRAMFS_WHOLE_MAX = 3,
	RI_INITRAMFS_HOOKS_MAX = 3,
};

/** Where ramimg's scripts go in an initrd. */
struct ri_initramfs_hook {
	const char *script;
	const char *diskless; /* what a boot without a disk takes besides; NULL: nothing */
};

/** A generator; its lists end with NULL, and each may be empty. Nothing in it is to be freed. */
struct ri_initramfs {
	const char *name;
	const char *installed[3]; /* absolute paths in a guest: any of them tells */
	const char *packed[4];    /* names in an initrd: it, or something below it, tells */
	/* What an initrd has to hold to be extended: all of these, and the directory of a hook. */
	const char *whole[RI_INITRAMFS_WHOLE_MAX + 1];
	/* The first counts whose script's directory is there. Without one: not extended. */
	struct ri_initramfs_hook hook[RI_INITRAMFS_HOOKS_MAX + 1];
	const char *cmdline; /* behind the guest's own arguments on the kernel line */
	/* There as well, of a boot without a disk (build --diskless); NULL: nothing. */
	const char *diskless;
	const char *rebuild; /* the command that makes the guest's initrd anew */
};

/**
 * The generator number @i of those that ramimg knows, in the order in which a guest is searched for
 * them (the first that is found counts). Sources: the Debian packages' own lists of files;
 * initramfs-tools(7), dracut(8), dracut.modules(7), mkinitcpio(8), booster(1), mkinitfs(1),
 * tiny-initramfs(8).
 * @return NULL behind the last.
 */
const struct ri_initramfs *ri_initramfs_get(size_t i);

/** The generator of that name whose initramfs ramimg extends. @return NULL: none. */
const struct ri_initramfs *ri_initramfs_find(const char *name);

/**
 * The name of the generator that puts the entry @name ("usr/lib/dracut/hooks") into what it makes.
 * initramfs-tools has no such entry of its own. @return NULL: none that is known.
 */
const char *ri_initramfs_of_entry(const char *name);

/** Whether @name is the directory in which @script lies, that of a row's hook. */
bool ri_initramfs_is_hook_dir(const char *name, const char *script);
