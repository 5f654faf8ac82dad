// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * How much memory a VM must have for its root to get into RAM: what Proxmox VE calls `memory:`. The loader
 * decides in the guest, by what is available there (loader/ramneed.h); this says beforehand what
 * will be. The figures were measured by booting Debian 12's Linux 6.1 on x86-64 (docs/running-from-ram.md); other
 * kernels are as near as tests/matrix finds them, which boots each of its guests with the memory named here.
 */
#include "format/manifest.h"

#include <stdbool.h>
#include <stdint.h>

/** What the sum is made of, in bytes; 0 where something is not known or not there. */
struct ri_ram_parts {
	uint64_t root;            /* the tree in its tmpfs, with the kernel's structures for it */
	uint64_t firmware;        /* what the firmware keeps */
	uint64_t kernel;          /* the kernel's image in memory */
	uint64_t initrd_packed;   /* the file that the boot loader loads */
	uint64_t initrd_unpacked; /* what the kernel makes of it */
	uint64_t initrd_kept;     /* of that, what is still there when the root is unpacked */
	uint64_t loader;          /* what the loader may take meanwhile (format/loader_memory.h) */
	uint64_t reserve;         /* what must be free beside the root once the initramfs is gone */
	unsigned tmpfs_percent;   /* that the root may take of the RAM; 0: no limit of that kind */
	uint64_t brought;         /* the archive, where the initrd brings it (build --diskless) */
	bool image; /* the root is of the compressed form: it is copied, not unpacked */
};

/**
 * What the kernel takes to mount an image: the modules, squashfs's caches (of metadata, of fragments, a decompressor and
 * its window for each CPU), the overlay. A part of the manifest's tmpfs_bytes.
 */
#define RI_RAM_MOUNTING ((uint64_t)8 << 20)

/** The parts, as a build left them in its manifest. @return false: it was of a ramimg that left none. */
bool ri_ram_parts_of(const struct ri_manifest *m, struct ri_ram_parts *out);
/**
 * The same, of the @record that a build left on the disk (plan/drift.h). @return 1; 0: it left none;
 * -1 RI_E_NOMEM.
 */
int ri_ram_parts_recorded(struct ri_span record, struct ri_ram_parts *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * The least memory in MiB, with @cpus (0 counts as 1), so that the loader does its work. More is enough, too.
 * @return 0 where no x86-64 machine can have as much.
 */
uint64_t ri_ram_least_mib(const struct ri_ram_parts *p, unsigned cpus);
/** What a build says to whoever has no VM in mind. */
struct ri_ram_need {
	uint64_t least; /* MiB, with one CPU; 0: no machine can have as much */
	uint64_t cpu;   /* MiB more for each CPU beyond the first */
	uint64_t used;  /* bytes of the least, by ri_ram_used */
};

/** Of a build that has just been made: its manifest has all figures. */
void ri_ram_need_of(const struct ri_manifest *m, struct ri_ram_need *out);
/**
 * What the other form of the same root would need, for who chooses: of an image, whose tree takes @tree_bytes in a tmpfs,
 * that; of files in a tmpfs about what an image takes, which is about as long as the archive.
 */
void ri_ram_need_of_other(const struct ri_manifest *m, uint64_t tree_bytes,
    struct ri_ram_need *out);
/**
 * Bytes that are in use of @memory bytes once the root is in RAM and the initramfs gone, before any program of
 * the guest's has begun: kernel and root, without what must be free.
 */
uint64_t ri_ram_used(const struct ri_ram_parts *p, unsigned cpus, uint64_t memory);
