// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Part of the direct reader's process: what libguestfs's inspection would find, or that this is not
 * certain.
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

/**
 * libguestfs's name for the architecture of a program that begins with the bytes @head (its ELF
 * header): a constant string.
 * @return NULL if it is not known.
 */
const char *ri_reader_elf_arch(struct ri_span head);
