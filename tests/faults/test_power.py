# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Power cuts: of what was written and not flushed, any sectors may have reached the disk.

The writes and flushes of a commit are logged: by strace(1) for a raw file, which ramimg writes itself, and by
QEMU's blklogwrites below a qcow2 or a vmdk. For a moment between two of them a disk is made that has all
that was flushed by then, and of the sectors that were written since some, by chance. Recovering it is
logged as well, and cut off in the same way.

    test_power.py [CASE]...    the cases, or those that are named
    test_power.py --list       their names

Environment: RAMIMG (its build tree has commit_tool), RAMIMG_FAULTS_DIR (scratch), RAMIMG_TEST_SEED.
"""

import json
import os
import random
import re
import shutil
import struct
import sys

from work import BARE, Work

from cases import CASES, case, expect, main

HERE = os.path.dirname(os.path.abspath(__file__))
SECTOR = 512
TRIALS = 30
SEED = int(os.environ.get("RAMIMG_TEST_SEED", "12"))
FLUSH = None  # in a log, among writes (offset, bytes); no bytes: the file ends there, flushed


# --- what was written

# As strace -xx has it: every byte of a string or a path by its number.
CALL = re.compile(r"(\w+)\(\d+<([^>]*)>(?:, \"((?:\\x..)*)\", \d+, (\d+))?\) += \d+")


def unhex(text):
    return bytes.fromhex(text.replace("\\x", ""))


def of_strace(path, volume):
    """The log of a raw file. Reserving room writes nothing."""
    log = []
    with open(path, encoding="ascii") as file:
        for call, name, text, at in CALL.findall(file.read()):
            if unhex(name) != os.fsencode(volume):
                continue
            if call == "fsync":
                log.append(FLUSH)
            elif call == "pwrite64":
                log.append((int(at), unhex(text)))
    return log


def lengths(path, volume):
    """Where ramimg put the end of an image that QEMU has open: flushed, and before it has QEMU write."""
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    found = []
    written = False
    for line, following in zip(lines, lines[1:] + [""]):
        made = re.match(r"ftruncate\(\d+<(.*)>, (\d+)\) += 0$", line)
        if made and made[1] == volume:
            expect(not written and re.match(rf"fsync\(\d+<{re.escape(volume)}>\) += 0$", following), lines)
            found.append((int(made[2]), b""))
        sent = re.match(r"sendto\(.*\) = (\d+)$", line)
        written = written or bool(sent and int(sent[1]) >= 4096)
    return found


def of_qemu(path):
    """The log that QEMU's blklogwrites made (the kernel's Documentation/admin-guide/device-mapper/log-writes.rst)."""
    with open(path, "rb") as file:
        data = file.read()
    if not data:
        return []  # it did not come to that
    magic, version, number, size = struct.unpack_from("<QQQI", data)
    expect((magic, version, size) == (0x6a736677736872, 1, SECTOR), "not a log of writes")
    log, at = [], SECTOR
    for _ in range(number):
        sector, sectors, flags, _ = struct.unpack_from("<QQQQ", data, at)
        at += SECTOR
        expect(flags in (0, 1), f"flags {flags} in the log of writes")
        if sectors:
            log.append((sector * SECTOR, data[at:at + sectors * SECTOR]))
            at += sectors * SECTOR
        if flags & 1:
            log.append(FLUSH)
    return log


class Logged:
    """Runs a program and tells what it wrote to the volume."""

    def __init__(self, work):
        self.work = work
        self.path = os.path.join(work.dir, "writes")

    def __call__(self, argv):
        work = self.work
        if work.form == "raw":
            done = work.run(["strace", "-q", "-y", "-xx", "-s", "2000000", "-o", self.path,
                             "-e", "trace=pwrite64,fsync", *argv])
            return done, of_strace(self.path, work.volume)
        open(self.path, "wb").close()
        node = {"driver": "blklogwrites", "file": None, "log-sector-size": SECTOR,
                "log": {"driver": "file", "filename": self.path}}
        trace = os.path.join(work.dir, "lengths")
        done = work.run(["strace", "-q", "-y", "-s", "0", "-o", trace, "-e", "trace=ftruncate,fsync,sendto", *argv],
                        env=os.environ | {"PATH": f"{HERE}:{os.environ['PATH']}",
                                          "FAULTS_BELOW": json.dumps(node)})
        ends = lengths(trace, work.volume)
        expect(len(ends) == (work.form == "vmdk"), ends)
        return done, ends + of_qemu(self.path)


# --- what reached the disk

def put(disk, at, data):
    """A write; or, without data, the file's end, behind what it has."""
    if len(disk) < at + len(data):
        disk.extend(bytes(at + len(data) - len(disk)))
    disk[at:at + len(data)] = data


def sectors_of(writes):
    return [(at + i, data[i:i + SECTOR]) for at, data in writes for i in range(0, len(data), SECTOR)]


def cut(before, log, moment, chance):
    """The disk after a power cut before the log's entry of that number."""
    flushed = max((i for i, entry in enumerate(log[:moment]) if entry is FLUSH or not entry[1]), default=-1)
    disk = bytearray(before)
    for entry in log[:flushed + 1]:
        if entry is not FLUSH:
            put(disk, *entry)
    open_writes = log[flushed + 1:moment]
    # All or nothing of each write, some sectors of each, or some sectors of the last alone.
    kind = chance.randrange(3)
    if kind == 0:
        kept = [entry for entry in open_writes if chance.random() < 0.5]
    elif kind == 1:
        share = chance.random()
        kept = [entry for entry in sectors_of(open_writes) if chance.random() < share]
    else:
        kept = open_writes[:-1] + [entry for entry in sectors_of(open_writes[-1:]) if chance.random() < 0.5]
    chance.shuffle(kept)
    for at, data in kept:
        put(disk, at, data)
    return bytes(disk)


def moments(log, number, chance):
    """So many, the first and the last of them, each as often as the others where there are fewer."""
    every = list(range(len(log) + 1))
    chance.shuffle(every)
    return ([0, len(log)] + every * (number // len(every) + 1))[:number]


class Power:
    def __init__(self, work):
        self.work = work
        self.logged = Logged(work)
        self.kept = work.stage + ".kept"
        self.chance = random.Random(f"{SEED} {work.form}")

    def restore(self, disk, recorded):
        shutil.rmtree(self.work.stage, ignore_errors=True)
        if recorded:
            shutil.copytree(self.kept, self.work.stage, copy_function=shutil.copy2)
        with open(self.work.volume, "wb") as file:
            file.write(disk)

    def recovering(self, undo):
        if self.work.form == "raw":
            return self.work.recovering(*(["--undo"] if undo else []))
        return self.work.committing("-r", "undo" if undo else "complete")

    def recover(self, disk, undo, what):
        self.restore(disk, True)
        done, log = self.logged(self.recovering(undo))
        expect(done.returncode == 0, f"{what}: {done.stderr}")
        expect(self.work.content() == (self.work.before if undo else self.work.after), what)
        expect(not self.work.recorded(), what)
        self.work.tally.add("recorded")
        return log

    def trial(self, number, log, moment):
        """One power cut in the commit, and one in its recovery."""
        what = f"seed {SEED}, trial {number}, before entry {moment} of {len(log)}"
        disk = cut(self.start, log, moment, self.chance)
        recovery = self.recover(disk, self.chance.random() < 0.5, what)
        moment = self.chance.randrange(len(recovery) + 1)
        disk = cut(disk, recovery, moment, self.chance)
        self.recover(disk, self.chance.random() < 0.5, f"{what}, then {moment} of {len(recovery)}")

    def run(self):
        work = self.work
        with open(work.volume, "rb") as file:
            self.start = file.read()
        shutil.rmtree(self.kept, ignore_errors=True)
        done, log = self.logged(work.committing("-k", self.kept))
        expect(done.returncode == 0, done.stderr)
        expect(log.count(FLUSH) >= 1 and len(log) > 4, [entry and entry[0] for entry in log])
        for number, moment in enumerate(moments(log, TRIALS, self.chance)):
            self.trial(number, log, moment)
        # The record goes after the last flush: without it, nothing that counts may be lost.
        last = len(log) - 1 - log[::-1].index(FLUSH)
        for moment in range(last + 1, len(log) + 1):
            self.restore(cut(self.start, log, moment, self.chance), False)
            expect(work.content() == work.after, f"what was written after the last flush counts: {moment}")
            work.tally.add("done")


# --- the record, and what it relies on

ORDERED = "openat,openat2,mkdirat,write,pwrite64,fsync,renameat,unlinkat"


def in_order(work):
    """Nothing that the record relies on is only in memory when it is there; nor the volume when it goes."""
    trace = os.path.join(work.dir, "order")
    done = work.run(["strace", "-q", "-y", "-s", "0", "-o", trace, "-e", f"trace={ORDERED}", *work.committing()])
    expect(done.returncode == 0, done.stderr)
    with open(trace, encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    unflushed, flushed, seen = set(), set(), []
    for line in lines:
        found = re.match(r"(\w+)\(\w+<([^>]*)>", line)
        if not found or not found[2].startswith(work.dir) or re.search(r"= -1 \w+ \(", line):
            continue
        call, name = found.groups()
        if call == "fsync":
            unflushed.discard(name)
            flushed.add(name)
        elif call in ("write", "pwrite64"):
            if name == work.volume and "volume" not in seen:
                expect(not unflushed, f"the volume is written to before {unflushed} are flushed")
                seen.append("volume")
            unflushed.add(name)
        elif call == "renameat":
            # Its own directory is flushed after that, and the overlay is what programs of QEMU's wrote.
            expect(os.path.join(name, "overlay.qcow2") in flushed, "the overlay is not flushed")
            unflushed.discard(name)
            expect(not unflushed, f"the commit is recorded before {unflushed} are flushed")
            seen.append("record")
            unflushed.add(name)
        elif call == "unlinkat" and "volume" in seen:
            expect(work.volume not in unflushed, "the record goes before the volume is flushed")
            seen.append("gone")
        elif call == "mkdirat" or "O_CREAT" in line:
            unflushed.add(name)
    expect(seen[:3] == ["record", "volume", "gone"], seen)


@case
def power_cut_raw(work):
    in_order(work)
    work.fresh()
    Power(work).run()


@case
def power_cut_qcow2(work):
    work.use("qcow2")
    work.tool = BARE
    Power(work).run()


@case
def power_cut_vmdk(work):
    work.use("vmdk")
    work.tool = BARE
    Power(work).run()


def run_case(name):
    work = Work(name)
    CASES[name](work)
    work.tally.check()


if __name__ == "__main__":
    sys.exit(main(CASES, "RAMIMG_FAULTS_DIR", run_case))
