// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Which kernel boots the RAM root: the newest that has its initrd and its modules.
 */
#include "base/strv.h"

#include <stdint.h>

/** Bytes of a kernel that is used: ten times a distribution's, with an initramfs built in. */
#define RI_KERNEL_BYTES_MAX ((uint64_t)256 << 20)

struct ri_kernel {
	char *version; /* "6.1.0-56-amd64" */
	char *image;   /* "/boot/vmlinuz-6.1.0-56-amd64" */
	char *initrd;  /* "/boot/initrd.img-6.1.0-56-amd64" */
};

struct ri_kernels {
	struct ri_kernel *v; /* newest first, as update-grub orders them */
	size_t n;
};

/** A file of /boot. */
struct ri_boot_file {
	const char *name; /* without the directory */
	unsigned long long size;
};

/**
 * Pair up vmlinuz-V, of at most RI_KERNEL_BYTES_MAX, with initrd.img-V or initrd-V.img (neither empty), and a directory V among
 * @modules. The RAM initrd (initrd.img-ramboot) and names with characters outside [A-Za-z0-9._+~-]
 * are ignored, as are *.dpkg-*, *.bak, *.old, *.sig. In the order, -rc3 and its like (pre, test,
 * git, old, trunk) come before the release, as grub-mkconfig_lib's version_test_gt has it; beyond
 * that it is ri_version_cmp's.
 *
 * @return 0 with at least one kernel; -1 with RI_E_UNSUPPORTED whose message says what was there
 *         and what was missing ("no kernel in /boot", "/boot/vmlinuz-6.1.0-9-amd64 has no initrd"),
 *         RI_E_NOMEM.
 */
int ri_kernels_find(const struct ri_boot_file *files, size_t n, const struct ri_strv *modules,
    struct ri_kernels *out, struct ri_err *e) RI_MUST_CHECK;
void ri_kernels_free(struct ri_kernels *k);
