#!/usr/bin/env python3
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""limits.py TREE: the values in the table of docs/limits.md are those of the constants that they name."""
import os
import re
import sys

sys.dont_write_bytecode = True  # nothing is to appear in the source tree
from tree import read  # noqa: E402

ROW = re.compile(r"\| ([^|]+) \| ([\d,]+)( [KMGTP]iB)? \| `(\w+)` in (\S+) \| [^|]+ \|$")
UNITS = {None: 0, " KiB": 10, " MiB": 20, " GiB": 30, " TiB": 40, " PiB": 50}
# Whole numbers, their types and their suffixes, shifts and products: what a limit is written in.
PLAIN = re.compile(r"[\d\s()<*]+")


def constant(text, name):
    """The value of #define NAME, or None."""
    found = re.search(rf"^#define {name}\b(?:[ \t]*\\\n)?([^\n]*)", text, re.M)
    if not found:
        return None
    value = re.sub(r"/\*.*", "", found[1])
    value = re.sub(r"\((?:u?int\d+_t|size_t)\)", "", value)
    value = re.sub(r"(\d)(?:ull|u|ul)\b", r"\1", value).strip()
    return eval(value) if PLAIN.fullmatch(value) else None  # pylint: disable=eval-used


def main():
    tree = sys.argv[1]
    rows, bad = 0, []
    page = read(tree, os.path.join("docs", "limits.md"))
    for line in page.partition("\n## Bytes and numbers\n")[2].partition("\n## ")[0].splitlines():
        if not line.startswith("|") or line.startswith("|---") or line.startswith("| what | "):
            continue
        row = ROW.fullmatch(line)
        if not row:
            bad.append(f"not a row of a limit: {line}")
            continue
        rows += 1
        what, number, unit, name, path = row.groups()
        said = int(number.replace(",", "")) << UNITS[unit]
        is_ = constant(read(tree, path), name)
        if said != is_:
            bad.append(f"{what}: {said} is said, and {name} in {path} is {is_}")
    if rows < 10:
        bad.append(f"only {rows} rows seen: is this the source tree?")
    print("\n".join(bad))
    sys.exit(1 if bad else 0)


main()
