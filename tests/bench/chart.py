# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The figures as bars, in SVG: a panel a question, each on a scale of its own that begins at 0."""

import html
import re
import statistics

WIDTH, LEFT, RIGHT, BAR, GAP, TITLE, PAD = 760, 190, 110, 20, 8, 34, 14
PARTS = ("whole", "trees", "emulated")
OURS, PEER = "#2a6f97", "#adb5bd"
STYLE = ("text{font:13px sans-serif;fill:#222}.t{font-weight:bold}"
         "@media(prefers-color-scheme:dark){text{fill:#ddd}}")


def text(x, y, words, more=""):
    return f'<text x="{x}" y="{y}"{more}>{html.escape(words)}</text>'


def panel(title, bars):
    """The panel's elements and its height; @bars: (label, seconds, whether it is ramimg)."""
    longest = max(seconds for _, seconds, _ in bars)
    parts = [text(PAD, 20, title, ' class="t"')]
    y = TITLE
    for label, seconds, ours in bars:
        wide = (WIDTH - LEFT - RIGHT) * seconds / longest
        parts += [text(LEFT - 8, y + 15, label, ' text-anchor="end"'),
                  f'<rect x="{LEFT}" y="{y}" width="{wide:.1f}" height="{BAR}" rx="2" '
                  f'fill="{OURS if ours else PEER}"/>',
                  text(f"{LEFT + wide + 6:.1f}", y + 15, f"{seconds:.3g} s" if seconds < 100
                       else f"{seconds:.0f} s")]
        y += BAR + GAP
    return "\n".join(parts), y + PAD


def kept(old, part):
    """The panel that is there already, as `panel` made it; None: there is none."""
    found = re.search(rf'<svg id="{part}" y="\d+" height="(\d+)">\n(.*?)\n</svg>', old, re.S)
    return found and (found[2], int(found[1]))


def draw(made, old=""):
    """@made: the panels by their parts; those of other parts are taken from the chart @old."""
    parts, y = [], 0
    for part in PARTS:
        one = panel(*made[part]) if part in made else kept(old, part)
        if one:
            parts.append(f'<svg id="{part}" y="{y}" height="{one[1]}">\n{one[0]}\n</svg>')
            y += one[1]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" '
            f'height="{y}" role="img">\n<title>ramimg against its peers, in seconds</title>\n'
            f"<style>{STYLE}</style>\n" + "\n".join(parts) + "\n</svg>\n")


def panels(data):
    def median(rows, key):
        return statistics.median(r[key] for r in rows)

    def of(part, kind):
        return [r for r in data[part]["results"] if r["kind"] == kind]

    result = {}
    if "whole" in data:
        result["whole"] = ("The whole build of a Debian's disk, without KVM", [
            (label, median(of("whole", kind), "seconds"), kind != "by hand")
            for label, kind in (("by hand", "by hand"), ("ramimg, gzip", "gzip"), ("ramimg, zstd", "zstd"))
            if of("whole", kind)])
    if "trees" in data:
        result["trees"] = ("Packing its root", [
            (label, median(data["trees"]["results"], key), ours) for label, key, ours in (
                ("tar -cz", "tar gzip", False), ("ramimg, gzip", "gzip", True),
                ("tar | zstd -T0 -3", "tar zstd", False), ("ramimg, zstd", "zstd", True))])
    if "emulated" in data:
        result["emulated"] = ("At boot, from root mounted to root in RAM, emulated", [
            (label, median(of("emulated", kind), "seconds"), kind != "by hand")
            for label, kind in (("by hand, cp -rfa", "by hand"), ("ramimg, gzip", "gzip"),
                                ("ramimg, zstd", "zstd"), ("ramimg, lz4", "lz4"), ("ramimg, compressed", "compressed"))])
    return result
