// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A compressed kernel module that a guest brought, decompressed by a process of its own: the one that reads initrds
 * (parse/initrd_server.h), confined (host/confine.h) and not believed.
 */
#include "parse/peer.h"

/** Bytes of a module's file, compressed or not. */
#define RI_MODULE_BYTES_MAX ((size_t)32 << 20)

/**
 * Append what the module's file @packed is when decompressed to @out, at most @max bytes, no more than
 * RI_MODULE_BYTES_MAX (initrd/module.h). After a failure @out is as before.
 * @return 0; -1 RI_E_GUEST (damaged, not compressed in a known way), RI_E_BUDGET (more than @max), RI_E_IO, also where
 *         the process ends or is killed; RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_parse_module(struct ri_span packed, size_t max, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;

/** The same of a process that is there. */
int ri_parse_module_ask(struct ri_peer *p, size_t max, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
