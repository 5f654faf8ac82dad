// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The appliance's tar stream as the source of an archive. The appliance has mounted what a guest wrote,
 * so a process of its own, confined (host/confine.h), reads what comes from there, and is not believed
 * either.
 */
#include "pack/source.h"

/**
 * A source of the tar stream in @fd, as pack/source_tar.h reads it; *@out is for ri_source_freep.
 * The process has a descriptor of its own, and @fd is not read from here; a process that says
 * nothing for a minute, ends, crashes or is killed is RI_E_IO.
 * @return 0; -1 RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_parse_tar(int fd, struct ri_source **out, struct ri_err *e) RI_MUST_CHECK;
