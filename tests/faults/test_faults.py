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

import hashlib
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))

from cases import expect, main  # noqa: E402

RAMIMG = os.environ.get("RAMIMG", "")
TOOL = os.path.join(os.path.dirname(RAMIMG), "tests/faults/commit_tool")
CALLS = ("pwrite64", "write", "fsync", "fallocate", "renameat", "unlinkat", "mkdirat")
MOST = 200  # calls of a kind; beyond that something goes round in circles

CASES = {}


def case(function):
    CASES[function.__name__.replace("_", "-")] = function
    return function


def digest(data):
    return hashlib.sha256(data).hexdigest()


class Work:
    """A volume, its stage, and what its disk holds before and after."""

    def __init__(self, name, form="raw"):
        self.dir = os.path.join(os.path.abspath(os.environ["RAMIMG_FAULTS_DIR"]), name)
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        self.stage = os.path.join(self.dir, "stage")
        self.form = form
        self.volume = os.path.join(self.dir, f"disk.{form}")
        self.config = os.path.join(self.dir, "ramimg.conf")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(f'stage: {{ dir = "{self.stage}"; }};\n')
        self.fresh()
        self.before = self.content()
        done = self.commit()
        expect(done.returncode == 0, done.stderr)
        self.after = self.content()
        expect(self.before != self.after, "the commit changed nothing")
        self.fresh()

    def fresh(self):
        """The volume as it was, nothing staged."""
        shutil.rmtree(self.stage, ignore_errors=True)
        plain = os.path.join(self.dir, "plain")
        with open(plain, "wb") as file:
            file.truncate(8 << 20)
            file.write(b"\x11" * (256 << 10))
            file.seek(3 << 20)
            file.write(b"\x22" * (192 << 10))
        if self.form == "raw":
            os.replace(plain, self.volume)
        else:
            self.qemu_img("convert", "-f", "raw", "-O", self.form, plain, self.volume)

    def qemu_img(self, *words):
        subprocess.run(["qemu-img", *words], check=True)

    def content(self):
        path = self.volume
        if self.form != "raw":
            path = os.path.join(self.dir, "plain")
            self.qemu_img("convert", "-f", self.form, "-O", "raw", self.volume, path)
        with open(path, "rb") as file:
            return digest(file.read())

    def recorded(self):
        return any("commit" in files for _, _, files in os.walk(self.stage))

    def run(self, argv, fault=None):
        """Run it, with a fault of strace's; fault_hit tells whether it came to that."""
        log = os.path.join(self.dir, "strace")
        self.fault_hit = False
        if fault:
            call = fault.split(":")[0]
            argv = ["strace", "-q", "-o", log, "-e", f"trace={call}", "-e", f"inject={fault}", *argv]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=120, check=False)
        if fault:
            with open(log, encoding="utf-8", errors="replace") as file:
                trace = file.read()
            self.fault_hit = "(INJECTED)" in trace or "+++ killed by SIGKILL" in trace
        return done

    def commit(self, fault=None):
        return self.run([TOOL, self.volume, self.stage], fault)

    def recover(self, *words, fault=None):
        return self.run([RAMIMG, "recover", "-c", self.config, *words, self.volume], fault)

    def check(self, done, what, ends):
        """The volume is what the exit status says. @ends: its content where the command succeeds."""
        now, recorded = self.content(), self.recorded()
        said = f"{what}: status {done.returncode}, recorded {recorded}: {done.stderr}"
        if done.returncode == 0:
            expect(now == ends and not recorded, said)
        elif done.returncode in (1, 3):
            expect(now == self.before and not recorded, said)
        elif done.returncode == 4:
            # Or all is done, and only that the record is gone could not be flushed.
            expect(recorded or now == ends, said)
        else:
            expect(done.returncode == -9, said)
            expect(recorded or now in (self.before, self.after), said)

    def end(self, what, undo):
        """What is recorded is completed or undone; what is left over goes with the next command."""
        recorded = self.recorded()
        done = self.recover("--undo") if undo else self.recover()
        expect(done.returncode == 0, f"{what}: {done.stderr}")
        if recorded:
            expect(self.content() == (self.before if undo else self.after), what)
        expect(not self.recorded(), what)


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


def commits(work, kinds, least):
    def try_one(fault, number):
        work.fresh()
        done = work.commit(fault)
        hit = work.fault_hit
        work.check(done, fault, work.after)
        work.end(fault, number % 2 == 0)
        return hit

    number = drive(kinds, try_one)
    print(f"{number} faults")
    expect(number >= least, f"only {number} faults")


def recoveries(work, words, kinds, least):
    """Of a commit that was killed at its second write to the volume; 33 blocks were kept before."""
    ends = work.before if words else work.after
    work.commit("pwrite64:signal=KILL:when=35")
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
            work.check(done, fault, ends)
        else:
            # It failed before it came to the record, or its results did not arrive.
            expect(done.returncode in (-9, 1), f"{fault}: {done}")
            expect(work.recorded() or work.content() == ends, f"{fault}: {done}")
        work.end(fault, number % 2 == 0)
        return hit

    number = drive(kinds, try_one)
    print(f"{number} faults")
    expect(number >= least, f"only {number} faults")


@case
def commit_errors(work):
    commits(work, ("error=EIO",), 30)


@case
def commit_kills(work):
    commits(work, ("signal=KILL",), 30)


@case
def commit_full(work):
    """No room, a quota, a file system that became read-only."""
    commits(work, ("error=ENOSPC", "error=EDQUOT", "error=EROFS"), 90)


@case
def recover_errors(work):
    recoveries(work, (), ("error=EIO", "signal=KILL"), 10)


@case
def undo_errors(work):
    recoveries(work, ("--undo",), ("error=EIO", "signal=KILL"), 10)


if __name__ == "__main__":
    sys.exit(main(CASES, "RAMIMG_FAULTS_DIR", lambda name: CASES[name](Work(name))))
