// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Faults of writing a file, for one program of tests: defined in test_conf_write.c.
 */

/** The step that fails next, with ENOSPC; then none. */
enum write_fault { WRITE_FINE, WRITE_FSYNC, WRITE_RENAME };
extern enum write_fault write_fails;
