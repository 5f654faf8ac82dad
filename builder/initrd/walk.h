// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Going through all of an initrd the way the kernel does (init/initramfs.c, unpack_to_rootfs): at
 * each place either zeros, a cpio archive (at a multiple of four bytes), or a compressed run of
 * them.
 */
#include "initrd/initrd.h"
#include "initrd/newc.h"

/* An initrd that fits into memory is far smaller. */
#define RI_INITRD_UNPACKED_MAX ((uint64_t)2 << 30)
#define RI_INITRD_ENTRIES_MAX 500000u

/** An archive of the file. */
struct ri_initrd_part {
	enum ri_initrd_comp comp;
	uint64_t index; /* from 0 */
};

struct ri_initrd_visit {
	/** An entry of @part. @return 0; -1 ends the walk. */
	int (*entry)(void *arg, const struct ri_initrd_part *part,
	    const struct ri_newc_entry *entry, struct ri_err *e);
	void *arg;
};

/**
 * Walk @size bytes of @fd. @return 0; -1 RI_E_GUEST (empty, damaged, cut short, too large),
 * RI_E_UNSUPPORTED (a compression that libarchive does not support), RI_E_IO, RI_E_CANCELLED,
 * RI_E_NOMEM, or what the visitor returned.
 */
int ri_initrd_walk(int fd, uint64_t size, const struct ri_initrd_visit *visit,
    struct ri_err *e) RI_MUST_CHECK;
