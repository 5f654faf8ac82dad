#!/usr/bin/env python3
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""messages.py TREE: what docs/troubleshooting.md quotes as a message is one that a source prints.

A message, or a part of one, is what a heading of the page has in backquotes. "…" in it stands for what the program puts there, and
so for one conversion (%s, %.40s, %u) of the source's text; texts of C that follow one another are one.
"""

import os
import re
import sys

sys.dont_write_bytecode = True  # nothing is to appear in the source tree
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "style"))
from tree import read, walk  # noqa: E402

PAGE = os.path.join("docs", "troubleshooting.md")
QUOTED = re.compile(r"^#+ .*$", re.M)
STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
# Between two texts of C that are one: blanks, and PRIu64 and the like, which end a conversion.
JOINED = re.compile(r'(?:%[\d.*-]*(?:" PRI[ux]\d+ "))|(?<!\\)"\s*"')
CONVERSION = re.compile(r"%(?:[-+ #0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh|h|ll|l|z|j|t)?[a-zA-Z])")


def texts(source):
    """The strings of a source of C, each conversion as "…"."""
    source = JOINED.sub(lambda found: "…" if "PRI" in found[0] else "", source)
    for text in STRING.findall(source):
        yield CONVERSION.sub("…", text.replace('\\"', '"').replace("%%", "%").replace("\\n", ""))


def messages(page):
    return [message for heading in QUOTED.findall(page) for message in re.findall(r"`([^`]+)`", heading)]


def faults(page, said):
    return [f"{PAGE}: nothing says `{message}`" for message in messages(page) if not any(message in text for text in said)]


def main():
    tree = sys.argv[1]
    said = {text for path in walk(tree, (".c", ".h")) if path.startswith("builder") for text in texts(read(tree, path))}
    said |= {line for path in ("templates/initramfs-script", "templates/dracut-hook", "templates/hookscript")
             for line in read(tree, path).splitlines()}
    page = read(tree, PAGE)
    bad = faults(page, said)
    if len(messages(page)) < 20 or len(said) < 1000:
        bad.append(f"only {len(messages(page))} messages and {len(said)} texts seen: is this the source tree?")
    print("\n".join(bad))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
