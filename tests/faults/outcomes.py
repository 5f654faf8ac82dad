#!/usr/bin/env python3
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What each test of faults tries, and how often it has to end in which way, at least.

The tests hold themselves to these rows (Tally), and the table in docs/safety.md is made from them.

    outcomes.py                           print the table
    outcomes.py --write FILE              put it into FILE
    outcomes.py --check CTEST BUILD FILE  whether it is what FILE has, and of the tests that there are
"""

import collections
import difflib
import json
import subprocess
import sys

# The ways: the volume is as it was, bit for bit, and nothing is recorded; it is as it was to be, and nothing
# is recorded; a commit is recorded, and `ramimg recover` or `--undo` was seen to complete it or to undo it.
WAYS = ("as it was", "done", "recorded")
Row = collections.namedtuple("Row", "fault where least")
BEGIN = "<!-- Made by tests/faults/outcomes.py --write docs/safety.md; do not edit. -->"
END = "<!-- End of the table. -->"

ROWS = {
    "faults/commit-errors": Row(
        "EIO from the nth call that writes, flushes, reserves, renames, removes or makes a directory",
        "a commit to a raw file", {"as it was": 50, "done": 5, "recorded": 5}),
    "faults/commit-kills": Row(
        "SIGKILL at the nth such call", "a commit to a raw file", {"as it was": 50, "done": 5, "recorded": 5}),
    "faults/commit-full": Row(
        "ENOSPC, EDQUOT, EROFS from the nth such call", "a commit to a raw file",
        {"as it was": 150, "done": 15, "recorded": 15}),
    "faults/recover-errors": Row(
        "EIO from, or SIGKILL at, the nth such call", "completing a commit that was cut off",
        {"done": 15, "recorded": 15}),
    "faults/undo-errors": Row(
        "EIO from, or SIGKILL at, the nth such call", "undoing a commit that was cut off",
        {"as it was": 15, "recorded": 15}),
    "faults/stage-full": Row(
        "the file system of `stage.dir` has room for so many bytes, or files, and no more",
        "a commit to a raw file", {"as it was": 80, "done": 6}),
    "faults/volume-full-raw": Row(
        "so many bytes are free where the volume is, and no more", "a commit to a sparse raw file",
        {"as it was": 20, "done": 3}),
    "faults/volume-full-qcow2": Row(
        "so many bytes are free where the volume is, and no more", "a commit to a qcow2",
        {"as it was": 30, "done": 3}),
    "faults/volume-full-vmdk": Row(
        "so many bytes are free where the volume is, and no more", "a commit to a vmdk",
        {"as it was": 30, "done": 3}),
}

POWER = ("a power cut between any two writes or flushes: of the sectors that were written since the last flush "
         "some are there, by chance; and one more while that is completed or undone")
for form in ("raw", "qcow2", "vmdk"):
    ROWS[f"faults/power-cut-{form}"] = Row(POWER, f"a commit to a {form} file, and its recovery",
                                           {"done": 1, "recorded": 60})
for form in ("qcow2", "vmdk"):
    ROWS[f"faults/qemu-errors-{form}"] = Row(
        "EIO or ENOSPC from the request after the nth event of a kind (QEMU's blkdebug)",
        f"a commit to a {form} file, in qemu-nbd", {"as it was": 5, "recorded": 20})
ROWS["faults/qemu-killed"] = Row("SIGKILL at the nth call that writes, flushes or reserves",
                                 "a commit to a qcow2, in qemu-nbd", {"recorded": 3})
ROWS["faults/qemu-img-errors"] = Row("EIO from the nth call", "a commit to a raw file, in qemu-img",
                                     {"as it was": 8})
ROWS["faults/revert-errors"] = Row(
    "EIO from, or SIGKILL at, the nth call that writes, flushes, reserves, renames, removes or makes a directory",
    "a commit to a raw file of what was there before another", {"as it was": 100, "done": 10, "recorded": 10})
ROWS["faults/guest-commit"] = Row(
    "EIO from, or SIGKILL at, the nth such call", "what a build of a made-up guest commits, and taking that back",
    {"as it was": 800, "done": 15, "recorded": 40})
KILLS = ("SIGKILL of ramimg, and of its process group: at system calls until the appliance starts, when phases "
         "begin, at writes to the volume and its flush; after that nothing runs any more, and the last time it builds")
ROWS["faults/build-kills"] = Row(KILLS, "a whole build of a made-up guest", {"as it was": 9, "recorded": 1})
ROWS["faults/build-kills-100"] = Row(KILLS, "a whole build of a made-up guest", {"as it was": 92, "recorded": 8})
ROWS["faults/read-kills"] = Row(
    "SIGKILL of ramimg, and of its process group: while the appliance starts and while it reads the tree; the tree "
    "disk's file is gone with it, or with the next build",
    "a whole build of a made-up guest that the appliance reads", {"as it was": 3})
ROWS["faults/stage-filled"] = Row("the file system of `stage.dir` fills up while the appliance writes to it",
                                  "a whole build of a made-up guest", {"as it was": 1})
for number in (2, 8):
    ROWS[f"faults/side-by-side-{number}"] = Row(
        "as many builds of as many volumes at once, and one more of the first, which is refused",
        "whole builds of made-up guests", {"as it was": 1, "done": number})
ROWS["faults/hundred-runs"] = Row(
    "commands that read, and builds that are refused, a hundred times each: no file, process or loop device is left",
    "made-up guests", {"as it was": 500})


class Tally:
    """The ways in which the trials of a test ended."""

    def __init__(self, name):
        self.row = ROWS[name]
        self.seen = collections.Counter()

    def add(self, way):
        if way not in WAYS:
            raise ValueError(way)
        self.seen[way] += 1

    def check(self):
        """It must have ended in the ways of its row and in no other, and often enough in each."""
        print(f"{self.seen.total()} faults: {dict(self.seen)}")
        least = self.row.least
        if set(self.seen) != set(least) or any(self.seen[way] < n for way, n in least.items()):
            raise AssertionError(f"{dict(self.seen)}, but {least} is what outcomes.py says")


def table():
    lines = ["| test | what goes wrong | where | the volume is as it was | it is done | recorded, then completed or undone |",
             "|---|---|---|---|---|---|"]
    for name, row in ROWS.items():
        cells = [str(row.least.get(way, "–")) for way in WAYS]
        lines.append(f"| `{name}` | {row.fault} | {row.where} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def split(text):
    before, begin, rest = text.partition(BEGIN + "\n")
    middle, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"there is no table between {BEGIN!r} and {END!r}")
    return before + begin, middle, end + after


def write(path):
    with open(path, encoding="utf-8") as file:
        before, _, after = split(file.read())
    with open(path, "w", encoding="utf-8") as file:
        file.write(before + table() + after)
    return 0


def check(ctest, build, path):
    """Whether the tests that are labelled faults are those of the table, and the table that of the file."""
    shown = json.loads(subprocess.run([ctest, "--test-dir", build, "--show-only=json-v1"], check=True,
                                      stdout=subprocess.PIPE).stdout)
    tests = {test["name"] for test in shown["tests"] if test["name"].startswith("faults/")}
    found = [f"{name} has no row in tests/faults/outcomes.py\n" for name in sorted(tests - set(ROWS))]
    found += [f"{name} is no test\n" for name in sorted(set(ROWS) - tests)]
    with open(path, encoding="utf-8") as file:
        _, middle, _ = split(file.read())
    if middle != table():
        found += difflib.unified_diff(middle.splitlines(True), table().splitlines(True), path, "the tests")
        found.append(f"run: tests/faults/outcomes.py --write {path}\n")
    sys.stdout.writelines(found)
    return 1 if found else 0


def main(words):
    if words and words[0] == "--write":
        return write(*words[1:])
    if words and words[0] == "--check":
        return check(*words[1:])
    print(table(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
