# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""killed_at_scratch.py PROGRAM ARGUMENT...: the program, by root, where a call of the direct reader's is forbidden.

It and all that it starts are killed by SIGSYS, as by a list of system calls, at fallocate(2) of descriptor 6 with
FALLOC_FL_PUNCH_HOLE and FALLOC_FL_KEEP_SIZE: only the direct reader clears its file in memory so (disk/scratch.c).
"""
import ctypes
import os
import struct
import sys

PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
KILL_PROCESS, ALLOW = 0x80000000, 0x7fff0000
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
NUMBER, ARGUMENTS = 0, 16  # of struct seccomp_data; the lower half of an argument comes first
FALLOCATE = 285

PROGRAM = (
    (LOAD, 0, 0, NUMBER), (JUMP_EQUAL, 0, 5, FALLOCATE),
    (LOAD, 0, 0, ARGUMENTS), (JUMP_EQUAL, 0, 3, 6),
    (LOAD, 0, 0, ARGUMENTS + 8), (JUMP_EQUAL, 0, 1, 3),
    (RETURN, 0, 0, KILL_PROCESS), (RETURN, 0, 0, ALLOW),
)

code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in PROGRAM))
filters = ctypes.create_string_buffer(struct.pack("@HP", len(PROGRAM), ctypes.addressof(code)))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filters, 0, 0) < 0:
    sys.exit(f"seccomp: {os.strerror(ctypes.get_errno())}")
os.execv(sys.argv[1], sys.argv[1:])
