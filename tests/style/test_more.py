# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether more.py finds what is wrong."""

import unittest

import more

LABELS = {"guest/a": ["guest", "more"], "guest/b+c": ["guest", "more"], "unit/d": ["unit"]}
ROWS = "| label | what |\n| `unit` | x |\n| `guest/a` | `unit/d`, all of it |\n| `guest/b+c` | `unit/d` |\n"


class More(unittest.TestCase):
    def test_true(self):
        self.assertEqual(more.faults(ROWS, LABELS), [])

    def test_each_fault(self):
        for row, fault in (
                ("| `guest/e` | `unit/d` |", "guest/e is no test"),
                ("| `unit/d` | `unit/d` |", "unit/d is not labelled more: its folder's CMakeLists.txt calls "
                                            "no ramimg_schedule"),
                ("| `guest/a` | that |", "guest/a: nothing is named that proves the same"),
                ("| `guest/a` | `unit/e` |", "guest/a: unit/e is no test"),
                ("| `guest/a` | `guest/b+c` |", "guest/a: guest/b+c is not run either, except by all")):
            with self.subTest(row):
                self.assertEqual(more.faults(f"{ROWS}{row}\n", LABELS), [fault])
        self.assertEqual(more.faults(ROWS, LABELS | {"guest/f": ["more"]}),
                         ["guest/f is labelled more and has no row"])
        # The build with sanitizers has the guest's loader tests, and no others of its own.
        loader = ROWS + "| `guest/loader-x` | `unit/loader-x` |\n"
        labels = LABELS | {"guest/loader-x": ["guest", "more"]}
        self.assertEqual(more.faults(loader, labels), [])
        self.assertEqual(more.faults(loader.replace("unit/loader-x", "unit/loader-y"), labels),
                         ["guest/loader-x: unit/loader-y is no test"])
        self.assertEqual(more.faults(ROWS, LABELS | {"matrix/f": ["matrix", "more"]}), [])

    def test_the_words_of_the_matrix(self):
        self.assertEqual(more.unproven({"a": "unit/d"}, LABELS), [])
        for name in ("guest/a", "guest/none"):
            self.assertEqual(more.unproven({"a": name}, LABELS),
                             [f"matrix/table.py: a: {name} is not run, except by all"])


if __name__ == "__main__":
    unittest.main()
