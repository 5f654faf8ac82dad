# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table of docs/confinement.md, for tests that compare it with /proc."""

import os
import re

DOC = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))),
                   "docs", "confinement.md")
# A limit's name in the table, and in /proc/PID/limits.
NAMES = {"address space": "Max address space", "cpu time": "Max cpu time", "open files": "Max open files",
         "file size": "Max file size", "core file size": "Max core file size", "processes": "Max processes"}


def row(process):
    """The process's row of the table, by the column's name."""
    with open(DOC, encoding="utf-8") as f:
        lines = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in f
                 if line.startswith("|")]
    return dict(zip(lines[0], next(line for line in lines if line[0] == process), strict=True))


def limits(process):
    """The limits in the process's row, by the kernel's names."""
    return {NAMES[name]: n for name, n in re.findall(r"([a-z ]+?) (\d+)(?:, |$)", row(process)["limits"])}


def in_force(text, name):
    """The soft and the hard limit called @name in the @text of /proc/PID/limits."""
    line = next(line for line in text.splitlines() if line.startswith(name + " "))
    return line[len(name):].split()[:2]
