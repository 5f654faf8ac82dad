#!/usr/bin/env python3
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""commands.py TREE RAMIMG: a command of ramimg's that the documentation shows, or a recording, is one that the program has, with
options that it has; and what getting-started.md shows of a terminal is on the screen of a recording.

Looked at is code: blocks, and what stands in backquotes.
"""

import glob
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True  # nothing is to appear in the source tree
TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "style"))
sys.path.insert(0, os.path.join(os.path.dirname(TESTS), "docs", "pictures"))
import terminal  # noqa: E402
from tree import read, walk  # noqa: E402

CODE = re.compile(r"^(?: {4}|\t)(.*)$|`([^`\n]+)`", re.M)
FENCED = re.compile(r"^```(?:\w*)\n(.*?)^```$", re.M | re.S)
# At the beginning of a command, or behind what runs one.
COMMAND = re.compile(r"(?:^|[;&|$#] *|\bsudo |`)ramimg ([a-z][a-z-]*)([^;&|#`\n]*)", re.M)
SHOWN = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)
# The changelog tells of what was once; ramimg's line in the notes of a VM is no command, and some it starts itself by.
WITHOUT = ("docs/CHANGELOG.md",)
NO_COMMAND = ("detached", "parse-initrd", "parse-tar", "read-direct")


def code(page):
    """The lines of its code."""
    for block in FENCED.findall(page):
        yield from block.splitlines()
    page = FENCED.sub("", page)
    for block, piece in CODE.findall(page):
        yield block or piece


def faults(lines, helps):
    """@helps: the help of each command by its name, that of the program by ""."""
    for line in lines:
        for name, rest in COMMAND.findall(line):
            if name in NO_COMMAND:
                continue
            if name not in helps:
                yield f"{line.strip()!r}: there is no command {name}"
                continue
            for option in re.findall(r"(?<!\S)(--?[a-z][a-z-]*)", rest.partition(" -- ")[0].partition("--exec '")[0]):
                if not re.search(rf"^ .*(?<![\w-]){option}(?![\w-])", helps[name], re.M):
                    yield f"{line.strip()!r}: {name} has no option {option}"


def not_on_screen(page, screens):
    """What it shows of a terminal, each block as it stands in one of the texts."""
    for block in SHOWN.findall(page):
        if not any(block.rstrip() in screen for screen in screens):
            yield "no recording shows this:\n" + block


def program_helps(program):
    def say(*args):
        return subprocess.run([program, *args], check=True, text=True, stdout=subprocess.PIPE).stdout
    helps = {"": say("help")}
    names = re.search(r"^Commands:\n(.*?)\n\n", helps[""], re.S | re.M)[1]
    for name in re.findall(r"^  ([a-z-]+) ", names, re.M):
        helps[name] = say("help", name)
    return helps


def main():
    tree, program = sys.argv[1:]
    helps, bad, seen = program_helps(program), [], 0
    recordings = [read(tree, os.path.relpath(path, tree))
                  for path in glob.glob(os.path.join(tree, "docs", "pictures", "*.cast"))]
    for recording in recordings:
        _, events = terminal.load(recording)
        bad += faults(terminal.commands(events), helps)
    for path in walk(tree, (".md",), ("tests/fuzz/corpus",)):
        if path not in WITHOUT:
            lines = list(code(read(tree, path)))
            seen += sum(len(COMMAND.findall(line)) for line in lines)
            bad += (f"{path}: {fault}" for fault in faults(lines, helps))
    page = read(tree, os.path.join("docs", "getting-started.md"))
    bad += not_on_screen(page, [terminal.transcript(recording) for recording in recordings])
    if seen < 50 or len(SHOWN.findall(page)) < 4:
        bad.append(f"only {seen} commands and {len(SHOWN.findall(page))} screens seen")
    print("\n".join(bad))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
