# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Commits to a qcow2 and to a vmdk, whose writing program fails: QEMU's blkdebug below the image makes the next
request fail at the nth event of a kind; or the program is killed at its nth call that writes or flushes.

    test_qemu.py [CASE]...    the cases, or those that are named
    test_qemu.py --list       their names

Environment: RAMIMG (its build tree has commit_tool), RAMIMG_FAULTS_DIR (scratch).
"""

import errno
import json
import os
import stat
import sys

from work import BARE, Work

from cases import CASES, case, expect, main

HERE = os.path.dirname(os.path.abspath(__file__))
# Of QEMU's qapi/block-core.json, BlkdebugEvent: what writes to an image can come to.
EVENTS = ("write_aio", "pwritev", "pwritev_zero", "flush_to_os", "flush_to_disk", "l1_update", "l2_load",
          "l2_update", "l2_alloc_write", "refblock_load", "refblock_update", "refblock_alloc",
          "cluster_alloc", "cluster_free", "cow_write")
CALLS = ("pwrite64", "pwritev", "fdatasync", "fallocate", "ftruncate")
MOST = 60


def failing(event, number, error):
    """A node in which the request after the nth event fails, once."""
    states = [{"event": event, "state": i, "new_state": i + 1} for i in range(1, number + 1)]
    return {"driver": "blkdebug", "image": None, "set-state": states,
            "inject-error": [{"event": event, "state": number, "errno": error, "once": True}]}


def nth(work, env, what, try_n):
    """Commit with a fault at the nth, for each n until nothing failed any more; count how it ended."""
    for number in range(1, MOST):
        work.fresh()
        done = work.commit(env=os.environ | env(number))
        if done.returncode == 0:
            expect(work.content() == work.after and not work.recorded(), f"{what} {number}: {done}")
            return number
        work.tally.add(work.check(done, f"{what} {number}", work.after))
        work.end(f"{what} {number}", try_n() % 2 == 0)
    raise AssertionError(f"{what} has no end")


def errors(work, form):
    work.use(form)
    work.tool = BARE
    path = f"{HERE}:{os.environ['PATH']}"
    for error in (errno.EIO, errno.ENOSPC):
        reached = {}
        for event in EVENTS:
            reached[event] = nth(
                work, lambda n, event=event: {"PATH": path, "FAULTS_BELOW": json.dumps(failing(event, n, error))},
                f"{event}, errno {error},", work.tally.seen.total) - 1
        print(reached)
        expect(reached["flush_to_disk"] and reached["write_aio"], "neither a write nor a flush failed")


@case
def qemu_errors_qcow2(work):
    errors(work, "qcow2")


@case
def qemu_errors_vmdk(work):
    errors(work, "vmdk")


def wrapper(work, name, before):
    """A program called @name, in PATH before the real one, which runs it with these words before it."""
    where = os.path.join(work.dir, "bin")
    os.makedirs(where, exist_ok=True)
    path = os.path.join(where, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'#!/bin/sh\nPATH=${{PATH#*:}}\nexec {before} {name} "$@"\n')
    os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
    return f"{where}:{os.environ['PATH']}"


@case
def qemu_killed(work):
    work.use("qcow2")
    work.tool = BARE
    for call in CALLS:
        # With -D the program is our child still, and has the number that its socket is for.
        path = wrapper(work, "qemu-nbd", f'strace -D -q -f -o /dev/null -e trace={call} '
                                         f'-e inject={call}:signal=KILL:when=$FAULTS_NTH')
        nth(work, lambda n, path=path: {"PATH": path, "FAULTS_NTH": str(n)}, f"{call}, killed at",
            work.tally.seen.total)


@case
def qemu_img_errors(work):
    """The program that makes the overlay, checks it and maps it fails at its nth call."""
    work.tool = BARE
    for call in (*CALLS, "openat", "lseek"):
        path = wrapper(work, "qemu-img", f'strace -D -q -f -o /dev/null -e trace={call} '
                                         f'-e inject={call}:error=EIO:when=$FAULTS_NTH')
        nth(work, lambda n, path=path: {"PATH": path, "FAULTS_NTH": str(n)}, f"{call} fails at",
            work.tally.seen.total)


def run_case(name):
    work = Work(name)
    CASES[name](work)
    work.tally.check()


if __name__ == "__main__":
    sys.exit(main(CASES, "RAMIMG_FAULTS_DIR", run_case))
