// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The kernels of a guest: which of them have all that they need to boot the RAM root, and why the others do not.
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

/** One that lacks something: half removed, or half installed. */
struct ri_kernel_passed {
	char *version; /* its first 100 bytes */
	char *why;     /* "/boot/vmlinuz-6.1.0-57-amd64 has no initrd" */
};

struct ri_kernels {
	struct ri_kernel
	    *v; /* newest first, as update-grub orders them; but see ri_kernels_prefer */
	size_t n;
	struct ri_kernel_passed *passed; /* newest first */
	size_t passed_n;
};

/** A file of /boot. */
struct ri_boot_file {
	const char *name; /* without the directory */
	unsigned long long size;
};

/**
 * Whether @v may be the version of a kernel: of the characters [A-Za-z0-9._+~-], no dot in front, and none of the
 * copies that update-grub ignores (grub_file_is_not_garbage in grub-mkconfig_lib).
 */
bool ri_kernel_is_version(const char *v);
/** Whether kernel @a is newer than @b in ri_kernels_find's order. */
bool ri_kernel_is_newer(const char *a, const char *b);

/**
 * Pair up vmlinuz-V, of at most RI_KERNEL_BYTES_MAX, with initrd.img-V, initrd-V.img or initramfs-V.img
 * (neither empty), and a directory V among
 * @modules. The RAM initrd (initrd.img-ramboot) and names with characters outside [A-Za-z0-9._+~-]
 * are ignored, as are *.dpkg-*, *.bak, *.old, *.sig. In the order, -rc3 and its like (pre, test,
 * git, old, trunk) come before the release, as grub-mkconfig_lib's version_test_gt has it; beyond
 * that it is ri_version_cmp's. What has an image and lacks another part is passed over, and so is a directory
 * among @modules whose name begins with a digit and that has no image.
 *
 * @return 0 with at least one kernel; -1 with RI_E_UNSUPPORTED whose message says what was there
 *         and what was missing ("no kernel in /boot", "/boot/vmlinuz-6.1.0-9-amd64 has no initrd"),
 *         RI_E_NOMEM.
 */
int ri_kernels_find(const struct ri_boot_file *files, size_t n, const struct ri_strv *modules,
    struct ri_kernels *out, struct ri_err *e) RI_MUST_CHECK;
/** The initrd among @files that belongs to the kernel @version, by its name; NULL: none. */
const struct ri_boot_file *ri_kernels_initrd(const struct ri_boot_file *files, size_t n,
    const char *version);

/** Put kernel @version first. @return false, with @k as it was: it is not among those that can be used. */
bool ri_kernels_prefer(struct ri_kernels *k, const char *version);
/**
 * Say that ri_kernels_prefer did not find @version, why, and which there are.
 * @return -1 RI_E_UNSUPPORTED, RI_E_NOMEM.
 */
int ri_kernels_refuse(const struct ri_kernels *k, const char *version, struct ri_err *e);
void ri_kernels_free(struct ri_kernels *k);
