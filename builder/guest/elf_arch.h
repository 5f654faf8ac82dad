// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
#include "base/buf.h"

/**
 * The architecture of a program that begins with the bytes @head, its ELF header (elf(5)), as uname -m has it:
 * a constant string. @return NULL: it is not known, or this is no program.
 */
const char *ri_elf_arch(struct ri_span head);
