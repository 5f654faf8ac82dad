// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/ramneed.h"
#include "format/size.h"

#include <inttypes.h>

enum { PAGE = 4096 };
/* An inode of a foreign tree with its name, a link's target and some attributes; see
 * pack/tmpfs_need.h. size= limits none of that. */
enum { FOREIGN_INODE = 2048, FOREIGN_INODES_PART = 8 };

/** "MemTotal:       24684092 kB" → bytes. */
static bool take_kb(struct ri_span line, const char *key, uint64_t *out)
{
	size_t n = strlen(key);
	uint64_t v = 0;
	bool any = false;

	if (!ri_span_starts(line, key))
		return false;
	line = ri_span_trim(ri_span(line.p + n, line.n - n));
	for (; line.n > 0 && line.p[0] >= '0' && line.p[0] <= '9'; line.p++, line.n--, any = true)
		if (__builtin_mul_overflow(v, (uint64_t)10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(line.p[0] - '0'), &v))
			return false;
	return any && ri_span_eq(line, ri_str(" kB")) &&
	       !__builtin_mul_overflow(v, (uint64_t)1024, out);
}

int ri_meminfo_parse(struct ri_span in, struct ri_meminfo *out, struct ri_err *e)
{
	struct ri_meminfo found = { 0 };
	bool total = false, available = false;
	struct ri_span line;

	while (ri_span_line(&in, &line)) {
		total |= take_kb(line, "MemTotal:", &found.total);
		available |= take_kb(line, "MemAvailable:", &found.available);
	}
	if (!total || !available)
		return ri_fail(e, RI_E_IO, 0, "%s is missing", total ? "MemAvailable" : "MemTotal");
	*out = found;
	return 0;
}

/** A number of pages at the beginning of @in, which shrinks by it. @return 0 where there is none that is one. */
static uint64_t take_pages(struct ri_span *in)
{
	uint64_t v = 0;
	bool fits = true;

	for (; in->n > 0 && in->p[0] >= '0' && in->p[0] <= '9'; in->p++, in->n--)
		fits = fits && !__builtin_mul_overflow(v, (uint64_t)10, &v) &&
		       !__builtin_add_overflow(v, (uint64_t)(in->p[0] - '0'), &v);
	return fits && v < UINT64_MAX / PAGE ? v : 0;
}

/** "nr_inactive_file 17" → 17, added to @sum. */
static void add_pages(struct ri_span line, const char *key, uint64_t *sum)
{
	size_t n = strlen(key);
	uint64_t v;

	line = ri_span_trim(line);
	if (!ri_span_starts(line, key))
		return;
	line = ri_span_trim(ri_span(line.p + n, line.n - n));
	v = take_pages(&line);
	if (line.n == 0 && v < UINT64_MAX / PAGE - *sum)
		*sum += v;
}

/** "protection: (0, 2945, 15952, 15952)" → 15952, the largest, added to @sum. */
static void add_protection(struct ri_span line, uint64_t *sum)
{
	static const char key[] = "protection: (";
	uint64_t most = 0, v;

	line = ri_span_trim(line);
	if (!ri_span_starts(line, key))
		return;
	for (line = ri_span(line.p + strlen(key), line.n - strlen(key)); line.n > 0;) {
		v = take_pages(&line);
		most = v > most ? v : most;
		for (; line.n > 0 && (line.p[0] < '0' || line.p[0] > '9'); line.p++, line.n--)
			;
	}
	if (most < UINT64_MAX / PAGE - *sum)
		*sum += most;
}

/* Of one zone, in pages. */
struct zone {
	uint64_t free, cached, kept;
};

/** The zone is read: what it gives to nobody is at most what is free in it. */
static void end_zone(struct zone *z, uint64_t *pages, uint64_t *kept)
{
	*kept += z->kept < z->free ? z->kept : z->free;
	*pages += z->free + z->cached;
	*z = (struct zone){ 0 };
}

void ri_zoneinfo_take(struct ri_span in, struct ri_meminfo *mem)
{
	uint64_t pages = 0, kept = 0;
	struct zone z = { 0 };
	struct ri_span line;

	while (ri_span_line(&in, &line)) {
		if (ri_span_starts(line, "Node "))
			end_zone(&z, &pages, &kept);
		/* Free ones, those on CPUs' lists, and the page cache, but for what is in use (mlocked, rootfs). */
		add_pages(line, "pages free ", &z.free);
		add_pages(line, "count: ", &z.free);
		add_pages(line, "nr_inactive_file ", &z.cached);
		add_pages(line, "nr_active_file ", &z.cached);
		add_pages(line, "min ", &z.kept);
		add_protection(line, &z.kept);
	}
	end_zone(&z, &pages, &kept);
	if (pages == 0 || pages > UINT64_MAX / PAGE)
		return;
	mem->available = pages * PAGE;
	mem->keeps = kept * PAGE;
}

/*
 * What there must be beside the tree: first for the loader, and then for the guest, which has what the initramfs
 * takes by then: whoever leaves it deletes its files (run-init of klibc, switch_root of util-linux and systemd).
 */
static uint64_t beside(const struct ri_manifest *m, const struct ri_meminfo *mem, uint64_t own)
{
	uint64_t load, later = ri_manifest_initrd_kept(m);

	/* Of the compressed form it stays, mounted. */
	if (!m->form && __builtin_add_overflow(later, ri_manifest_brought(m), &later))
		later = UINT64_MAX;
	if (__builtin_add_overflow(own, mem->keeps, &load))
		load = UINT64_MAX;
	later = m->reserve_bytes > later ? m->reserve_bytes - later : 0;
	return load > later ? load : later;
}

int ri_tmpfs_limit(const char *size, uint64_t total, uint64_t *out, struct ri_err *e)
{
	uint64_t percent;

	if (ri_tmpfs_size_check(size, e) < 0)
		return ri_ctx(e, "tmpfs size");
	if (!strchr(size, '%'))
		return ri_size_parse(size, out, e);
	percent = strtoull(size, NULL, 10);
	/* The order keeps an exact page count without overflow, whatever the machine has. */
	*out = total / PAGE * percent / 100 * PAGE;
	return 0;
}

static uint64_t mib_up(uint64_t bytes)
{
	return (bytes >> 20) + ((bytes & 0xfffff) != 0);
}

int ri_ramneed_check(const struct ri_manifest *m, const struct ri_meminfo *mem, uint64_t own,
    struct ri_err *e)
{
	uint64_t limit, all, spare = beside(m, mem, own);

	if (ri_tmpfs_limit(m->tmpfs_size, mem->total, &limit, e) < 0)
		return -1;
	/* Of a compressed root it limits what is written above it. */
	if (!m->form && m->tmpfs_bytes > limit)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "not enough room in the tmpfs: needs %" PRIu64 " MiB, size=%s is %" PRIu64
		    " MiB",
		    mib_up(m->tmpfs_bytes), m->tmpfs_size, limit >> 20);
	if (__builtin_add_overflow(m->tmpfs_bytes, spare, &all) || all > mem->available)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "not enough RAM: needs %" PRIu64 " MiB and %" PRIu64 " MiB to spare, %" PRIu64
		    " MiB available",
		    mib_up(m->tmpfs_bytes), mib_up(spare), mem->available >> 20);
	return 0;
}

static void foreign_options(const struct ri_manifest *m, const struct ri_meminfo *mem, uint64_t own,
    struct ri_buf *out)
{
	uint64_t room = mem->available - beside(m, mem, own);
	uint64_t for_inodes = room / FOREIGN_INODES_PART, size = room - for_inodes, limit;
	struct ri_err none;

	if (ri_tmpfs_limit(m->tmpfs_size, mem->total, &limit, &none) == 0 && limit < size)
		size = limit;
	/* The kernel would round up. */
	ri_buf_addf(out, "mode=0755,size=%" PRIu64 ",nr_inodes=%" PRIu64, size / PAGE * PAGE,
	    for_inodes / FOREIGN_INODE);
}

void ri_tmpfs_options(const struct ri_manifest *m, const struct ri_meminfo *mem, uint64_t own,
    struct ri_buf *out)
{
	/* The kernel's own default, an inode for every second page, unless the tree needs more; an
	 * inode takes memory only once it is used. */
	uint64_t usual = mem->total / PAGE / 2, need;
	/* A tmpfs counts every hard link (shmem_link in mm/shmem.c), which is an entry of its own. */
	uint64_t tree = m->entries > m->inodes ? m->entries : m->inodes;

	if (m->foreign) {
		foreign_options(m, mem, own, out);
		return;
	}
	if (__builtin_add_overflow(tree, tree / 2, &need) ||
	    __builtin_add_overflow(need, (uint64_t)65536, &need))
		need = usual;
	ri_buf_addf(out, "mode=0755,size=%s,nr_inodes=%" PRIu64, m->tmpfs_size,
	    need > usual ? need : usual);
}
