// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The direct reader: a guest without an appliance. A process of its own, so that it can be
 * confined, reads the file systems of a disk (ext with libext2fs, and FAT) and answers over a
 * socket. On this side it is a ri_guest that can only read, and whose source is the whole tree for
 * an archive.
 *
 * If it is not certain of an answer, it fails with RI_E_UNSUPPORTED and the reason; if its process
 * ends, with RI_E_IO. Either sets ri_guest.ask_appliance, and the caller turns to the appliance,
 * which decides. So no guest is ever refused because of the direct reader.
 */
#include "guest/guest.h"
#include "pack/source.h"
#include "plan/rules.h"
#include "volume/stage.h"

/**
 * Open a reader of the volume @v itself, which nobody may be writing to until the reader is closed.
 * @return 0 with *@out for ri_guest_closep; -1 RI_E_UNSUPPORTED, RI_E_IO, RI_E_NOMEM,
 *         RI_E_CANCELLED.
 */
int ri_reader_open(const struct ri_volume *v, struct ri_guest **out,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Open a reader of the stage's overlay. If an appliance has the overlay open, all file systems must
 * be unmounted and flushed there, and stay so until the reader is closed.
 * @return as ri_reader_open.
 */
int ri_reader_open_stage(const struct ri_stage *s, struct ri_guest **out,
    struct ri_err *e) RI_MUST_CHECK;
