// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A second thread that writes: files of up to RI_WRITER_CONTENT bytes, which are most of a tree, get their content and
 * metadata while the caller reads the next members. Whatever depends on an order is the caller's: it makes the names, and
 * writes what is large or finds no room here.
 */
#include "loader/meta.h"

#include <stdint.h>

#define RI_WRITER_FILES 64          /* on their way */
#define RI_WRITER_CONTENT (1 << 20) /* bytes of the largest */
#define RI_WRITER_BYTES (4 << 20)   /* of all their contents */

struct ri_writer;

/** A file that has been made, and what is to be put into it. */
struct ri_writer_file {
	int fd;              /* closed when it is done */
	mode_t made;         /* as ri_meta_apply_fd has it */
	struct ri_meta meta; /* may be swapped for another that is in use */
	int64_t size;        /* of the file; what is behind content is a hole */
	char *content;       /* the bytes that were asked for */
	size_t content_n;    /* filled in */
	uint64_t end;        /* the writer's */
	char name[104];      /* for a message */
};

/**
 * Start the thread. Without a second CPU, or where the kernel has no thread to give, there is none, and never room.
 * @return 0 and the writer in *@out, for ri_writer_close; -1 RI_E_NOMEM.
 */
int ri_writer_open(unsigned cpus, struct ri_writer **out, struct ri_err *e) RI_MUST_CHECK;
/**
 * An empty place for one file more with up to @n bytes of content, to be filled and handed over by ri_writer_put.
 * @return NULL while there is none, and always of more than RI_WRITER_CONTENT bytes.
 */
struct ri_writer_file *ri_writer_room(struct ri_writer *w, size_t n);
/** Hand over what was filled in. The next call of ri_writer_room gives another place. */
void ri_writer_put(struct ri_writer *w);
/** Whether a file could not be written: nothing more need be handed over. */
bool ri_writer_failed(const struct ri_writer *w);
/**
 * Wait until all is written, and add what could not be taken to @loss.
 * @return 0; -1 the first failure, with the file's name in front: RI_E_IO, RI_E_BUDGET.
 */
int ri_writer_finish(struct ri_writer *w, struct ri_loss *loss, struct ri_err *e) RI_MUST_CHECK;
/** End the thread, whatever it has still to do, and release everything. */
void ri_writer_close(struct ri_writer **w);
