// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A whole tree that a process sends, as an archive's source.
 */
#include "pack/source.h"
#include "parse/peer.h"

/**
 * Ask @p for its tree (RI_WIRE_TREE with this payload); *@out is for ri_source_freep. Until it is
 * freed, nothing else can be asked.
 * @return 0; -1 RI_E_IO, RI_E_CANCELLED, RI_E_UNSUPPORTED (a payload that is too large), RI_E_NOMEM.
 */
int ri_tree_source(struct ri_peer *p, struct ri_span payload, struct ri_source **out,
    struct ri_err *e) RI_MUST_CHECK;
