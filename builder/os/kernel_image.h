// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What the head of an x86 kernel's image says. Source: Documentation/arch/x86/boot.rst of Linux.
 */
#include "base/buf.h"

#include <stdint.h>

#define RI_KERNEL_HEAD 1024 /* bytes of the file that hold all of the header that is looked at */

/**
 * The memory that the kernel needs from its start until it has read the memory map (init_size, boot protocol 2.10
 * and later). Some of it is freed afterwards. @head is the image's beginning.
 * @return bytes; 0 where the image does not say it.
 */
uint64_t ri_kernel_memory(struct ri_span head);
