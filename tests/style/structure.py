#!/usr/bin/env python3
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""structure.py TREE [--measure]: the folders of builder/ are what their table says.

The table is the rows ramimg_library(NAME [PURE] USES ...) of builder/CMakeLists.txt. Includes follow
it; a row uses only rows above it, so that there is no way back up; no files include one another in a
circle; X_internal.h is for its own folder; a function that others can call is declared in the header
of its own source's name (or in an internal header); the libraries of others are each known to few; and
few call what makes, renames or removes files by path.
--measure prints the figures of the structure as well.
"""
import collections
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True  # nothing is to appear in the source tree
from tree import read, walk  # noqa: E402

# Headers of others: the folders, or files, that may include them.
ONLY = {
    "guestfs.h": r"appliance/internal\.h",
    "archive.h": r"(format|initrd|pack|parse|loader)/",
    "archive_entry.h": r"(format|initrd|pack|parse|loader)/",
    "zstd.h": r"(pack|initrd|loader)/",
    "isa-l/igzip_lib.h": r"(pack|initrd)/",
    "libdeflate.h": r"loader/gzip\.c",
    "lz4.h": r"(pack|loader)/",
    "lz4hc.h": r"pack/",
    "zlib.h": r"loader/gzip\.c",
    "ext2fs/": r"fs/ext_",
    "blkid/blkid.h": r"disk/layout_blkid\.c",
    "libnbd.h": r"(disk/nbd_image|commit/target_nbd)\.c",
    "sqfs/": r"squash/",
    "libconfig.h": r"cli/cfgfile\.c",
    "jansson.h": r"host/json\.h",
    "seccomp.h": r"host/(syscalls|tool_filter)\.c",
    "nettle/": r"(host|loader)/",
}
# What of libc a pure folder may know, and what base/ may know beyond: it keeps the log's lock,
# signals, and errno, which are one for the whole program.
PURE_LIBC = set(
    "ctype.h errno.h fnmatch.h inttypes.h limits.h stdarg.h stdbool.h stddef.h stdint.h stdio.h "
    "stdlib.h string.h strings.h".split()
)
BASE_LIBC = PURE_LIBC | {"pthread.h", "sched.h", "signal.h", "stdatomic.h", "unistd.h"}
NOT_PURE = {"base/log.h", "base/cancel.h"}
# ramimg runs as root, and whoever can write to a directory decides where a path below it leads. So these
# calls are host/dir.c's, which has looked at every directory on the way; the loader runs in the guest.
BY_PATH = ("opendir scandir nftw ftw fts_open glob unlink remove rmdir rename renameat renameat2 unlinkat mkdir "
           "mkdirat mkdtemp mkstemp mkostemp mkstemps mkostemps mknod mkfifo symlink symlinkat link creat truncate chmod chown "
           "lchown tempnam tmpnam").split()
MAY_BY_PATH = {
    "host/dir.c": ("all of them, by descriptor", set(BY_PATH) - {"opendir", "unlink", "remove", "rmdir",
                                                                "rename", "mkdir"}),
    "host/process.c": ("reads /proc", {"opendir"}),
    "volume/in_use.c": ("reads /proc and /sys", {"opendir"}),
    "volume/device_id.c": ("reads /dev, as udev has made it", {"opendir"}),
    "volume/backing.c": ("reads which images lie beside the volume, and opens none to write", {"opendir"}),
    "pvehost/pvehost.c": ("reads /etc/pve, where only root and www-data's services write", {"opendir"}),
    "pvehost/pvevm.c": ("reads /etc/pve", {"opendir"}),
    "pvehost/volume_users.c": ("reads /etc/pve", {"opendir"}),
    "pvehost/conf_write.c": ("replaces a file on /etc/pve as Proxmox does (docs/proxmox.md)", {"unlink", "rename"}),
}
# A folder that holds more of the code than this has become a place where things are put.
BIGGEST = 0.15


def read_table(tree):
    """[(name, pure, [uses])] in the order of the file."""
    text = re.sub(r"#.*", "", read(tree, "builder/CMakeLists.txt"))
    rows = []
    for body in re.findall(r"\bramimg_library\(([^)]*)\)", text):
        words = body.split()
        uses = words[words.index("USES") + 1 :] if "USES" in words else []
        if "LIBS" in uses:
            uses = uses[: uses.index("LIBS")]
        rows.append((words[0], "PURE" in words, uses))
    return rows


class Source:
    """A file below builder/."""

    def __init__(self, root, path):
        self.path = path
        self.folder = path.split("/")[0]
        text = read(root, path)
        self.lines = text.count("\n")
        self.ours = re.findall(r'^\s*#\s*include\s*"([^"]+)"', text, re.M)
        code = re.sub(r'/\*.*?\*/|"(\\.|[^"\\\n])*"|\b(struct|enum|union)\s+\w+', "", text, flags=re.S)
        self.words = set(re.findall(r"\w+", code))
        # A member that is called, or a word of another's, is none of these.
        self.by_path = set(re.findall(r"(?<![\w>.])(" + "|".join(BY_PATH) + r")\s*\(", code))
        self.others = re.findall(r"^\s*#\s*include\s*<([^>]+)>", text, re.M)


def load(tree):
    root = os.path.join(tree, "builder")
    return {path: Source(root, path) for path in walk(root, (".c", ".h")) if "/" in path}


def check_table(rows, files):
    seen = []
    for name, _, uses in rows:
        for other in uses:
            if other not in seen:
                yield f"{name} uses {other}, which has no row above it"
        seen.append(name)
    folders = {f.folder for f in files.values()}
    for folder in sorted(folders - set(seen)):
        yield f"builder/{folder} has no row in builder/CMakeLists.txt"
    for folder in sorted(set(seen) - folders):
        yield f"builder/{folder} has a row in builder/CMakeLists.txt, and no file"


def check_includes(rows, files):
    table = {name: (pure, set(uses) | {name}) for name, pure, uses in rows}
    used = collections.defaultdict(set)
    for f in files.values():
        pure, may = table.get(f.folder, (False, set()))
        for header in f.ours:
            folder = header.split("/")[0]
            used[f.folder].add(folder)
            if header not in files:
                yield f"{f.path}: there is no builder/{header}"
            if folder not in may:
                yield f"{f.path} may not include {header}: {f.folder}'s row does not use {folder}"
            if header.endswith("_internal.h") or header.endswith("/internal.h"):
                if folder != f.folder:
                    yield f"{f.path} may not include {header}, which is for {folder}/ alone"
            if pure and f.folder != "base" and header in NOT_PURE:
                yield f"{f.path}: a pure folder may not include {header}"
        for header in f.others:
            for key, where in ONLY.items():
                same = header == key or (key.endswith("/") and header.startswith(key))
                if same and not re.match(where, f.path):
                    yield f"{f.path} may not include <{header}>, which is for {where}"
            allowed = BASE_LIBC if f.folder == "base" else PURE_LIBC | extra(f)
            if pure and header not in allowed:
                yield f"{f.path}: a pure folder may not know <{header}>"
    for name, _, uses in rows:
        for other in sorted(set(uses) - used[name]):
            yield f"{name}'s row uses {other}, and no file of it does"


def check_paths(files):
    for f in files.values():
        _, may = MAY_BY_PATH.get(f.path, ("", set()))
        for call in sorted(f.by_path - may):
            if f.folder != "loader":
                yield f"{f.path} may not call {call}(): host/dir.h has what works by descriptor"
    for path, (_, may) in MAY_BY_PATH.items():
        if path not in files or (path != "host/dir.c" and may - files[path].by_path):
            yield f"{path} may call {' '.join(sorted(may))} by path, and does not"


def extra(f):
    # Entries of libarchive are memory; reading and writing archives is not for format/.
    return {"archive.h", "archive_entry.h"} if f.folder == "format" else set()


def unit(path):
    """A source and the header of its name are one."""
    return path[:-2]


def circles(tree, files):
    """Groups of files each of which needs the next: a header that it includes, or a function's source."""
    defined = {name: path for path, name in tags(tree, "f", ".c")}
    edges = {f.path: {h for h in f.ours if h in files} for f in files.values()}
    for f in files.values():
        if f.path.endswith(".c"):
            edges[f.path] |= {defined[w] for w in f.words if w in defined} - {f.path}
    index, low, stack, found = {}, {}, [], []

    def visit(v):
        index[v] = low[v] = len(index)
        stack.append(v)
        for w in edges[v]:
            if w not in index:
                visit(w)
                low[v] = min(low[v], low[w])
            elif w in stack:
                low[v] = min(low[v], index[w])
        if low[v] == index[v]:
            group = []
            while True:
                group.append(stack.pop())
                if group[-1] == v:
                    break
            if len(group) > 1:
                found.append(sorted(group))

    sys.setrecursionlimit(10000)
    for v in sorted(files):
        if v not in index:
            visit(v)
    return found


def tags(tree, kinds, ext):
    """(file, name) of all functions or prototypes that are not static."""
    paths = "".join(f"builder/{path}\n" for path in walk(os.path.join(tree, "builder"), (ext,)))
    out = subprocess.run(
        ["ctags", "-L", "-", "-x", "--_xformat=%F\t%N", "--kinds-C=" + kinds, "--extras=-{fileScope}"],
        input=paths, cwd=tree, check=True, text=True, stdout=subprocess.PIPE,
    ).stdout
    for line in out.splitlines():
        path, name = line.split("\t")
        yield path.removeprefix("builder/"), name


def is_internal(header):
    return os.path.basename(header) == "internal.h" or header.endswith("_internal.h")


def misplaced(tree):
    """(function, its source, the header that declares it) where the names differ."""
    declared = {name: path for path, name in tags(tree, "p", ".h")}
    for path, name in tags(tree, "f", ".c"):
        header = declared.get(name)
        if header and unit(header) != unit(path) and not is_internal(header):
            yield name, path, header


def measures(tree, rows, files, wrong):
    lines = collections.Counter()
    for f in files.values():
        lines[f.folder] += f.lines
    total = sum(lines.values())
    biggest, n = lines.most_common(1)[0]
    headers = [p for p in files if p.endswith(".h")]
    outside = {h for f in files.values() for h in f.ours if h.split("/")[0] != f.folder}
    between = sum(
        1 for f in files.values() for h in f.ours if h.split("/")[0] not in (f.folder, "base")
    )
    every = sum(len(f.ours) for f in files.values())
    place = {name: i for i, (name, _, _) in enumerate(rows)}
    back = sum(
        1 for f in files.values() for h in f.ours
        if place.get(h.split("/")[0], -1) > place.get(f.folder, -1)
    )
    yield "folders", str(len(lines))
    yield "biggest folder", f"{biggest}, {n} lines, {100 * n / total:.0f} %"
    yield "circles of files", str(len(circles(tree, files)))
    yield "includes that run back up", str(back)
    yield "headers that other folders include", f"{len(outside & set(headers))} of {len(headers)}"
    yield "includes between folders, base aside", f"{between} of {every}"
    yield "public functions declared elsewhere than in their source's header", str(len(wrong))


def main():
    tree = sys.argv[1]
    rows = read_table(tree)
    files = load(tree)
    if len(files) < 100 or not rows:
        sys.exit(f"only {len(files)} files and {len(rows)} rows seen: is this the source tree?")
    wrong = list(misplaced(tree))
    bad = list(check_table(rows, files)) + list(check_includes(rows, files))
    bad += list(check_paths(files))
    bad += ["a circle of files: " + " ".join(group) for group in circles(tree, files)]
    bad += [f"{name} is defined in {at} and declared in {header}" for name, at, header in wrong]
    for name, value in measures(tree, rows, files, wrong):
        if name == "biggest folder" and float(value.split()[-2]) >= 100 * BIGGEST:
            bad.append(f"the biggest folder is {value}")
        if "--measure" in sys.argv:
            print(f"{name}: {value}")
    for line in bad:
        print(line)
    sys.exit(1 if bad else 0)


main()
