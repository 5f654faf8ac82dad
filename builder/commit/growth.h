// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * How much an image file grows at most when parts of its disk are written to. A qcow2 or a vmdk
 * allocates whole clusters, and a qcow2 tables for them. Sources: QEMU docs/interop/qcow2.txt; VMware,
 * "Virtual Disk Format 5.0", where a cluster is a grain and the tables are there from the beginning.
 */
#include "base/buf.h"

#include <stdint.h>

struct ri_growth {
	uint64_t cluster; /* bytes that are allocated together */
	uint64_t
	    per_table; /* bytes of the disk for which there is one table; 0: there is no need of one */
	bool anew;     /* clusters that hold data are allocated anew as well: of a snapshot */
	uint64_t clusters, tables;         /* so far */
	uint64_t next_cluster, next_table; /* behind the last that was counted */
};

/**
 * Nothing yet, of an image of @format ("qcow2" or "vmdk") whose file is @fd.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM, RI_E_UNSUPPORTED.
 */
int ri_growth_of(int fd, const char *format, struct ri_growth *out, struct ri_err *e) RI_MUST_CHECK;
/** @n bytes at @at will be written; not before what was counted already, by clusters. */
void ri_growth_add(struct ri_growth *g, uint64_t at, uint64_t n);
/** The bytes that the file grows by at most. */
uint64_t ri_growth_bytes(const struct ri_growth *g);
