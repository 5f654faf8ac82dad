// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * How a root is held in RAM: two ways to do the same, of which the manifest names one.
 */
#include "loader/load.h"
#include "loader/ramneed.h"

/** What a form works with. Everything is borrowed. */
struct ri_form_work {
	const struct ri_load_opts *o;
	const struct ri_manifest *m;
	const struct ri_meminfo *mem;
	int fd; /* the archive, opened before the disk's root moves */
	struct ri_cons *cons;
};

/** How it went. */
struct ri_form_done {
	uint64_t bytes, entries;
	struct ri_loss loss;
	int64_t ms[RI_PHASES];
};

struct ri_form {
	const char *name; /* as the status file has it */
	/**
	 * Move the disk's root aside and have the root in RAM in its place. In a process of its own, so that whatever
	 * happens to it, somebody is left to take back what it did (loader/undo.h): it takes back nothing itself.
	 * @return 0; -1.
	 */
	int (*load)(const struct ri_form_work *w, struct ri_form_done *done, struct ri_err *e);
	/** Prove the whole archive and write nothing. @return 0; -1. */
	int (*check)(const struct ri_form_work *w, struct ri_form_done *done, struct ri_err *e);
	/** Bytes that it takes beside the root meanwhile, where the manifest allows @limit. */
	uint64_t (*memory)(uint64_t limit);
};

/** The one that @m names. */
const struct ri_form *ri_load_form(const struct ri_manifest *m);

extern const struct ri_form ri_form_tmpfs, ri_form_compressed;
