# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""coverage.py TREE BUILD [FOLDER]: what clang's counters in BUILD say of TREE/builder: regions and
branches that ran, for each folder; or, of one folder, the lines with a branch that was not taken.

Everything that is linked into a program or a test counts, also what no test calls; an inline function of a
header counts for the header's folder, and once. Nothing is left out: neither what handles a lack of memory
nor what cannot happen. A process that is killed, or may not open files (the confined ones), is counted up to
its end (cmake/Flags.cmake).
"""

import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

PURE_TARGET, TARGET = 95, 85


def tool(name):
    """Debian's llvm-NAME, or that of clang's own version."""
    version = subprocess.run(["clang", "-dumpversion"], check=True, stdout=subprocess.PIPE, text=True).stdout
    for candidate in (f"llvm-{name}-{version.split('.')[0]}", f"llvm-{name}"):
        if shutil.which(candidate):
            return candidate
    sys.exit(f"there is no llvm-{name}: apt install llvm")


def programs(build):
    """The programs of BUILD that have a map of their source (the embedded loader has none)."""
    found = []
    for folder, _, names in os.walk(build):
        for name in names:
            path = os.path.join(folder, name)
            if os.access(path, os.X_OK) and os.path.isfile(path):
                with open(path, "rb") as f:
                    if f.read(4) == b"\x7fELF" and b"__llvm_covmap" in f.read():
                        found.append(path)
    return sorted(found)


def export(build):
    """llvm-cov's report of the functions of all programs."""
    counts = os.path.join(build, "counts")
    some = [os.path.join(counts, name) for name in sorted(os.listdir(counts))]
    first, *others = programs(build)
    with tempfile.NamedTemporaryFile() as merged:
        subprocess.run([tool("profdata"), "merge", "--sparse", "-o", merged.name, *some], check=True)
        done = subprocess.run(
            [tool("cov"), "export", f"--instr-profile={merged.name}", first,
             *[word for other in others for word in ("--object", other)]],
            check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return json.loads(done.stdout)["data"][0]["functions"]


class Counts:
    """Of a file: how often each region of it ran (code up to the next branch), and each branch of a line."""

    def __init__(self):
        self.regions = collections.Counter()
        self.branches = collections.Counter()


CODE, EXPANSION = 0, 1  # kinds of a region (llvm's CounterMappingRegion)


def places(function):
    """Where the function is, and for each number of a file in it, where the macro that stands for is used."""
    used = {r[6]: r for r in function["regions"] if r[7] == EXPANSION}
    found = []
    for number in range(len(function["filenames"])):
        at, where = number, None
        while at in used:
            at, where = used[at][5], tuple(used[at][:4])
        found.append((function["filenames"][at], where))
    return found


def collect(functions, root):
    """{path below root: Counts} of all files that are there.

    A macro's branches count where it is used, each use for itself; a function of a header that several
    sources have is one.
    """
    files = collections.defaultdict(Counts)
    for function in functions:
        where = places(function)
        if not os.path.normpath(where[0][0]).startswith(root + os.sep):
            continue
        counts = files[os.path.relpath(where[0][0], root)]
        for at in function["regions"]:
            use = where[at[5]][1]
            if at[7] == CODE:
                counts.regions[(use or at)[0], use, tuple(at[:4])] += at[4]
        for at in function["branches"]:
            use = where[at[6]][1]
            counts.branches[(use or at)[0], use, tuple(at[:4]), True] += at[4]
            counts.branches[(use or at)[0], use, tuple(at[:4]), False] += at[5]
    return files


def ran(counter):
    return sum(1 for count in counter.values() if count > 0), len(counter)


def share(part, whole):
    return 100 * part / whole if whole else 100.0


def row(name, files, target):
    regions = [ran(f.regions) for f in files]
    branches = [ran(f.branches) for f in files]
    some, every = sum(r for r, _ in regions), sum(n for _, n in regions)
    taken, all_of_them = sum(r for r, _ in branches), sum(n for _, n in branches)
    aim = "" if target is None else f"{target} %" + ("" if share(taken, all_of_them) >= target else ", missed")
    return (f"| {name:<10} | {every:7} | {share(some, every):5.1f} % | {all_of_them:8} | "
            f"{share(taken, all_of_them):5.1f} % | {aim:<12} |")


def table(files, folders, pure):
    """The table's lines, in the order of @folders."""
    lines = ["| folder     | regions |     ran | branches |   taken | target       |",
             "| ---------- | ------- | ------- | -------- | ------- | ------------ |"]
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
        for (number, *_), count in files[path].branches.items():
            branches[number].append(count)
        still = {number for (number, *_), count in files[path].regions.items() if not count}
        for number in sorted(set(branches) | still):
            counts = branches.get(number, [])
            zero = counts.count(0)
            if zero or (not counts and number in still):
                yield f"{path}:{number}: {zero}/{len(counts)} {text[number - 1].strip()}"


def read_rows(tree):
    """The folders of builder/CMakeLists.txt in its order, and those that are marked PURE."""
    with open(os.path.join(tree, "builder/CMakeLists.txt"), encoding="utf-8") as f:
        rows = re.findall(r"^ramimg_library\((\w+)( PURE)?", f.read(), re.M)
    return [name for name, _ in rows], {name for name, pure in rows if pure}


def main(tree, build, folder=None):
    root = os.path.realpath(os.path.join(tree, "builder"))
    files = collect(export(build), root)
    folders, pure = read_rows(tree)
    if folder is not None and folder not in folders:
        sys.exit(f"builder/{folder} has no row in builder/CMakeLists.txt")
    lines = table(files, folders, pure) if folder is None else missed(files, folder, root)
    print("\n".join(lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
