// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A process that parses what a guest wrote gives up, before the first byte of it, all that it does not
 * need for that: whoever takes it over by a hostile disk can do no more than lie to the process that
 * started it. docs/confinement.md has the table of processes, which a test compares with /proc.
 */
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/** Who a confined process is if it was started by root: nobody, without groups. */
#define RI_CONFINED_ID 65534

/** What one kind of process keeps. */
struct ri_confinement {
	unsigned descriptors;  /* these, from 0 on; all above are closed, and none can be opened */
	int scratch;           /* of them the one that it may fill (disk/scratch.h); -1: none */
	uint64_t memory_bytes; /* of address space (RLIMIT_AS) */
	uint64_t cpu_seconds;  /* RLIMIT_CPU */
};

enum ri_confined {
	RI_CONFINED_READER, /* reader/server.c */
	RI_CONFINED_INITRD, /* parse/initrd_server.c */
	RI_CONFINED_TAR,    /* parse/tar_server.c */
	RI_CONFINED_KINDS,
};
/** By enum ri_confined. */
extern const struct ri_confinement ri_confinements[];

/**
 * Confine this process, which must have one thread, for good. Started by root it becomes nobody, in
 * an empty root directory, without a capability to be had; started by anybody it has no other
 * descriptors, cannot gain privileges or be traced by its like, and can make few system calls
 * (host/syscalls.h). Where memory is short it is the first to be killed.
 * @return 0, *@landlock false where the kernel has none and the rest has to do; -1 RI_E_IO,
 * RI_E_NOMEM: some of it may be in force, and the process must not go on.
 */
int ri_confine(const struct ri_confinement *c, bool *landlock, struct ri_err *e) RI_MUST_CHECK;
