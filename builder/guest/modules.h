// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The modules that a guest's kernel needs to mount a squashfs image in RAM below an overlay: loop, squashfs and overlay, and
 * what they need in turn. They come from the guest, as only its own kernel's fit, and go into its initrd
 * decompressed, as ramload gives them to finit_module(2); a signature, which is at the end of a module, stays there.
 */
#include "guest/guest.h"
#include "os/kernel_modules.h"

/** Where they are in the initrd, and bytes of all of them together. */
#define RI_MODULES_DIR "ramimg/modules/"
#define RI_MODULES_BYTES_MAX ((size_t)64 << 20)

struct ri_module {
	char member[sizeof RI_MODULES_DIR + 3 + RI_MODULES_NAME_MAX +
		    3]; /* "ramimg/modules/00-loop.ko" */
	char *path;     /* in the guest */
	struct ri_buf bytes;
};

/** In the order in which they are loaded. Zero-initialise it. */
struct ri_modules {
	struct ri_module v[RI_MODULES_FILES_MAX];
	size_t n; /* 0: the kernel needs none */
	/* Of all files: more than they take once they are loaded, as the kernel keeps neither relocations nor what is
	 * run once, and about what they take in the initrd until it is freed. */
	uint64_t bytes;
};
void ri_modules_free(struct ri_modules *m);

/** What the manifest calls a module: "00-loop.ko". */
static inline const char *ri_module_name(const struct ri_module *m)
{
	return m->member + strlen(RI_MODULES_DIR);
}

/**
 * Which files of the guest its kernel @version (ri_kernel_is_version) needs for an image compressed by @compression,
 * "gzip", "zstd" or "lz4"; their paths are relative to /lib/modules/VERSION. Where the guest has the
 * kernel's configuration, that counts too.
 * @return 0; -1 RI_E_UNSUPPORTED: the kernel cannot, for want of a module or by its configuration; RI_E_GUEST, RI_E_BUDGET as
 *         ri_module_files_find; RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_modules_find(struct ri_guest *g, const char *version, const char *compression,
    struct ri_module_files *out, struct ri_err *e) RI_MUST_CHECK;
/**
 * The same with the files' content. What is compressed is decompressed by a process of its own (parse/module.h); all are
 * relocatable files for x86-64, of which nothing but the head is looked at.
 * @return 0 with *@out for ri_modules_free; -1 as ri_modules_find; RI_E_GUEST too for a file that is missing, damaged or
 *         no module; RI_E_BUDGET for one of more than RI_MODULE_BYTES_MAX, or for all of more than RI_MODULES_BYTES_MAX.
 */
int ri_modules_fetch(struct ri_guest *g, const char *version, const char *compression,
    struct ri_modules *out, struct ri_err *e) RI_MUST_CHECK;
