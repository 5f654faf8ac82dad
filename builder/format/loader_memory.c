// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/loader_memory.h"

/*
 * What is not for units: the input, a zstd window of 8 MiB, decoders, the tar reader's buffers, files on their way to the
 * second writing thread, the list of directories.
 */
#define FIXED_BYTES ((uint64_t)24 << 20)
#define UNIT_BYTES ((uint64_t)RI_UNIT_PACKED + RI_UNIT_CONTENT)
#define CPUS_MOST 1024
/* Stacks, and the hashes: 32 bytes for each MiB. */
#define IMAGE_FIXED_BYTES ((uint64_t)2 << 20)

struct ri_loader_size ri_loader_size(uint64_t limit, unsigned cpus)
{
	uint64_t room = limit > FIXED_BYTES ? (limit - FIXED_BYTES) / UNIT_BYTES : 0;
	struct ri_loader_size s = { .threads = cpus < 2 ? 2 : cpus };

	if (s.threads > CPUS_MOST)
		s.threads = CPUS_MOST;
	s.units = 2 * s.threads + 4;
	if (s.units > room)
		s.units = room < 2 ? 2 : (unsigned)room;
	if (s.threads > s.units - 1)
		s.threads = s.units - 1;
	s.bytes = FIXED_BYTES + s.units * UNIT_BYTES;
	return s;
}

struct ri_loader_size ri_loader_image_size(unsigned cpus)
{
	struct ri_loader_size s = { .threads = cpus < 2 ? 2 : cpus };

	if (s.threads > RI_IMAGE_THREADS)
		s.threads = RI_IMAGE_THREADS;
	s.units = s.threads;
	s.bytes = IMAGE_FIXED_BYTES + (uint64_t)s.units * RI_IMAGE_PIECE;
	return s;
}
