// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * From an archive on a mounted disk to a root in RAM, or back to the disk as if nothing had
 * happened.
 */
#include "loader/cons.h"
#include "loader/status.h"

#include "format/manifest.h"

/** Every path that the loader uses; tests set them all. */
struct ri_load_opts {
	const char *manifest;     /* /ramimg/manifest */
	const char *root;         /* where the disk's root is mounted and the RAM root will be */
	const char *aside;        /* where the disk's root goes meanwhile */
	const char *archive_root; /* mount point of the archive's file system; NULL: the root's */
	const char *archive;      /* the archive itself, instead of the manifest's path */
	const char *status;       /* /run/ramimg/status */
	const char *proc, *sys, *dev;
	const char *meminfo, *mountinfo;
	const char *stall;     /* seconds without any work after which the unpacking is stuck */
	const char *lvm;       /* the program that deactivates volume groups */
	const char *initramfs; /* root of the initramfs */
	const char *ours;      /* /ramimg, where the initrd has what is the loader's */
	const char *layers;    /* where the compressed form's layers are mounted meanwhile */
	bool no_mount;         /* unpack into root as it is: for tests */
};

/** Read and parse the manifest; its loader_bytes are then those that unpacking takes with the CPUs of this machine. @return 0; -1 RI_E_IO, RI_E_CONFIG, RI_E_NOMEM. */
int ri_load_manifest(const struct ri_load_opts *o, struct ri_manifest *m,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Decline or do it: check RAM and archive, move the disk's root aside, mount the tmpfs, unpack in
 * a process of its own, unmount the disk. On failure all of that is taken back. Fills @s.
 * @return 0: the root is in RAM; -1: it is on disk as before, or with RI_E_COMMIT could not be put
 * back.
 */
int ri_load(const struct ri_load_opts *o, const struct ri_manifest *m, struct ri_cons *cons,
    struct ri_status *s, struct ri_err *e) RI_MUST_CHECK;
