// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A libguestfs without an appliance: its functions, as far as builder/appliance calls them, answer from a table,
 * note what they were asked to do, and fail at the nth call. All of this folder's tests have it in place of the
 * library; tests/guest has the real one.
 */
#include "appliance/internal.h"

/** The answer of one of its functions, without "guestfs_". Lists have a line for each element. */
struct fake_answer {
	const char *name;
	const char *of; /* the last argument that is a string; NULL: whatever that is */
	const char *answer;
};

struct fake_guestfs {
	size_t left;        /* calls up to the one that fails; 0: none does */
	const char *only;   /* the one name that counts; NULL: all do */
	const char *failed; /* the name of the one that failed */
	int errnum;         /* what guestfs_last_errno says */
	bool silent;        /* guestfs_last_error says nothing */
	size_t calls;
	int handles; /* that are open */
	/* Rows that count before those of the fake's own table; ends with a NULL. */
	const struct fake_answer *answers;
	const char *tar;        /* the host's file that guestfs_tar_out sends */
	const char *tree_says;  /* what is said of the tree disk's tar; NULL: it writes @tar */
	bool cancel_when_asked; /* ends ramimg at that */
	int tree_asked;         /* how often in a row, so far */
	const char *hv;         /* the program that is QEMU */
	/* Called where QEMU would run; @watch is the appliance's. @return what guestfs_launch returns. */
	int (*launching)(struct ri_watchdog *watch);
	const char
	    *console;    /* what a launch that succeeds or fails there says before; NULL: little */
	char log[16384]; /* a line for each call that does something, with its arguments */
	char error[200];
};

extern struct fake_guestfs fake_guestfs;

/** As it is at the beginning, with the same handles, tar and hv. */
void fake_guestfs_reset(void);
