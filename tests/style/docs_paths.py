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

sys.dont_write_bytecode = True  # nothing is to appear in the source tree
from tree import read, walk  # noqa: E402

# Linux's sources, of which fs/ is called like a folder of ours; and patterns (fuzz_X.c, cmd_NAME.c).
OTHERS = re.compile(r"fs/(dcache|xattr)\.c$|fs/\w+/|.*_(X|NAME)\.c$")
PATH = re.compile(r"(?<![\w./$\-])((?:[\w\-]+/)+[\w\-*]+\.(?:c|h|py|sh))\b")


def texts(tree):
    for path in walk(tree, (".md", ".c", ".h"), ("tests/fuzz/corpus",)):
        text = read(tree, path)
        yield path, text if path.endswith(".md") else "\n".join(re.findall(r"/\*.*?\*/", text, re.S))


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
                    bad.append(f"{path} names {named}, which does not exist")
    if seen < 50:
        sys.exit(f"only {seen} names seen: is this the source tree?")
    print("\n".join(sorted(set(bad))))
    sys.exit(1 if bad else 0)


main()
