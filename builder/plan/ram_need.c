// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/ram_need.h"
#include "format/loader_memory.h"
#include "plan/drift.h"

#define MIB ((uint64_t)1 << 20)
/* Physical addresses have 46 bits with four levels of page tables. */
#define MOST (UINT64_C(1) << 46)

/*
 * SeaBIOS and the machine keep half a MiB, OVMF 6.5 in the memory map. With Secure Boot, and on Proxmox
 * VE's q35 with any OVMF of 4 MiB, that runs in system management mode: 16 MiB of its own at the end of the RAM (QEMU,
 * hw/pci-host/q35.c, extended-tseg-mbytes; 64 in machines from 10.2 on), and 15 to 18 in which its drivers lie, for a
 * resume from S3 (edk2, OvmfPkg/OvmfPkgX64.fdf, PEIFV and DXEFV). With Debian 13's edk2 that is 38.2 together, with
 * Debian 12's 35.1; the keys and shim take 1.3 more.
 */
#define SEABIOS MIB
#define OVMF (40 * MIB)
/*
 * Slabs, stacks, page tables, modules and the initramfs' programs, when the loader begins: 38 to 42 with
 * initramfs-tools' scripts, 50 where systemd runs in the initramfs (Debian 13's dracut, with OVMF).
 */
#define RUNNING (56 * MIB)
/* A kernel whose image does not say it. */
#define KERNEL (64 * MIB)
/* Its per-CPU areas, threads, slabs' CPU lists: 1 to 1.5 for each beyond the first. */
#define PER_CPU (2 * MIB)
/*
 * QEMU leaves a hole below 4 GiB: with more than this (q35's 2.75 GiB, less what follows from it) there is
 * RAM above it. Linux then has a third zone, and sets up swiotlb's bounce buffer
 * (arch/x86/kernel/pci-dma.c, pci_swiotlb_detect; IO_TLB_DEFAULT_SIZE).
 */
#define HOLE (2624 * MIB)
#define SWIOTLB (64 * MIB)
/* The zone below 16 MiB, and the share of the higher zones that a lower one is kept free for. */
#define DMA (16 * MIB)
#define LOWMEM 256

/** Sums that stay at UINT64_MAX rather than begin again at 0. */
static uint64_t plus(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static uint64_t least_of(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * What grows with @memory and is gone from the beginning: struct page is 64 bytes a page of 4096; the dentry and
 * inode hash tables have 8 bytes for each 8 and 16 KiB, rounded up to a power of two (fs/dcache.c,
 * fs/inode.c, alloc_large_system_hash): at most twice that.
 */
static uint64_t of_memory(uint64_t memory)
{
	return memory / 64 + memory / 512 + memory / 1024 + (memory > HOLE ? SWIOTLB : 0);
}

/* The kernel, before any file. */
static uint64_t kernel(const struct ri_ram_parts *p, unsigned cpus, uint64_t memory)
{
	uint64_t all = plus(plus(p->kernel, p->firmware), RUNNING);

	return plus(plus(all, (uint64_t)(cpus > 1 ? cpus - 1 : 0) * PER_CPU), of_memory(memory));
}

/*
 * What nobody is given. The zones' watermark "min": 11 blocks of 2 MiB for each zone with transparent huge
 * pages, and at most a twentieth of all (mm/khugepaged.c, set_recommended_min_free_kbytes). And what a lower zone has
 * for who needs such addresses: 1/256 of what is above it (mm/page_alloc.c, sysctl_lowmem_reserve_ratio,
 * setup_per_zone_lowmem_reserve), in the lowest one no more than its 16 MiB.
 */
static uint64_t kept(uint64_t memory)
{
	uint64_t low = least_of((memory > HOLE ? 66 : 44) * MIB, memory / 20);

	return low + least_of(memory / LOWMEM, DMA) +
	       (memory > HOLE ? (memory - HOLE) / LOWMEM : 0);
}

/* What the loader looks for beside the tree (loader/ramneed.h). */
static uint64_t beside(const struct ri_ram_parts *p, unsigned cpus, uint64_t memory)
{
	struct ri_loader_size own =
	    p->image ? ri_loader_image_size(cpus) : ri_loader_size(p->loader, cpus);
	uint64_t load = plus(own.bytes, kept(memory));
	uint64_t goes = plus(p->initrd_kept, p->image ? 0 : p->brought);
	uint64_t later = p->reserve - least_of(p->reserve, goes);

	return load > later ? load : later;
}

/*
 * Three quarters of what the kernel wants first stay: code, data, bss. What initialises it, and the paddings
 * between pages of different protection, it frees (arch/x86/mm/init_64.c, mark_rodata_ro; free_initmem).
 */
static uint64_t staying(uint64_t kernel_bytes)
{
	return kernel_bytes > 0 ? kernel_bytes / 4 * 3 : KERNEL;
}

bool ri_ram_parts_of(const struct ri_manifest *m, struct ri_ram_parts *out)
{
	*out = (struct ri_ram_parts){ .root = m->tmpfs_bytes,
		.firmware = m->uefi ? OVMF : SEABIOS,
		.kernel = staying(m->kernel_bytes),
		.initrd_packed = m->initrd_bytes,
		.initrd_unpacked = m->initrd_unpacked_bytes,
		.initrd_kept = ri_manifest_initrd_kept(m),
		.loader = m->loader_bytes,
		.reserve = m->reserve_bytes,
		.brought = ri_manifest_brought(m),
		.image = m->form != NULL };
	/* Of an image it limits what is written above it. */
	if (!m->form && m->tmpfs_size && strchr(m->tmpfs_size, '%'))
		out->tmpfs_percent = (unsigned)strtoul(m->tmpfs_size, NULL, 10);
	return m->initrd_unpacked_bytes > 0;
}

int ri_ram_parts_recorded(struct ri_span record, struct ri_ram_parts *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest m = { 0 };
	int rc = ri_drift_manifest(record, &m, e);

	return rc > 0 ? ri_ram_parts_of(&m, out) : rc;
}

/* What a machine of @memory must have. Grows with it, by less than it does. */
static uint64_t need(const struct ri_ram_parts *p, unsigned cpus, uint64_t memory)
{
	uint64_t begin = kernel(p, cpus, memory), load = begin;

	load = plus(load, plus(p->root, p->initrd_kept));
	load = plus(load, plus(beside(p, cpus, memory), p->brought));
	begin = plus(begin, plus(p->initrd_packed, p->initrd_unpacked));
	/* An archive in it is not made smaller by being packed: once as the file, once in the initramfs. */
	begin = plus(begin, plus(p->brought, p->brought));
	return begin > load ? begin : load;
}

/* Where the root may only take a part of the RAM, which is @memory without the kernel's own. */
static bool is_within(const struct ri_ram_parts *p, uint64_t memory)
{
	uint64_t gone = plus(plus(p->kernel, p->firmware), of_memory(memory));

	return p->tmpfs_percent == 0 ||
	       (memory > gone && p->root / p->tmpfs_percent < (memory - gone) / 100);
}

uint64_t ri_ram_least_mib(const struct ri_ram_parts *p, unsigned cpus)
{
	uint64_t memory = 0, next = need(p, cpus, MIB);

	while (next > memory && next <= MOST) {
		memory = (next + MIB - 1) / MIB * MIB;
		next = need(p, cpus, memory);
		if (next <= memory && !is_within(p, memory))
			next = memory + memory / 1024 + MIB;
	}
	return next > MOST ? 0 : memory / MIB;
}

uint64_t ri_ram_used(const struct ri_ram_parts *p, unsigned cpus, uint64_t memory)
{
	return plus(kernel(p, cpus, memory), plus(p->root, p->image ? p->brought : 0));
}

void ri_ram_need_of(const struct ri_manifest *m, struct ri_ram_need *out)
{
	struct ri_ram_parts parts;
	uint64_t two;

	ri_ram_parts_of(m, &parts);
	out->least = ri_ram_least_mib(&parts, 1);
	two = ri_ram_least_mib(&parts, 2);
	out->cpu = two > out->least ? two - out->least : 0;
	out->used = ri_ram_used(&parts, 1, out->least * MIB);
}

void ri_ram_need_of_other(const struct ri_manifest *m, uint64_t tree_bytes, struct ri_ram_need *out)
{
	static char compressed[] = RI_FORM_COMPRESSED;
	struct ri_manifest other = *m; /* borrowed */

	other.form = m->form ? NULL : compressed;
	other.tmpfs_bytes = m->form ? tree_bytes : plus(m->archive_bytes, RI_RAM_MOUNTING);
	other.tmpfs_size = NULL;
	if (m->form)
		other.loader_bytes = RI_LOADER_BYTES;
	ri_ram_need_of(&other, out);
}
