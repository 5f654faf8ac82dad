// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Whether the machine's RAM holds the root, decided before anything is mounted.
 */
#include "format/manifest.h"

struct ri_meminfo {
	uint64_t total;     /* bytes: MemTotal of /proc/meminfo */
	uint64_t available; /* MemAvailable of it, or by ri_zoneinfo_take what is free */
	uint64_t
	    keeps; /* of that, what the kernel gives to nobody; 0 as long as it is MemAvailable */
};

/** Read the two figures. @return 0; -1 RI_E_IO where one is missing or malformed. */
int ri_meminfo_parse(struct ri_span in, struct ri_meminfo *out, struct ri_err *e) RI_MUST_CHECK;
/**
 * Take what is free from the text of /proc/zoneinfo instead, if it is one. MemAvailable leaves out the pages that
 * each CPU has on its lists, up to 55 MiB of those freed last, and all up to the zones' "high", which is one and a half
 * times what the kernel keeps (mm/page_alloc.c: free_unref_page_commit, calculate_totalreserve_pages, __setup_per_zone_wmarks;
 * si_mem_available). An allocation takes what is on its own CPU's list, drains those of all CPUs once reclaim has freed
 * something and that was not enough (__alloc_pages_direct_reclaim), and goes down to the zones' "min"; in a zone below its
 * own also by what "protection" says (lowmem_reserve in __zone_watermark_ok): a part of the zones above, so that there may
 * be something left for who needs low addresses. A tmpfs' pages are of the highest zone there is.
 */
void ri_zoneinfo_take(struct ri_span in, struct ri_meminfo *mem);
/**
 * How many bytes a tmpfs mounted with size=@size may hold on a machine with @total bytes of RAM;
 * a percentage is of the RAM, as tmpfs(5) has it.
 * @return 0; -1 RI_E_CONFIG (not a size).
 */
int ri_tmpfs_limit(const char *size, uint64_t total, uint64_t *out, struct ri_err *e) RI_MUST_CHECK;
/**
 * Decide: the tree fits into what is available, with the loader's own @own bytes meanwhile and the reserve
 * afterwards, when those are free again, and into the tmpfs' limit. @return 0; -1 RI_E_BUDGET with the figures, RI_E_CONFIG.
 */
int ri_ramneed_check(const struct ri_manifest *m, const struct ri_meminfo *mem, uint64_t own,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Append the tmpfs' mount options: mode, size, and inodes enough for the tree and what comes. Of a
 * foreign archive nobody knows what it needs: size and inodes are such that the tree, the loader's
 * own @own bytes or the reserve, whichever is more, stay within what is available. For what ri_ramneed_check accepted.
 */
void ri_tmpfs_options(const struct ri_manifest *m, const struct ri_meminfo *mem, uint64_t own,
    struct ri_buf *out);
