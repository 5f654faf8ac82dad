// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Starting a process that parses what a guest wrote: ramimg itself, with a hidden command.
 */
#include "parse/peer.h"

struct ri_spawn_opts {
	const char *command; /* "read-direct" */
	const char *name;    /* "the direct reader", borrowed by the connection */
	int input;           /* what it reads, borrowed */
	bool shares;         /* it lends large pieces of files in memory that both have */
	int wait_ms;         /* the longest silence before it is given up */
};

/**
 * Start the process and connect to it. It has RI_WIRE_SOCKET, RI_WIRE_INPUT and, if it shares,
 * RI_WIRE_SHARED, no other descriptors but the standard ones, and an empty environment; it confines
 * itself before it reads.
 * @return 0 with *@out for ri_peer_end; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_spawn(const struct ri_spawn_opts *o, struct ri_peer *out, struct ri_err *e) RI_MUST_CHECK;
