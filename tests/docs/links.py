#!/usr/bin/env python3
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""links.py TREE: each link of a page leads to a file of the tree and, behind a #, to a heading of it; and docs/README.md, by
which a reader finds his page, has a link to each page of docs/."""

import os
import re
import sys

sys.dont_write_bytecode = True  # nothing is to appear in the source tree
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "style"))
from tree import read, walk  # noqa: E402

LINK = re.compile(r'(?:\]\(|\b(?:src|href)=")([^)"\s]+)[)"]')
INDEX = os.path.join("docs", "README.md")


def prose(page):
    """The page without its blocks and pieces of code."""
    page = re.sub(r"^```.*?^```$", "", page, flags=re.S | re.M)
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^    .*$", "", page, flags=re.M))


def anchors(page):
    """The names of its headings, as GitHub makes them."""
    found = set()
    for heading in re.findall(r"^#+ +(.*?) *$", re.sub(r"^```.*?^```$", "", page, flags=re.S | re.M), re.M):
        name = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()).replace(" ", "-")
        number, wanted = 0, name
        while name in found:
            number += 1
            name = f"{wanted}-{number}"
        found.add(name)
    return found


def faults(pages, exists):
    """@pages: text by path; @exists: whether the tree has that path."""
    for path, page in pages.items():
        for link in LINK.findall(prose(page)):
            if re.match(r"[a-z]+:", link):
                continue
            file, _, anchor = link.partition("#")
            to = os.path.normpath(os.path.join(os.path.dirname(path), file)) if file else path
            if not exists(to):
                yield f"{path} leads to {link}, which does not exist"
            elif anchor and anchor not in anchors(pages.get(to, "")):
                yield f"{path} leads to {link}, and {to} has no such heading"


def not_in_index(pages):
    there = set(LINK.findall(pages[INDEX]))
    for path in pages:
        if path.startswith("docs" + os.sep) and path != INDEX and os.path.basename(path) not in there:
            yield f"{INDEX} has no link to {path}"


def main():
    tree = sys.argv[1]
    pages = {path: read(tree, path) for path in walk(tree, (".md",), ("tests/fuzz/corpus",))}
    bad = [*faults(pages, lambda path: os.path.exists(os.path.join(tree, path))), *not_in_index(pages)]
    if len(pages) < 20:
        bad.append(f"only {len(pages)} pages seen: is this the source tree?")
    print("\n".join(bad))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
