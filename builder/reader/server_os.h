// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Private to the direct reader's process: what libguestfs's inspection would find, or that this is
 * not known for certain.
 */
#include "fs/vfs.h"

/** A file system of an fstab: its device, and where it is mounted. */
struct ri_fsmount {
	char *device, *at;
};

struct ri_fsmounts {
	struct ri_fsmount *v;
	size_t n;
};

/** libguestfs's name of the architecture that a program is for, by its ELF header; NULL: not known. */
const char *ri_reader_elf_arch(struct ri_span head);
