// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Entries with fields of their own for systemd's journal, by its native protocol: a datagram of FIELD=VALUE lines, or for
 * a value that has several lines FIELD, a line end, its length in 64 bits with the lowest first, the value, a line end
 * (systemd.io, "Native Journal Protocol"). Nothing of it takes memory that has to be there.
 */
#include "base/buf.h"
#include "base/log.h"

#include <sys/un.h>

/** A way to the journal; zero-initialise it. */
struct ri_journal {
	int fd; /* 0: there is none */
	struct sockaddr_un to;
	const char *command; /* the field RAMIMG_COMMAND; NULL: none */
	unsigned vmid;       /* the field VMID; 0: none */
};

/**
 * Whether the descriptor @fd leads to the journal: @stream, the environment's JOURNAL_STREAM or NULL, is its device and
 * inode (systemd.exec(5)). Then what is written to it becomes entries without fields.
 */
bool ri_journal_is(int fd, const char *stream);

/** Open the way to the journal of the host whose root directory is @root ("" on a real one). @return whether there is one. */
bool ri_journal_open(const char *root, struct ri_journal *out);
void ri_journal_close(struct ri_journal *j);

/** Send @text, which may have several lines, as one entry. @return whether the journal has taken it. */
bool ri_journal_send(const struct ri_journal *j, enum ri_level level, struct ri_span text);
