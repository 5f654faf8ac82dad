# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A recorded terminal session as an animated SVG, or as the text that stays on the screen.

The recording is an asciicast of version 2 (https://docs.asciinema.org/manual/asciicast/v2/), as record.py writes it: a line
with the size, and a line for each piece of output with its time; a marker "$" where a prompt waits, and one with the
command where that begins. What was shown is not touched. When is: waiting is cut to what PAUSE and RUN allow, and a
clock shows the seconds that it really took.

In the SVG each line of the terminal is a <text> for each content that it had, which CSS shows for its time; nothing else
is in it. A reader that knows no animation, or does not want to see any, has the last screen.
"""

import html
import json
import re

# In seconds: the longest that nothing happens, what the output of one command may take, how long the end stays, and
# between two pictures the least.
PAUSE, RUN, END, LEAST = 1.2, 6.0, 8.0, 0.08
WIDE, HIGH, LEFT, TOP, SIZE = 7.8, 17, 14, 34, 13
COLOURS = {"31": "r", "32": "g", "33": "y", "34": "b"}
STYLE = """\
text{font:%dpx ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d8dee9;white-space:pre}
.B{font-weight:bold}.r{fill:#f28b82}.g{fill:#a8d08d}.y{fill:#f0c674}.b{fill:#8ab4f8}.d{fill:#8b95a5}.t{visibility:hidden}
""" % SIZE
CONTROL = re.compile(r"\033\[([?\d;]*)([A-Za-z])|\033[()][A-Z0-9]|\033[=>]")


class Screen:
    """A terminal as far as ramimg and a shell use one: it wraps, and knows the codes of `_code`."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines = [[]]
        self.row = self.column = 0
        self.style = frozenset()

    def _newline(self):
        self.row += 1
        if self.row == len(self.lines):
            self.lines.append([])

    def _put(self, letter):
        if self.column == self.columns:
            self._newline()
            self.column = 0
        line = self.lines[self.row]
        line += [(" ", frozenset())] * (self.column - len(line))
        line[self.column:self.column + 1] = [(letter, self.style)]
        self.column += 1

    def _code(self, words, letter):
        number = int(words) if words.isdigit() else 0
        line = self.lines[self.row]
        if letter == "A":
            self.row = max(self.row - max(number, 1), len(self.lines) - self.rows, 0)
        elif letter == "K" and number == 0:
            del line[self.column:]
        elif letter == "J" and number == 0:
            del line[self.column:]
            del self.lines[self.row + 1:]
        elif letter == "m":
            for word in (words or "0").split(";"):
                self.style = frozenset() if word in ("", "0") else self.style | {"B" if word == "1" else
                                                                                 COLOURS.get(word, "")} - {""}
        elif letter not in "hl":
            raise ValueError(f"a terminal's code that is not known here: {words}{letter}")

    def feed(self, text):
        at = 0
        while at < len(text):
            if found := CONTROL.match(text, at):
                if found[2]:
                    self._code(found[1], found[2])
                at = found.end()
                continue
            letter = text[at]
            at += 1
            if letter == "\n":
                self._newline()
            elif letter == "\r":
                self.column = 0
            elif letter == "\b":
                self.column = max(self.column - 1, 0)
            elif letter == "\t":
                self.column = min(self.column // 8 * 8 + 8, self.columns - 1)
            elif letter >= " ":
                self._put(letter)
            elif letter != "\a":
                raise ValueError(f"a control character that is not known here: {letter!r}")

    def picture(self, cursor):
        """Its lines, each as a tuple of (letters, classes); with @cursor a block where it stands."""
        lines = [list(line) for line in self.lines]
        if cursor:
            line = lines[self.row]
            line += [(" ", frozenset())] * (self.column + 1 - len(line))
            line[self.column] = ("█", frozenset())
        return tuple(runs(line) for line in lines)


def runs(cells):
    """Letters of one style together, without what is blank at the end."""
    found = []
    for letter, style in cells:
        if found and found[-1][1] == style:
            found[-1][0] += letter
        else:
            found.append([letter, style])
    if found and not found[-1][1]:
        found[-1][0] = found[-1][0].rstrip(" ")
    return tuple((text, " ".join(sorted(style))) for text, style in found if text)


def load(text):
    """The head of a recording and its events (seconds, kind, text)."""
    lines = text.splitlines()
    head = json.loads(lines[0])
    if head["version"] != 2:
        raise ValueError("not an asciicast of version 2")
    return head, [tuple(json.loads(line)) for line in lines[1:]]


def commands(events):
    return [text for _, kind, text in events if kind == "m" and text != "$"]


def shown_at(events):
    """For each event when it is shown: no pause is longer than PAUSE, no command's output takes longer than RUN."""
    gaps, stretch, last = [], [], 0.0
    for i, (when, kind, text) in enumerate(events):
        gaps.append(min(when - last, PAUSE))
        last = when
        if kind == "m" and text != "$":
            stretch.append([i + 1, None])
        elif kind == "m" and stretch and stretch[-1][1] is None:
            stretch[-1][1] = i + 1
    for begin, end in stretch:
        whole = sum(gaps[begin:end])
        if whole > RUN:
            gaps[begin:end] = [gap * RUN / whole for gap in gaps[begin:end]]
    times, now = [], 0.0
    for gap in gaps:
        now += gap
        times.append(now)
    return times


def frames(head, events):
    """(shown at, seconds of the recording, lines), LEAST apart; the last is the end."""
    screen, found, prompt = Screen(head["width"], head["height"]), [], True
    for (when, kind, text), shown in zip(events, shown_at(events)):
        if kind == "m":
            prompt = text == "$"
        elif kind == "o":
            screen.feed(text)
        frame = (shown, when, screen.picture(prompt))
        if found and shown - found[-1][0] < LEAST:
            found[-1] = (found[-1][0], *frame[1:])
        else:
            found.append(frame)
    return found


def transcript(text):
    """What is on the terminal at the end, from its first line on."""
    head, events = load(text)
    screen = Screen(head["width"], head["height"])
    for _, kind, piece in events:
        if kind == "o":
            screen.feed(piece)
    return "\n".join("".join(letter for letter, _ in line).rstrip() for line in screen.lines).rstrip() + "\n"


class Times:
    """The CSS classes by which something is shown from one moment to another; one for each pair."""

    def __init__(self, whole):
        self.whole = whole
        self.rules = {}

    def percent(self, moment):
        return f"{100 * moment / self.whole:.2f}".rstrip("0").rstrip(".") + "%"

    def name(self, begin, end):
        """@end None: to the end, which is also what is seen without animation."""
        if begin <= 0 and end is None:
            return ""
        css = "" if begin <= 0 else "0%{visibility:hidden}"
        css += self.percent(begin) + "{visibility:visible}"
        if end is not None:
            css += self.percent(end) + "{visibility:hidden}"
        name = self.rules.setdefault(css, f"k{len(self.rules)}")
        return name if end is None else f"t {name}"

    def css(self):
        return "".join(f"@keyframes {name}{{{css}}}.{name}{{animation:{name} {self.whole:.2f}s step-end infinite}}\n"
                       for css, name in self.rules.items())


def spans(pictures):
    """(value, begin, end) of each stretch of equal values in (moment, value); the last has no end. None is nothing."""
    begin, last, found = None, None, []
    for moment, value in pictures:
        if value == last:
            continue
        if last:
            found.append((last, begin, moment))
        begin, last = moment, value
    return found + ([(last, begin, None)] if last else [])


def text(x, y, line, classes):
    """One line; textLength keeps its columns where a reader has another font."""
    parts, at = [], x
    for letters, style in line:
        if letters.strip():
            more = f' class="{style}"' if style else ""
            parts.append(f'<tspan x="{at:g}" textLength="{len(letters) * WIDE:g}"{more}>{html.escape(letters, quote=False)}'
                         "</tspan>")
        at += len(letters) * WIDE
    shown = f' class="{classes}"' if classes else ""
    return f'<text y="{y:g}"{shown}>{"".join(parts)}</text>'


def clock(when):
    return f"{int(when) // 60}:{int(when) % 60:02}"


def film(pictures, rows, times):
    """The lines of the terminal, and the rule by which they move up as it scrolls."""
    parts = []
    for row in range(max(len(lines) for _, _, lines in pictures)):
        seen = [(shown, lines[row] if row < len(lines) else None) for shown, _, lines in pictures]
        parts += [text(LEFT, row * HIGH + SIZE, line, times.name(begin, end)) for line, begin, end in spans(seen)]
    tops = spans([(shown, (max(len(lines) - rows, 0),)) for shown, _, lines in pictures])
    steps = "".join(f"{times.percent(begin)}{{transform:translateY(-{top * HIGH}px)}}" for (top,), begin, _ in tops)
    rule = (f"@keyframes up{{{steps}}}.up{{transform:translateY(-{tops[-1][0][0] * HIGH}px);"
            f"animation:up {times.whole:.2f}s step-end infinite}}\n")
    return parts, rule


def draw(recording):
    head, events = load(recording)
    pictures = frames(head, events)
    times = Times(pictures[-1][0] + END)
    lines, scrolling = film(pictures, head["height"], times)
    wide, high = LEFT * 2 + head["width"] * WIDE, head["height"] * HIGH + 6
    seconds = [text(wide - LEFT - 5 * WIDE, 21, ((f"{shown:>5}", "d"),), times.name(begin, end))
               for shown, begin, end in spans([(shown, clock(when)) for shown, when, _ in pictures])]
    title = html.escape(head["title"])
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {TOP + high + 8}" width="{wide:g}" '
            f'height="{TOP + high + 8}" role="img" xml:space="preserve">\n<title>{title}</title>\n<style>{STYLE}{times.css()}{scrolling}'
            "@media(prefers-reduced-motion:reduce){*{animation:none!important}}</style>\n"
            f'<rect width="100%" height="100%" rx="8" fill="#1d222b" stroke="#4b5563"/>\n'
            + "".join(f'<circle cx="{18 + 18 * i}" cy="17" r="5" fill="#4b5563"/>' for i in range(3))
            + "\n" + text(LEFT + 64, 21, ((head["title"], "d"),), "") + "\n" + "\n".join(seconds)
            + f'\n<svg x="0" y="{TOP}" width="{wide:g}" height="{high}"><g class="up">\n' + "\n".join(lines)
            + "\n</g></svg>\n</svg>\n")
