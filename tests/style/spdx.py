#!/usr/bin/env python3
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""spdx.py TREE: every source says its licence in its first lines (REUSE 3.3).

What cannot (templates, which go into guests as they are, and data) is covered by REUSE.toml.
"""
import os
import sys

SAYS = "SPDX-License-Identifier: LGPL-2.1-or-later"
WHOSE = "SPDX-FileCopyrightText: "
# Golden scripts and corpora are data, whatever they are called; so is a made-up guest's 40_custom.
DATA = ("tests/golden", "tests/fuzz/corpus", "tests/host/golden", "templates", "out")


def sources(tree):
    for top, folders, names in os.walk(tree):
        here = os.path.relpath(top, tree)
        folders[:] = [f for f in folders if f != ".git" and os.path.normpath(os.path.join(here, f)) not in DATA]
        for name in names:
            path = os.path.join(top, name)
            if name.endswith((".c", ".h", ".py", ".sh", ".cmake")) or name == "CMakeLists.txt":
                yield path
            elif name != "40_custom" and "." not in name and open(path, "rb").read(2) == b"#!":
                yield path


def main():
    tree, seen, bad = sys.argv[1], 0, 0
    for path in sources(tree):
        seen += 1
        head = "".join(open(path, encoding="utf-8").readlines()[:4])
        if SAYS not in head or WHOSE not in head:
            print(f"{os.path.relpath(path, tree)}: no SPDX lines at its beginning")
            bad = 1
    if seen < 300:
        sys.exit(f"only {seen} sources seen: is this the source tree?")
    sys.exit(bad)


main()
