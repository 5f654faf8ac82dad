# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A picture of boxes, lines and words in a text file, as an SVG that is readable on light and on dark.

The first line is the title. Below it each letter is a place of a grid: of the lines ─│┌┐└┘├┤┬┴┼ (and ═║╔╗╚╝, for what
is in RAM), of the arrows ►◄▲▼, or of a word. Closed boxes are filled. What is between two blanks or more is one text.
"""

import html
import re

WIDE, HIGH, PAD = 8.0, 18, 12
# Where the lines of a letter go: left, right, up, down.
GOES = {"─": "lr", "│": "ud", "┌": "rd", "┐": "ld", "└": "ru", "┘": "lu", "├": "rud", "┤": "lud", "┬": "lrd", "┴": "lru",
        "┼": "lrud", "═": "lr", "║": "ud", "╔": "rd", "╗": "ld", "╚": "ru", "╝": "lu"}
ARROWS = {"►": (5, 0, -4, -5, -4, 5), "◄": (-5, 0, 4, -5, 4, 5), "▲": (0, -6, -5, 4, 5, 4), "▼": (0, 6, -5, -4, 5, -4)}
ENDS = set(GOES) | set(ARROWS)
STYLE = (".p{fill:#fff}text{font:13px sans-serif;fill:#1f2933}path{stroke:#52606d;stroke-width:1.4;fill:none}"
         ".a{fill:#52606d;stroke:none}.n{fill:#2a6f97;fill-opacity:.10}.m{fill:#b5651d;fill-opacity:.20}"
         "@media(prefers-color-scheme:dark){.p{fill:#161b22}text{fill:#e4e7eb}path{stroke:#9aa5b1}.a{fill:#9aa5b1;stroke:none}"
         ".n{fill:#5aa9d6;fill-opacity:.16}.m{fill:#e69138;fill-opacity:.26}}")


def at(column, row):
    """The middle of a place."""
    return PAD + (column + 0.5) * WIDE, PAD + (row + 0.5) * HIGH


class Grid:
    def __init__(self, lines):
        self.lines = lines
        self.wide = max(map(len, lines))

    def letter(self, column, row):
        line = self.lines[row] if 0 <= row < len(self.lines) else ""
        return line[column] if 0 <= column < len(line) else " "

    def places(self):
        return ((c, r, letter) for r, line in enumerate(self.lines) for c, letter in enumerate(line))

    def goes(self, column, row, way):
        return way in GOES.get(self.letter(column, row), "")

    def run(self, column, row, way, step):
        """How far a line goes on from a place; arrows end it."""
        while self.goes(column, row, way):
            column, row = column + step[0], row + step[1]
        return column, row

    def box(self, column, row):
        """The opposite corner of the box whose upper left corner is here, or None."""
        for right in range(column + 1, self.wide):
            if self.letter(right, row) in "┐╗":
                break
            if not self.goes(right, row, "l"):
                return None
        else:
            return None
        for low in range(row + 1, len(self.lines)):
            if self.letter(column, low) in "└╚":
                return (right, low) if self.letter(right, low) in "┘╝" else None
            if not self.goes(column, low, "u"):
                return None
        return None


def boxes(grid):
    for column, row, letter in grid.places():
        corner = grid.box(column, row) if letter in "┌╔" else None
        if corner:
            (x, y), (right, low) = at(column, row), at(*corner)
            yield (f'<rect x="{x:g}" y="{y:g}" width="{right - x:g}" height="{low - y:g}" '
                   f'class="{"m" if letter == "╔" else "n"}"/>')


def strokes(grid):
    """Each straight line once, from where it begins to where it ends, which is in the middle of a letter: of its own, of the
    arrow there, or of the box's side that it stops at."""
    parts = []
    for column, row, letter in grid.places():
        for way, back, step in (("r", "l", (1, 0)), ("d", "u", (0, 1))):
            before = (column - step[0], row - step[1])
            goes, came = grid.goes(column, row, way), grid.goes(column, row, back)
            if came and grid.goes(*before, way) or not goes and (not came or grid.letter(*before) not in ARROWS):
                continue
            end = grid.run(column, row, way, step)
            if goes and grid.letter(*end) not in ENDS:
                end = (end[0] - step[0], end[1] - step[1])
            begin = before if came and grid.letter(*before) in ENDS else (column, row)
            (x, y), (right, low) = at(*begin), at(*end)
            parts.append(f"M{x:g} {y:g}L{right:g} {low:g}")
    return f'<path d="{"".join(parts)}"/>'


def arrows(grid):
    for column, row, letter in grid.places():
        if letter in ARROWS:
            x, y = at(column, row)
            points = ARROWS[letter]
            yield ('<path class="a" d="M' + "L".join(f"{x + points[i]:g} {y + points[i + 1]:g}" for i in (0, 2, 4))
                   + 'Z"/>')


def words(grid):
    """Texts: behind a box's side from there on, others in the middle of the room that they take in the file. So another
    font is as good."""
    for row, line in enumerate(grid.lines):
        blank = "".join("\0" if letter in ENDS else letter for letter in line)
        for found in re.finditer(r"[^\s\0]+(?: [^\s\0]+)*", blank):
            side = re.search(r"[│║├┤] {1,3}$", line[:found.start()])
            x, y = at(found.start() - 0.5 if side else found.start() + len(found[0]) / 2 - 0.5, row)
            yield (f'<text x="{x:g}" y="{y + 4.5:g}" text-anchor="{"start" if side else "middle"}">'
                   f"{html.escape(found[0], quote=False)}</text>")


def draw(source):
    title, _, rest = source.partition("\n")
    grid = Grid(rest.strip("\n").split("\n"))
    wide, high = PAD * 2 + grid.wide * WIDE, PAD * 2 + len(grid.lines) * HIGH
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {high:g}" width="{wide:g}" '
            f'height="{high:g}" role="img">\n<title>{html.escape(title)}</title>\n<style>{STYLE}</style>\n'
            + '<rect width="100%" height="100%" rx="6" class="p"/>\n' + "\n".join([*boxes(grid), strokes(grid), *arrows(grid), *words(grid)]) + "\n</svg>\n")
