# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How guests are emulated, so that what goes wrong in them is the guest's: Debian 12's QEMU is 7.2."""

# With a thread for each CPU, QEMU before 8.1 may translate code that Linux is just changing, and the guest panics of an
# "int3", once in some hundred boots on a busy machine (commit deba78709ae8 of QEMU's). So they take turns.
ACCELERATOR = "tcg,thread=single"

# On a busy machine an emulated timer ticks too late for the kernel's test of it, which ends in a panic.
# Before QEMU 8.0, whose cmpxchg16b is new, a CMPXCHG16B may leave in EFLAGS what an operand before it was, and an interrupt right
# behind it gives the kernel that for its flags. So it does without (feature 141, cx16).
KERNEL_LINE = "no_timer_check clearcpuid=141"

# The same of guests whose kernel line is their own.
CPU_WITHOUT = "-cx16"
