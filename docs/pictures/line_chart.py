# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What was measured over time as a line, in SVG, readable on light and on dark.

The first line is the title, the second the unit of what was measured; then a line for each figure: seconds, a tab, the figure, and where
something happened a tab and what. Scales begin at 0.
"""

import html

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 260, 84, 16, 16, 30
STYLE = (".p{fill:#fff}text{font:13px sans-serif;fill:#1f2933}.g{stroke:#9aa5b1;stroke-width:.6}.l{stroke:#2a6f97;stroke-width:2;fill:none}"
         ".e{stroke:#b5651d;stroke-dasharray:3 3}"
         "@media(prefers-color-scheme:dark){.p{fill:#161b22}text{fill:#e4e7eb}.l{stroke:#5aa9d6}.e{stroke:#e69138}}")


def step(most, parts):
    """A round number of which some @parts reach up to @most."""
    size = 1
    while most / size > parts:
        size = size * 5 // 2 if str(size)[0] == "2" else size * 2
    return size


def text(x, y, words, anchor):
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{html.escape(words, quote=False)}</text>'


def draw(source):
    title, unit, *lines = source.strip("\n").split("\n")
    rows = [line.split("\t") for line in lines]
    points = [(float(row[0]), float(row[1])) for row in rows]
    long, most = points[-1][0], max(figure for _, figure in points)
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    top = step(most, 5) * -(-most // step(most, 5))

    def at(seconds, figure):
        return LEFT + wide * seconds / long, TOP + high * (1 - figure / top)

    parts = []
    for figure in range(0, int(top) + 1, step(most, 5)):
        y = at(0, figure)[1]
        parts += [f'<line x1="{LEFT}" y1="{y:g}" x2="{WIDTH - RIGHT}" y2="{y:g}" class="g"/>',
                  text(LEFT - 8, y + 4.5, f"{figure:,}" + (f" {unit}" if figure >= top else ""), "end")]
    for seconds in range(0, int(long) + 1, step(long, 8)):
        parts.append(text(at(seconds, 0)[0], HEIGHT - 8, f"{seconds} s", "middle"))
    for i, row in enumerate(r for r in rows if len(r) > 2):
        x = at(float(row[0]), 0)[0]
        y = TOP + 14 + 18 * i
        parts += [f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{TOP + high}" class="e"/>',
                  text(x + 5, y, row[2], "start") if x < WIDTH * 0.6 else text(x - 5, y, row[2], "end")]
    line = "L".join("{:.1f} {:.1f}".format(*at(*point)) for point in points)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
            f'role="img">\n<title>{html.escape(title)}</title>\n<style>{STYLE}</style>\n<rect width="100%" height="100%" rx="6" class="p"/>\n' + "\n".join(parts)
            + f'\n<path d="M{line}" class="l"/>\n</svg>\n')
