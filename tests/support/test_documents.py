# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""docs/json.md against every document that the report's unit tests write; and that documents.py finds what is wrong.

Environment: UNIT_REPORT (those unit tests).
"""

import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import documents  # noqa: E402

HEAD = "| field | type | present | what |\n| --- | --- | --- | --- |\n"
TABLE = (HEAD + "| `a[].bytes` | integer or null, bytes | always | its size |\n| `a[].why` | string | where it is bad | so |\n"
         "| `b.s` | number, seconds | always | a time |\n| `b.l[]` | string | always | words |\n"
         "| `c` | boolean | always | whether |\n")
KNOWN = documents.read(f"# JSON\n\n## `ramimg.x/1`\nA document.\n\n{TABLE}\n")
GOOD = {"format": "ramimg.x/1", "a": [{"bytes": 1}, {"bytes": None, "why": "x"}], "b": {"s": 1.5, "l": ["w"]},
        "c": True}


def changed(**fields):
    return GOOD | fields


class Writers(unittest.TestCase):
    """Each field is documented, and what is documented is written, each type of it."""

    def test_each_document(self):
        with tempfile.TemporaryDirectory() as scratch:
            for test in ("json", "json_config", "json_vm", "doctor", "trial"):
                subprocess.run([os.environ["UNIT_REPORT"], test], check=True, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env=os.environ | {"RAMIMG_DOCUMENTS": scratch})
            written = []
            for name in sorted(os.listdir(scratch)):
                with open(os.path.join(scratch, name), encoding="utf-8") as text:
                    written.append(documents.DECODER.decode(text.read()))
        for document in written:
            documents.check(document)
        self.assertEqual(documents.never_seen(written, documents.tables()), [])


class Checker(unittest.TestCase):
    def test_good(self):
        self.assertEqual(documents.look(GOOD, KNOWN)[0], [])
        self.assertEqual(documents.never_seen([GOOD], KNOWN, KNOWN), [])
        self.assertEqual(documents.look(changed(a=[], b={"s": 2, "l": []}), KNOWN)[0], [])

    def test_each_fault(self):
        for document, fault in (
                ([], "no format"),
                ({}, "no format"),
                (changed(format="ramimg.y/1"), "no format"),
                (changed(d=1), "d is not documented"),
                (changed(a=[{"bytes": 1, "size": "1G"}]), "a[].size is not documented"),
                (changed(a=[{}]), "a[].bytes is missing"),
                (changed(a=[{"bytes": "1G"}]), 'a[].bytes is "1G"'),
                (changed(a=[{"bytes": 1.5}]), "a[].bytes is 1.5"),
                (changed(a=[{"bytes": True}]), "a[].bytes is true"),
                (changed(a={"bytes": 1}), "a is {"),
                (changed(a=None), "a is null"),
                (changed(b={"s": True, "l": []}), "b.s is true"),
                (changed(b={"s": 1, "l": [1]}), "b.l[] is 1"),
                (changed(b={"s": 1, "l": "w"}), 'b.l is "w"'),
                (changed(b=[]), "b is []"),
                (changed(b={"s": 1}), "b.l is missing"),
                (changed(c=0), "c is 0"),
                (changed(c=[]), "c is []"),
                ({name: value for name, value in GOOD.items() if name != "a"}, "a is missing")):
            with self.subTest(fault):
                faults, _ = documents.look(document, KNOWN)
                self.assertEqual(len(faults), 1, faults)
                self.assertIn(fault, faults[0])

    def test_never_seen(self):
        for document, missing in ((changed(a=[{"bytes": 1}]), ["a[].bytes is never null", "a[].why is never string"]),
                                  (changed(a=[], b={"s": 1, "l": []}),
                                   ["a[].bytes is never integer", "a[].bytes is never null", "a[].why is never string",
                                    "b.l[] is never string"])):
            self.assertEqual(documents.never_seen([document], KNOWN, KNOWN),
                             ["ramimg.x/1: " + line for line in missing])
        for document, missing in ((changed(a=[{"bytes": 1}]), []), (changed(b={"s": 1, "l": []}), ["b.l[]"])):
            self.assertEqual(documents.never_seen([document], KNOWN, KNOWN, each=False),
                             ["ramimg.x/1: " + path for path in missing])

    def test_tables_that_say_too_little(self):
        for part in ("## Errors\n", "## `ramimg.x/1`\nNo table.\n", *(f"## `ramimg.x/1`\n{HEAD}{row}\n" for row in (
                "| `a` | text | always | so |", "| `a` | string | always |", "| a | string | always | so |",
                "| `a` | string |  | so |", "| `a` | string, bytes | always | so |", "| `a` | integer, bytes | always | so |",
                "| `a_bytes` | integer | always | so |", "| `a` | integer, pages | always | so |",
                "| `a` | string | always | so |\n| `a` | string | always | so |"))):
            with self.subTest(part), self.assertRaisesRegex(AssertionError, r"docs/json\.md"):
                documents.read(part)

    def test_runs(self):
        error = '{"format": "ramimg.error/1", "error": {"code": "io", "message": "m", "status": 1}}\n'
        done = '{"format": "ramimg.revert/1", "reverted": true}\n'
        for args, status, out in ((("revert", "d"), 1, ""), (("revert", "--", "--json"), 0, "text"),
                                  (("--help", "--json"), 0, "text"), (("revert", "-j", "d"), 1, error),
                                  (("revert", "d", "--json"), 0, done)):
            documents.check_run(args, status, out)
        for status, out, fault in ((1, "", "not one JSON"), (0, "text", "not one JSON"), (0, done + done, "not one JSON"),
                                   (0, done.replace("}", ', "format": 1}'), "a name twice"),
                                   (0, done.replace("true", "NaN"), "NaN is no JSON"),
                                   (2, error, "it ended with 2"), (0, error, "it ended with 0"),
                                   (4, done, "a result, but status 4"), (0, done.replace("true", "1"), "reverted is 1")):
            with self.subTest(fault), self.assertRaisesRegex(AssertionError, fault):
                documents.check_run(["revert", "--json", "d"], status, out)

    def test_among_other_text(self):
        self.assertEqual(documents.among('{ no\n{\n "a": 1\n}\ntext\n{\n "b": {}\n}\n'), [{"a": 1}, {"b": {}}])


if __name__ == "__main__":
    unittest.main()
