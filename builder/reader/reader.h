// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The direct reader: a guest without an appliance. A process of its own (so that it can be fenced off)
 * reads the ext file systems of a disk with libext2fs and answers over a socket; here it is a
 * ri_guest that can only read, and a source of the whole tree for an archive.
 *
 * Whatever it does not know for certain is RI_E_UNSUPPORTED with the reason, and its end is RI_E_IO; either
 * leaves ri_guest.ask_appliance set, and the caller takes the appliance instead, which decides. So nothing is ever
 * refused because of the direct reader.
 */
#include "guest/guest.h"
#include "pack/source.h"
#include "plan/rules.h"
#include "volume/stage.h"

/**
 * A reader of @v as it lies there, which nobody may be changing.
 * @return 0; -1 RI_E_UNSUPPORTED, RI_E_IO, RI_E_NOMEM, RI_E_CANCELLED.
 */
int ri_reader_open(const struct ri_volume *v, struct ri_guest **out,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * A reader of what the overlay shows. Where an appliance has it open, all file systems must be
 * unmounted and flushed there, and stay so until the reader is closed.
 * @return as above.
 */
int ri_reader_open_stage(const struct ri_stage *s, struct ri_guest **out,
    struct ri_err *e) RI_MUST_CHECK;
