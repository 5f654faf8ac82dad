#!/usr/bin/env python3
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""spdx.py TREE: every source says its licence in its first lines (REUSE 3.3).

What cannot (templates, which go into guests as they are, and data) is covered by REUSE.toml.
"""
import os
import sys

sys.dont_write_bytecode = True  # nothing is to appear in the source tree
from tree import read, walk  # noqa: E402

SAYS = "SPDX-License-Identifier: LGPL-2.1-or-later"
WHOSE = "SPDX-FileCopyrightText: "
# Golden scripts and corpora are data, whatever they are called; so is a made-up guest's 40_custom.
DATA = ("tests/golden", "tests/fuzz/corpus", "tests/host/golden", "templates")


def is_source(tree, path):
    name = os.path.basename(path)
    if name.endswith((".c", ".h", ".py", ".sh", ".cmake")) or name == "CMakeLists.txt":
        return True
    if name == "40_custom" or "." in name:
        return False
    with open(os.path.join(tree, path), "rb") as f:
        return f.read(2) == b"#!"


def main():
    tree, seen, bad = sys.argv[1], 0, 0
    for path in walk(tree, without=DATA):
        if not is_source(tree, path):
            continue
        seen += 1
        head = "".join(read(tree, path).splitlines(keepends=True)[:4])
        if SAYS not in head or WHOSE not in head:
            print(f"{path}: no SPDX lines at its beginning")
            bad = 1
    if seen < 300:
        sys.exit(f"only {seen} sources seen: is this the source tree?")
    sys.exit(bad)


main()
