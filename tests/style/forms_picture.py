#!/usr/bin/env python3
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""forms_picture.py TREE [--write]: docs/forms.svg is what is drawn here, or is written so.

What a VM has in RAM in each form, as boxes one upon the other; nothing in it is to scale.
"""
import html
import os
import sys

WIDTH, PAD, COLUMN, HEIGHT, GAP = 760, 14, 356, 44, 8
STYLE = ("text{font:13px sans-serif;fill:#222}.t{font-weight:bold}.w{fill:#fff}"
         "@media(prefers-color-scheme:dark){text{fill:#ddd}}")
DISK, READ, WRITE = "#6c757d", "#2a6f97", "#b5651d"

# Of each form, from the disk up: colour, what it is, what of it is to know.
FORMS = (
    ("tmpfs, the default", (
        (DISK, "/boot/ram.tar.gz or .zst, on the disk", "read once at boot, decompressed on all CPUs"),
        (WRITE, "tmpfs at /: each file, plain", "packed and written files; up to ram.size"),
    )),
    ("compressed", (
        (DISK, "/boot/ram.squashfs, on the disk", "read once at boot, hashed on all CPUs"),
        (READ, "the image, in a tmpfs", "as long as on the disk; never changes"),
        (READ, "a loop device, squashfs", "decompressed where it is read, block by block"),
        (WRITE, "a tmpfs above it", "files that are written; up to root.upper"),
        (READ, "overlay at /: both as one tree", "takes no room of its own"),
    )),
)


def text(x, y, words, more=""):
    return f'<text x="{x}" y="{y}"{more}>{html.escape(words)}</text>'


def box(x, y, colour, what, more):
    return [f'<rect x="{x}" y="{y}" width="{COLUMN}" height="{HEIGHT}" rx="3" fill="{colour}"/>',
            text(x + 10, y + 18, what, ' class="t w"'), text(x + 10, y + 35, more, ' class="w"')]


def draw():
    most = max(len(boxes) for _, boxes in FORMS)
    bottom = 34 + most * (HEIGHT + GAP)
    parts = []
    for i, (name, boxes) in enumerate(FORMS):
        x = PAD + i * (COLUMN + 20)
        parts.append(text(x, 20, name, ' class="t"'))
        for k, row in enumerate(boxes):
            parts += box(x, bottom - (k + 1) * (HEIGHT + GAP) + GAP, *row)
    middle = bottom - (HEIGHT + GAP) + GAP / 2
    parts.append(f'<line x1="0" y1="{middle:g}" x2="{WIDTH}" y2="{middle:g}" stroke="{DISK}" stroke-dasharray="4 4"/>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + PAD}" width="{WIDTH}" '
            f'height="{bottom + PAD}" role="img">\n<title>What is in RAM in each form, above the line; the disk leaves'
            f'</title>\n<style>{STYLE}</style>\n' + "\n".join(parts) + "\n</svg>\n")


def main():
    path = os.path.join(sys.argv[1], "docs", "forms.svg")
    if "--write" in sys.argv[2:]:
        with open(path, "w", encoding="utf-8") as file:
            file.write(draw())
        return
    with open(path, encoding="utf-8") as file:
        if file.read() != draw():
            sys.exit(f"{path} is not what {sys.argv[0]} draws: run it with --write")


main()
