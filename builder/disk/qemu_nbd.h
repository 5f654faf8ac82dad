// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A disk that is not raw as an NBD export of qemu-nbd, so that who reads or writes it need not know its
 * format.
 *
 * The export has one client, over a socket that nobody else can reach: its name is removed before
 * the program starts. The program ends with that client, and with the thread that started it, so
 * that none is left behind if a process is killed.
 */
#include "host/tool.h"

struct ri_qemu_nbd;

struct ri_qemu_nbd_opts {
	const char *path;
	struct ri_tool tool; /* all that the program has to open, @path among it */
	const char *format;  /* "qcow2", "vmdk", as QEMU calls it; never probed */
	const char
	    *dir; /* a directory that only this user can access; the socket is in it for a moment */
	bool share; /* another QEMU has it open for writing, but does not write */
	bool alone; /* without its backing file: what it does not hold reads as zeros */
	bool write; /* the export can be written to */
};

/**
 * Start the export and wait until it is ready.
 * @return 0; -1 RI_E_IO with what the program said, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_qemu_nbd_start(const struct ri_qemu_nbd_opts *o, struct ri_qemu_nbd **out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * The connected socket, for ri_image_nbd here or in another process; once, the caller closes it.
 */
int ri_qemu_nbd_steal_fd(struct ri_qemu_nbd *x);
/**
 * End the program and wait for it; NULL is fine. What was written and not flushed may be lost, unless its
 * client has disconnected.
 */
void ri_qemu_nbd_closep(struct ri_qemu_nbd **x);
