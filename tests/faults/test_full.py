# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Commits where a file system is full: that of the stage, that of the volume, for every size that matters.

    test_full.py [CASE]...    the cases, or those that are named
    test_full.py --list       their names

Environment: RAMIMG (its build tree has commit_tool), RAMIMG_FAULTS_DIR (scratch). Needs root, for mounts.
"""

import os
import sys

from work import Work, small

from cases import CASES, case, expect, main

PAGE = 4096  # what a tmpfs gives and takes
PLENTY = 64 << 20


def until_done(work, sizes, try_one, make_room=lambda undo: None):
    """Call try_one(size), which commits, for one after the other, until three in a row have had enough."""
    enough = 0
    for number, size in enumerate(sizes):
        done = try_one(size)
        undo = number % 2 == 0
        work.tally.add(work.check(done, f"{size} bytes", work.after))
        make_room(undo)
        work.end(f"{size} bytes", undo)
        enough = enough + 1 if done.returncode == 0 else 0
        if enough == 3:
            return
    raise AssertionError("it is never enough")


@case
def stage_full(work):
    with small(work.stage, PLENTY) as (_, anew):
        def room_of(options):
            anew(options)
            work.fresh()
            return work.commit()

        until_done(work, range(2 * PAGE, PLENTY, 2 * PAGE), lambda size: room_of(f"size={size}"))
        until_done(work, range(1, 100), lambda number: room_of(f"nr_inodes={number}"))


def volume_full(work, form, step):
    where = os.path.join(work.dir, "small")
    with small(where, PLENTY) as (remount, anew):
        work.use(form, os.path.join(where, f"disk.{form}"))

        def room_of(size):
            anew(f"size={PLENTY}")
            work.fresh()
            room = os.statvfs(where)
            remount(f"size={(room.f_blocks - room.f_bfree) * room.f_frsize + size}")
            return work.commit()

        def make_room(undo):
            """Not before it was tried without: a recovery may do with what there is, and makes nothing worse."""
            if work.recorded():
                again = work.recover(*(["--undo"] if undo else []))
                expect(again.returncode in (0, 4) and work.recorded() == (again.returncode == 4), again)
                if again.returncode == 0:
                    expect(work.content() == (work.before if undo else work.after), again)
            remount(f"size={PLENTY}")

        until_done(work, range(0, PLENTY, step), room_of, make_room)


@case
def volume_full_raw(work):
    volume_full(work, "raw", 2 * PAGE)


@case
def volume_full_qcow2(work):
    volume_full(work, "qcow2", 2 * PAGE)


@case
def volume_full_vmdk(work):
    volume_full(work, "vmdk", 2 * PAGE)


def run_case(name):
    work = Work(name)
    CASES[name](work)
    work.tally.check()


if __name__ == "__main__":
    sys.exit(main(CASES, "RAMIMG_FAULTS_DIR", run_case))
