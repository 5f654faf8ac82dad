// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The beginning of a vmdk file, as far as it says which other files QEMU opens with it, and whether
 * it can be overwritten. Source: VMware, "Virtual Disk Format 5.0"; QEMU block/vmdk.c for what of it
 * QEMU heeds.
 */
#include "base/buf.h"

#include <stdint.h>

struct ri_vmdk {
	struct ri_span kind;  /* createType, in the head: "monolithicSparse"; empty: not said */
	struct ri_span other; /* a file that holds data of it, in the head; empty: none is named */
	bool one_file;        /* all of its data is in this file */
	bool parent;          /* it names a file that it builds on */
	bool in_place;        /* what is in it can be overwritten, by QEMU */
	uint64_t grain;       /* bytes that are allocated together; 0: not said */
};

/**
 * Read the header or descriptor at the beginning of @head, the first 64 KiB of a file or all of it.
 * @return 0; -1 RI_E_UNSUPPORTED: no vmdk, or cut short. Whatever QEMU opens another file for is
 *         not told as one file without a parent.
 */
int ri_vmdk_parse(struct ri_span head, struct ri_vmdk *out, struct ri_err *e) RI_MUST_CHECK;
