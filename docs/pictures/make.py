#!/usr/bin/env python3
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""make.py [--check]: draws NAME.svg of each NAME.txt, NAME.tsv and of ANIMATED beside this, or says which one is not that."""

import os
import sys

sys.dont_write_bytecode = True  # nothing is to appear in the source tree
import boxes  # noqa: E402
import line_chart  # noqa: E402
import terminal  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
# Of the other recordings pages show the text.
ANIMATED = ("session.cast",)
DRAW = {".txt": boxes.draw, ".cast": terminal.draw, ".tsv": line_chart.draw}


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None


def main():
    check, bad = "--check" in sys.argv[1:], 0
    names = sorted(os.listdir(HERE))
    drawn = {name: DRAW[os.path.splitext(name)[1]] for name in names if os.path.splitext(name)[1] in DRAW
             and (not name.endswith(".cast") or name in ANIMATED)}
    for name, draw in drawn.items():
        path = os.path.join(HERE, os.path.splitext(name)[0] + ".svg")
        wanted = draw(read(os.path.join(HERE, name)))
        if not check:
            with open(path, "w", encoding="utf-8") as file:
                file.write(wanted)
        elif read(path) != wanted:
            print(f"{path} is not what is drawn of {name}: run {sys.argv[0]}")
            bad = 1
    for name in names:
        if name.endswith(".svg") and not any(name[:-4] + ending in drawn for ending in DRAW):
            print(f"{name} is made of nothing")
            bad = 1
    sys.exit(bad)


main()
