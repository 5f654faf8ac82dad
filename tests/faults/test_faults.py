# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Commits and recoveries whose nth system call fails, or is the last before a SIGKILL.

strace(1) injects the fault into the process that commits, for each of the calls that write, flush, reserve,
rename and remove, and for every n until there is no nth. Whatever the fault, the exit status says what the
volume is: 0 changed; 1 or 3 as it was, and nothing recorded; 4 recorded, and then it can be completed and
undone. After a kill, a volume without a record is as it was or changed.

    test_faults.py [CASE]...    the cases, or those that are named
    test_faults.py --list       their names

Environment: RAMIMG (its build tree has commit_tool), RAMIMG_FAULTS_DIR (scratch).
"""

import os
import shutil
import subprocess
import sys

from work import RAMIMG, Work

import disk
from cases import CASES, case, expect, main
from command import quick_appliance

CALLS = ("pwrite64", "write", "fsync", "fallocate", "renameat", "unlinkat", "mkdirat")
MAKE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "guests", "make")
MOST = 1000  # calls of a kind; beyond that something goes round in circles


def each_fault(kinds):
    for call in CALLS:
        for kind in kinds:
            for n in range(1, MOST):
                proceed = yield f"{call}:{kind}:when={n}"
                if not proceed:
                    break
            else:
                raise AssertionError(f"{call} has no end")


def drive(kinds, try_one):
    """Call try_one(fault, number), which says whether the fault came to pass."""
    faults, number = each_fault(kinds), 0
    fault = next(faults)
    try:
        while True:
            hit = try_one(fault, number)
            number += hit
            fault = faults.send(hit)
    except StopIteration:
        return number


def commits(work, kinds):
    def try_one(fault, number):
        work.fresh()
        done = work.commit(fault=fault)
        hit = work.fault_hit
        if hit:
            work.tally.add(work.check(done, fault, work.after))
            work.end(fault, number % 2 == 0)
        else:
            expect(done.returncode == 0 and work.content() == work.after, f"{fault}: {done}")
        return hit

    drive(kinds, try_one)


def recoveries(work, words, kinds):
    """Of a commit that was killed at its second write to the volume; 33 blocks were kept before."""
    ends = work.before if words else work.after
    work.commit(fault="pwrite64:signal=KILL:when=35")
    expect(work.recorded(), "the commit was not cut off")
    kept = work.stage + ".kept"
    shutil.copytree(work.stage, kept)
    shutil.copyfile(work.volume, work.volume + ".kept")

    def try_one(fault, number):
        shutil.rmtree(work.stage, ignore_errors=True)
        shutil.copytree(kept, work.stage, copy_function=shutil.copy2)
        shutil.copyfile(work.volume + ".kept", work.volume)
        done = work.recover(*words, fault=fault)
        hit = work.fault_hit
        if done.returncode in (0, 4):
            way = work.check(done, fault, ends)
        else:
            # It failed before it came to the record, or its results did not arrive.
            expect(done.returncode in (-9, 1), f"{fault}: {done}")
            way = "recorded" if work.recorded() else "as it was" if words else "done"
            expect(work.recorded() or work.content() == ends, f"{fault}: {done}")
        if hit:
            work.tally.add(way)
        work.end(fault, number % 2 == 0)
        return hit

    drive(kinds, try_one)


@case
def commit_errors(work):
    commits(work, ("error=EIO",))


@case
def commit_kills(work):
    commits(work, ("signal=KILL",))


@case
def commit_full(work):
    """No room, a quota, a file system that became read-only."""
    commits(work, ("error=ENOSPC", "error=EDQUOT", "error=EROFS"))


@case
def recover_errors(work):
    recoveries(work, (), ("error=EIO", "signal=KILL"))


@case
def undo_errors(work):
    recoveries(work, ("--undo",), ("error=EIO", "signal=KILL"))


@case
def revert_errors(work):
    """Back to what was there, by a commit as any other."""
    earlier, later = work.path("earlier"), work.path("later")
    disk.copy(work.volume, earlier)
    work.commit()
    disk.copy(work.volume, later)
    work.turn(later, earlier)
    commits(work, ("error=EIO", "signal=KILL"))


@case
def guest_commit(work):
    """What a real build of a made-up guest writes, and taking it back."""
    earlier, later = work.path("earlier.raw"), work.path("later.raw")
    subprocess.run(["sh", MAKE, "good", earlier], check=True)
    disk.copy(earlier, later)
    done = work.run([RAMIMG, "build", "-c", work.config, "--out", work.path("out"), later],
                    env=os.environ | quick_appliance())
    expect(done.returncode == 0, done.stderr)
    for one, other in ((earlier, later), (later, earlier)):
        work.turn(one, other)
        commits(work, ("error=EIO", "signal=KILL"))


def run_case(name):
    work = Work(name)
    CASES[name](work)
    work.tally.check()


if __name__ == "__main__":
    sys.exit(main(CASES, "RAMIMG_FAULTS_DIR", run_case))
