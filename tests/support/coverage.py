# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""coverage.py TREE BUILD [FOLDER]: what gcc's counters in BUILD say of TREE/builder: lines and branches
that ran, for each folder; or, of one folder, the lines with a branch that was not taken.

Everything that is compiled counts, also what no test calls; an inline function of a header counts for the
header's folder, and once. Nothing is left out: neither what handles a lack of memory nor what cannot
happen. A process that ends by _exit, by a signal or without being able to open files (the confined ones)
leaves no counts, so that what it alone runs counts as not run.
"""

import collections
import json
import os
import re
import subprocess
import sys

PURE_TARGET, TARGET = 95, 85
BATCH = 64


def objects(build):
    """The notes of every object of a library of ours."""
    found = []
    for folder, _, names in os.walk(build):
        found += [os.path.join(folder, name) for name in names if name.endswith(".gcno")]
    return sorted(found)


def gcov(notes, cwd):
    """gcov's reports, one for each object."""
    for at in range(0, len(notes), BATCH):
        done = subprocess.run(
            ["gcov", "--json-format", "--stdout", "--branch-probabilities", *notes[at:at + BATCH]],
            cwd=cwd, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in done.stdout.splitlines():
            if line.startswith("{"):
                yield json.loads(line)


class Counts:
    """Of a file: how often each line ran, and each branch that begins there."""

    def __init__(self):
        self.lines = collections.Counter()
        self.branches = collections.Counter()

    def add(self, line):
        number = line["line_number"]
        self.lines[number] += line["count"]
        function = line.get("function_name", "")
        for i, branch in enumerate(line["branches"]):
            self.branches[number, function, i] += branch["count"]


def collect(reports, root):
    """{path below root: Counts} of all files that are there; the same line of several objects is one."""
    files = collections.defaultdict(Counts)
    for report in reports:
        for entry in report["files"]:
            path = os.path.normpath(os.path.join(report["current_working_directory"], entry["file"]))
            if path.startswith(root + os.sep):
                for line in entry["lines"]:
                    files[os.path.relpath(path, root)].add(line)
    return files


def ran(counter):
    return sum(1 for count in counter.values() if count > 0), len(counter)


def share(part, whole):
    return 100 * part / whole if whole else 100.0


def row(name, files, target):
    lines = [ran(f.lines) for f in files]
    branches = [ran(f.branches) for f in files]
    some, every = sum(r for r, _ in lines), sum(n for _, n in lines)
    taken, all_of_them = sum(r for r, _ in branches), sum(n for _, n in branches)
    aim = "" if target is None else f"{target} %" + ("" if share(taken, all_of_them) >= target else ", missed")
    return (f"| {name:<10} | {every:5} | {share(some, every):5.1f} % | {all_of_them:8} | "
            f"{share(taken, all_of_them):5.1f} % | {aim:<12} |")


def table(files, folders, pure):
    """The table's lines, in the order of @folders."""
    lines = ["| folder     | lines |     ran | branches |   taken | target       |",
             "| ---------- | ----- | ------- | -------- | ------- | ------------ |"]
    for folder in folders:
        inside = [f for path, f in files.items() if path.split("/")[0] == folder]
        lines.append(row(folder, inside, PURE_TARGET if folder in pure else TARGET))
    for name, some in (("pure", True), ("the rest", False), ("all", None)):
        inside = [f for path, f in files.items() if some is None or (path.split("/")[0] in pure) == some]
        lines.append(row(name, inside, None))
    return lines


def missed(files, folder, root):
    """PATH:LINE: how many of its branches were not taken, and the line."""
    for path in sorted(files):
        if path.split("/")[0] != folder:
            continue
        with open(os.path.join(root, path), encoding="utf-8") as f:
            text = f.read().split("\n")
        branches = collections.defaultdict(list)
        for (number, _, _), count in files[path].branches.items():
            branches[number].append(count)
        for number in sorted(set(branches) | set(files[path].lines)):
            counts = branches.get(number, [])
            zero = counts.count(0)
            if zero or (not counts and files[path].lines[number] == 0):
                yield f"{path}:{number}: {zero}/{len(counts)} {text[number - 1].strip()}"


def read_rows(tree):
    """The folders of builder/CMakeLists.txt in its order, and those that are marked PURE."""
    with open(os.path.join(tree, "builder/CMakeLists.txt"), encoding="utf-8") as f:
        rows = re.findall(r"^ramimg_library\((\w+)( PURE)?", f.read(), re.M)
    return [name for name, _ in rows], {name for name, pure in rows if pure}


def main(tree, build, folder=None):
    root = os.path.realpath(os.path.join(tree, "builder"))
    files = collect(gcov([os.path.realpath(o) for o in objects(build)], "/"), root)
    folders, pure = read_rows(tree)
    if folder is not None and folder not in folders:
        sys.exit(f"builder/{folder} has no row in builder/CMakeLists.txt")
    lines = table(files, folders, pure) if folder is None else missed(files, folder, root)
    print("\n".join(lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
