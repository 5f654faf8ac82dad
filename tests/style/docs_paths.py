#!/usr/bin/env python3
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""docs_paths.py TREE: a source file that the documentation or a comment names exists.

Checked are words like folder/file.c whose folder is one of builder/ or tests/, in *.md and in the
comments of sources, since a file that was renamed is still called by its old name there.
"""
import glob
import os
import re
import sys

# Linux's sources, of which fs/ is called like a folder of ours; and patterns (fuzz_X.c, cmd_NAME.c).
OTHERS = re.compile(r"fs/(dcache|xattr)\.c$|fs/\w+/|.*_(X|NAME)\.c$")
PATH = re.compile(r"(?<![\w./$\-])((?:[\w\-]+/)+[\w\-*]+\.(?:c|h|py|sh))\b")


def texts(tree):
    for top, folders, names in os.walk(tree):
        folders[:] = [f for f in folders if f not in ("out", ".git", "corpus")]
        for name in names:
            path = os.path.join(top, name)
            if name.endswith(".md"):
                yield path, open(path, encoding="utf-8").read()
            elif name.endswith((".c", ".h")):
                text = open(path, encoding="utf-8").read()
                yield path, "\n".join(re.findall(r"/\*.*?\*/", text, re.S))


def main():
    tree = sys.argv[1]
    builder, tests = os.path.join(tree, "builder"), os.path.join(tree, "tests")
    # core and io were folders once.
    ours = {"builder", "tests", "core", "io"}
    for base in (builder, tests):
        ours |= {f for f in os.listdir(base) if os.path.isdir(os.path.join(base, f))}
    seen, bad = 0, []
    for path, text in texts(tree):
        for named in PATH.findall(text):
            if named.split("/")[0] not in ours:
                continue
            seen += 1
            if not any(glob.glob(os.path.join(base, named)) for base in (tree, builder, tests)):
                if not OTHERS.match(named):
                    bad.append(f"{os.path.relpath(path, tree)} names {named}, which does not exist")
    if seen < 50:
        sys.exit(f"only {seen} names seen: is this the source tree?")
    print("\n".join(sorted(set(bad))))
    sys.exit(1 if bad else 0)

main()
