// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Which module files of a kernel have to be loaded, and in what order, to have the modules of some names: as modprobe
 * would, from the lists that depmod(8) has left beside them. And whether its squashfs can read an image, by the
 * configuration that it was built with.
 *
 * modules.dep has a row for each module file, "PATH: PATH PATH …", with the files that it needs, of which the last is to
 * be loaded first; modules.builtin a path for each module that is part of the kernel. Paths are relative to
 * the directory of the lists (modules.dep(5), Documentation/kbuild/kbuild.rst). modules.softdep and
 * modules.alias are not read: loop, squashfs and overlay have no soft dependencies, and are asked for by their names.
 */
#include "base/buf.h"

#include <stdint.h>

/** Bytes of each list. */
#define RI_MODULES_TEXT_MAX ((size_t)8 << 20)
/** Files that are loaded. */
#define RI_MODULES_FILES_MAX 32
/** Bytes of a path in a list; of a module's name, as the kernel has it (MODULE_NAME_LEN). */
#define RI_MODULES_PATH_MAX 255
#define RI_MODULES_NAME_MAX 55

struct ri_module_file {
	char name[RI_MODULES_NAME_MAX + 1]; /* as its file is called: "crc-t10dif" */
	char path[RI_MODULES_PATH_MAX +
		  1]; /* relative, clean: "kernel/fs/squashfs/squashfs.ko.xz" */
	bool open;    /* what it needs is being found */
};

/** The files to load, the first first. Zero-initialise it. */
struct ri_module_files {
	struct ri_module_file v[RI_MODULES_FILES_MAX];
	size_t n;
	const char *lacking; /* the first of the names that the kernel has not at all; NULL: none */
};

/** The two lists of a kernel; a missing one is empty. */
struct ri_module_lists {
	struct ri_span dep, builtin;
};

/**
 * Find the files for the modules @names, which NULL ends. In names "-" is as good as "_". What is part of the kernel needs no file; each file
 * comes once, after all that it needs.
 * @return 0; -1 RI_E_GUEST: a row is missing, a path is absolute or leads up, files need each other; RI_E_BUDGET: a
 *         list is too long, too many files. Rows that do not matter are not looked at.
 */
int ri_module_files_find(const struct ri_module_lists *l, const char *const *names,
    struct ri_module_files *out, struct ri_err *e) RI_MUST_CHECK;

/**
 * What the kernel of this configuration (/boot/config-VERSION) was built without, of what its modules do not show and an
 * image compressed by "gzip", "zstd" or "lz4" needs in squashfs and in the tmpfs above it: fs/squashfs/Kconfig,
 * fs/Kconfig.
 * @return "CONFIG_SQUASHFS_ZSTD"; NULL: nothing, or the text is no configuration.
 */
const char *ri_kernel_config_lacks(struct ri_span config, const char *compression);
