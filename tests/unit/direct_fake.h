// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Direct readers for the client's tests.
 */
#include "unit/peer_fake.h"
#include "reader/client_internal.h"
#include "reader/reader.h"

static inline void new_reader(void (*fn)(int fd), struct ri_guest **g)
{
	struct ri_peer peer;
	struct ri_reader *d;
	struct ri_err e;

	new_peer(fn, "the direct reader", &peer);
	assert_int_equal(ri_reader_new(&peer, &d, &e), 0);
	*g = &d->g;
}
