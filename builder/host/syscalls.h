// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Which system calls a process that parses what a guest wrote can still make (seccomp(2)).
 */
#include "base/err.h"

/*
 * With the address sanitizer a process must be able to say what it found: that opens and starts things,
 * which then fails rather than ends the process. And it reserves terabytes of addresses.
 */
#if defined __SANITIZE_ADDRESS__
#define RI_SANITIZED 1
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define RI_SANITIZED 1
#endif
#endif
#ifndef RI_SANITIZED
#define RI_SANITIZED 0
#endif

/**
 * From here on the calling thread can do this with what it has open: read it, seek in it, ask for its
 * size, wait for it, close it; write to its standard error; send and receive on connected sockets.
 * Map, shared, and punch holes into @scratch (-1: nothing). Apart from that it has memory, without
 * executable pages, the clock, and its own end. Any other call ends the process by SIGSYS.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_syscalls_confine(int scratch, struct ri_err *e) RI_MUST_CHECK;
