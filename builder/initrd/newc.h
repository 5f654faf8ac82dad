// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Reading cpio archives of the kind that the kernel unpacks ("newc", magic 070701 or 070702; the
 * kernel's Documentation/driver-api/early-userspace/buffer-format.rst), pushed in piece by piece.
 * Several archives may follow each other with zeros in between.
 */
#include "base/buf.h"

#include <stdint.h>

#define RI_NEWC_HEADER 110
#define RI_NEWC_NAME_MAX 4096 /* with its NUL, as the kernel's PATH_MAX */

struct ri_newc_entry {
	const char *name; /* as it stands there, without "./" in front and "/" at the end */
	uint32_t mode, size;
};

struct ri_newc_ops {
	int (*entry)(void *arg, const struct ri_newc_entry *entry, struct ri_err *e);
	int (*data)(void *arg, struct ri_span data, struct ri_err *e); /* of it; may be NULL */
};

enum ri_newc_state { RI_NEWC_HEAD, RI_NEWC_NAME, RI_NEWC_BODY, RI_NEWC_PAD, RI_NEWC_BETWEEN };

struct ri_newc {
	const struct ri_newc_ops *ops;
	void *arg;
	enum ri_code damaged; /* code of errors caused by the data */
	enum ri_newc_state state;
	uint64_t at;   /* position since the beginning */
	uint64_t left; /* bytes of the state to come */
	size_t have;   /* bytes collected */
	uint32_t name_n, mode, size;
	uint64_t archives; /* completed */
	char collect[RI_NEWC_NAME_MAX + 8];
};

void ri_newc_init(struct ri_newc *n, const struct ri_newc_ops *ops, void *arg,
    enum ri_code damaged);
/**
 * Consume @in. Stops between archives at a byte that is neither 0 nor the beginning of one at a
 * multiple of four bytes: *@used says how many were consumed.
 * @return 0; -1 @damaged, or what a callback returned.
 */
int ri_newc_feed(struct ri_newc *n, struct ri_span in, size_t *used,
    struct ri_err *e) RI_MUST_CHECK;
/** Whether it may end here: at least one archive, and the last one is complete. */
bool ri_newc_complete(const struct ri_newc *n);
