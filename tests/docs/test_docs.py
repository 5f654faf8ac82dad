# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether what draws the documentation's pictures draws them, and what checks the documentation finds what is wrong."""

import os
import re
import sys
import unittest
import xml.etree.ElementTree

sys.dont_write_bytecode = True  # nothing is to appear in the source tree
TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TREE, "docs", "pictures"))

import boxes  # noqa: E402
import commands  # noqa: E402
import line_chart  # noqa: E402
import links  # noqa: E402
import messages  # noqa: E402
import terminal  # noqa: E402

HEAD = '{"version": 2, "width": 20, "height": 3, "title": "a & b"}\n'
SVG = "{http://www.w3.org/2000/svg}"


def cast(*events):
    return HEAD + "".join(f'[{when}, "{kind}", "{text}"]\n' for when, kind, text in events)


def parse(svg):
    return xml.etree.ElementTree.fromstring(svg)


class Screen(unittest.TestCase):
    def screen(self, text, columns=10, rows=3):
        screen = terminal.Screen(columns, rows)
        screen.feed(text)
        return ["".join(letter for letter, _ in line) for line in screen.lines]

    def test_what_a_terminal_does(self):
        for text, lines in (
                ("ab\r\ncd", ["ab", "cd"]),
                ("abc\rX", ["Xbc"]),
                ("abc\b\bX", ["aXc"]),
                ("a\tb\tc", ["a       bc"]),
                ("abc\r\033[K", [""]),
                ("one\r\ntwo\033[A\r\033[Kx", ["x", "two"]),
                ("one\r\ntwo\r\033[A\033[J", [""]),
                ("0123456789ab", ["0123456789", "ab"]),
                ("\033[1;32mgo\033[0m\033[?25l", ["go"]),
                ("a\r\nb\r\nc\r\nd\033[9Ax", ["a", "bx", "c", "d"])):
            with self.subTest(text):
                self.assertEqual(self.screen(text), lines)

    def test_unknown_codes_are_not_passed_over(self):
        for text in ("\033[2J", "\033[5D", "\x05"):
            with self.subTest(text), self.assertRaises(ValueError):
                self.screen(text)

    def test_styles(self):
        screen = terminal.Screen(10, 3)
        screen.feed("a\033[1;31mb\033[mc  ")
        self.assertEqual(screen.picture(False), ((("a", ""), ("b", "B r"), ("c", "")),))
        self.assertEqual(screen.picture(True), ((("a", ""), ("b", "B r"), ("c  █", "")),))


def visible(svg, percent):
    """What the SVG shows of the terminal at a moment, by its CSS: the rows' texts, and how far it has moved up."""
    css = svg.find(f"{SVG}style").text
    names = [(name, [(float(at), what) for at, what in re.findall(r"([\d.]+)%\{([^}]*)\}", steps)])
             for name, steps in re.findall(r"@keyframes (\w+)\{((?:[\d.]+%\{[^}]*\})+)\}", css)]
    # step-end: a keyframe holds until the next.
    now = {name: [what for at, what in steps if at <= percent][-1] for name, steps in names}
    rows = {}
    for text in svg.find(f"{SVG}svg").iter(f"{SVG}text"):
        rules = [now[name] for name in text.get("class", "").split() if name in now]
        if rules in ([], ["visibility:visible"]):
            rows[(int(text.get("y")) - terminal.SIZE) // terminal.HIGH] = "".join(text.itertext())
    return rows, int(re.search(r"-(\d+)px", now["up"])[1]) // terminal.HIGH


class Film(unittest.TestCase):
    def test_it_shows_what_the_terminal_did(self):
        """Of the recording in the README, at the middle of every tenth picture."""
        with open(os.path.join(TREE, "docs", "pictures", "session.cast"), encoding="utf-8") as file:
            recording = file.read()
        head, events = terminal.load(recording)
        pictures, svg = terminal.frames(head, events), parse(terminal.draw(recording))
        whole = pictures[-1][0] + terminal.END
        moments = [shown for shown, _, _ in pictures] + [whole]
        for i in range(0, len(pictures), 10):
            rows, up = visible(svg, 50 * (moments[i] + moments[i + 1]) / whole)
            lines = ["".join(text for text, _ in line) for line in pictures[i][2]]
            self.assertEqual({row: text.strip() for row, text in rows.items()},
                             {row: line.strip() for row, line in enumerate(lines) if line}, f"picture {i}")
            self.assertEqual(up, max(len(lines) - head["height"], 0))

    def test_waiting_is_cut(self):
        events = terminal.load(cast((0, "m", "$"), (60, "o", "x"), (60.5, "m", "run"), *((61 + i, "o", "y") for i in range(100)),
                                    (170, "m", "$")))[1]
        times = terminal.shown_at(events)
        self.assertEqual(times[1], terminal.PAUSE)
        self.assertAlmostEqual(times[-1] - times[2], terminal.RUN)
        self.assertEqual(times, sorted(times))

    def test_what_is_short_is_as_it_was(self):
        times = terminal.shown_at([(0.5, "m", "$"), (1.0, "m", "run"), (1.5, "o", "x"), (2.25, "m", "$")])
        self.assertEqual(times, [0.5, 1.0, 1.5, 2.25])

    def test_the_last_screen_is_what_is_seen_without_animation(self):
        svg = terminal.draw(cast((0, "m", "$"), (1, "o", "old <&>"), (2, "o", "\\r\\u001b[Knew"), (3, "m", "$")))
        css = parse(svg).find(f"{SVG}style").text
        hidden = {name for name in re.findall(r"\.(k\d+|t)\{visibility:hidden\}", css)}
        self.assertEqual(hidden, {"t"})
        self.assertIn("prefers-reduced-motion:reduce", css)
        seen = {"".join(text.itertext()): text.get("class", "").split() for text in parse(svg).iter(f"{SVG}text")}
        self.assertIn("t", seen["old <&>█"])
        self.assertNotIn("t", seen["new█"])
        self.assertIn("a & b", seen)
        self.assertNotIn("t", seen[" 0:03"])

    def test_times(self):
        times = terminal.Times(10)
        self.assertEqual(times.name(0, None), "")
        self.assertEqual(times.name(1, None), "k0")
        self.assertEqual(times.name(1, 2.5), "t k1")
        self.assertEqual(times.name(1, None), "k0")
        self.assertIn("@keyframes k1{0%{visibility:hidden}10%{visibility:visible}25%{visibility:hidden}}", times.css())

    def test_it_scrolls(self):
        svg = terminal.draw(cast((0, "o", "1\\r\\n2\\r\\n3"), (1, "o", "\\r\\n4"), (2, "o", "\\r\\n5")))
        self.assertIn(f".up{{transform:translateY(-{2 * terminal.HIGH}px)", svg)
        self.assertRegex(svg, rf"@keyframes up\{{0%\{{transform:translateY\(-0px\)\}}.*translateY\(-{terminal.HIGH}px")

    def test_transcript(self):
        self.assertEqual(terminal.transcript(cast((0, "o", "$ x\\r\\n10 %\\r"), (1, "o", "\\u001b[Kdone \\r\\n$ "))),
                         "$ x\ndone\n$\n")

    def test_nothing_is_fetched(self):
        svg = terminal.draw(cast((0, "o", "x")))
        self.assertNotRegex(svg, r"<script|@import|url\(|href")


class Pictures(unittest.TestCase):
    def test_boxes(self):
        svg = parse(boxes.draw("T\n┌────┐  ╔═══╗\n│ a b├─►║ c ║\n└────┘  ╚═══╝\n"))
        self.assertEqual([(r.get("class"), r.get("width"), r.get("height")) for r in svg.iter(f"{SVG}rect")],
                         [("p", "100%", "100%"), ("n", "40", "36"), ("m", "32", "36")])
        self.assertEqual([t.text for t in svg.iter(f"{SVG}text")], ["a b", "c"])
        self.assertEqual(len([p for p in svg.iter(f"{SVG}path") if p.get("class") == "a"]), 1)
        self.assertEqual(svg.find(f"{SVG}title").text, "T")

    def test_what_is_open_is_not_filled(self):
        self.assertEqual(list(boxes.boxes(boxes.Grid(["┌──", "│  ", "└──┘"]))), [])

    def test_lines(self):
        for lines, wanted in ((["──►x"], "M16 21L32 21"), (["◄──"], "M16 21L32 21"), (["│", "▼"], "M16 21L16 39"),
                              (["a ─ b"], "M32 21L32 21"), (["║─"], "M16 21L16 21M16 21L24 21"),
                              (["▲", "└─"], "M16 39L24 39M16 21L16 39")):
            with self.subTest(lines):
                self.assertEqual(boxes.strokes(boxes.Grid(lines)), f'<path d="{wanted}"/>')

    def test_chart(self):
        svg = parse(line_chart.draw("T\nMiB\n0\t10\n5\t90\there & there\n10\t100\n"))
        said = [t.text for t in svg.iter(f"{SVG}text")]
        self.assertIn("here & there", said)
        self.assertIn("0", said)
        self.assertIn("10 s", said)
        self.assertTrue(svg.find(f"{SVG}path").get("d").startswith("M84.0 "))

    def test_steps(self):
        for most, parts, wanted in ((100, 5, 20), (2048, 5, 500), (8, 8, 1), (240, 8, 50), (1000, 4, 500)):
            self.assertEqual(line_chart.step(most, parts), wanted, (most, parts))


class Checks(unittest.TestCase):
    HELPS = {"": "", "build": "Options:\n  -o, --out DIR   put\n      --slim  x --other\n"}

    def test_commands(self):
        page = ("ramimg walks `ramimg build --slim x` and `ramimg fly 105`\n\n    # ramimg build --wing\n"
                "    ramimg detached scsi0=x\n```console\n$ ramimg build -o d; ramimg nest\n```\n")
        self.assertEqual([fault.rpartition(": ")[2] for fault in commands.faults(commands.code(page), self.HELPS)],
                         ["there is no command nest", "there is no command fly", "build has no option --wing"])

    def test_an_option_is_one_by_its_place_in_the_help(self):
        self.assertEqual(list(commands.faults(["ramimg build --sli"], self.HELPS)),
                         ["'ramimg build --sli': build has no option --sli"])

    def test_screens(self):
        page = "```console\n$ x\ny\n```\n"
        self.assertEqual(list(commands.not_on_screen(page, ["a\n$ x\ny\nb\n"])), [])
        self.assertEqual(len(list(commands.not_on_screen(page, ["$ x\n", "y\n"]))), 1)

    def test_links(self):
        pages = {"docs/README.md": "# A b-c `d`\n[x](x.md#e) [y](#a-b-c-d) [z](http://z) `[n](n)`", "docs/x.md": "## E\n## E\n[](#e-1)",
                 "docs/w.md": "[](../y.md)"}
        self.assertEqual(list(links.faults(pages, pages.__contains__)), ["docs/w.md leads to ../y.md, which does not exist"])
        self.assertEqual(list(links.faults({"a.md": "[](#b)"}, bool)), ["a.md leads to #b, and a.md has no such heading"])
        self.assertEqual(list(links.not_in_index({"docs/README.md": "[](x.md)", "docs/x.md": "", "docs/y.md": ""})),
                         ["docs/README.md has no link to docs/y.md"])

    def test_messages(self):
        said = list(messages.texts('f("VM %u is locked (%.40s); "\n  "wait", "%" PRIu64 " MiB", "50 %% \\"x\\"\\n")'))
        self.assertEqual(said, ["VM … is locked (…); wait", "… MiB", '50 % "x"'])
        page = "## `is locked (…)` or `… MiB`\n### `is locked`\ntext `x`\n## `are locked`\n"
        self.assertEqual(messages.faults(page, said), ["docs/troubleshooting.md: nothing says `are locked`"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
