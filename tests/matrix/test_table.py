# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What guests.table says can be made, the plain run leaves no word of it out, and docs/guests.md has its rows."""

import os
import unittest
import unittest.mock

import table

DOCS = os.path.join(table.HERE, "..", "..", "docs", "guests.md")
ROW = "one trixie dracut cloud ext4 lvm gpt uefi virtio qcow2 q35 tmpfs "


class Table(unittest.TestCase):
    def test_a_row_is_read(self):
        rows = table.parse("# a comment\n\n" + ROW + "plain\n")
        self.assertEqual([row["name"] for row in rows], ["one"])
        self.assertEqual(rows[0]["machine"], "q35")

    def test_a_row_that_cannot_be_made_is_refused(self):
        for text, words in ((ROW, "has 12 words where 13 are wanted"),
                            (ROW.replace("lvm", "zfs") + "all", "layout 'zfs' is none of plain, separate"),
                            (ROW + "all\n" + ROW + "all\n", "two rows have one name")):
            with self.assertRaisesRegex(ValueError, words):
                table.parse(text)

    def test_what_the_plain_run_leaves_out_is_seen(self):
        self.assertEqual(table.uncovered(table.parse(ROW + "plain")), [])
        other = ROW.replace("one", "two").replace("tmpfs", "compressed")
        without = {what: test for what, test in table.ELSEWHERE.items() if what != "form compressed"}
        with unittest.mock.patch.object(table, "ELSEWHERE", without):
            self.assertEqual(table.uncovered(table.parse(ROW + "plain\n" + other + "all")), ["form compressed"])

    def test_the_plain_run_leaves_nothing_out(self):
        self.assertEqual(table.uncovered(table.rows()), [])

    def test_a_line_says_how_it_ended(self):
        row = table.parse(ROW + "all")[0]
        self.assertIn("| not run | – | – |", table.line(row, {}))
        self.assertIn("| fails | – | – |", table.line(row, {"passed": False}))
        self.assertIn("| works, and back | 800 | 20, 70 |", table.line(
            row, {"passed": True, "back": True, "build_seconds": 20, "boot_seconds": 70, "least_mib": 800}))

    def test_what_was_not_run_keeps_its_line(self):
        rows = table.parse(ROW + "all\n" + ROW.replace("one", "two").replace("ext4", "xfs") + "all")
        passed = {"passed": True, "build_seconds": 20, "boot_seconds": 70, "least_mib": 800}
        before = table.render(rows, {"one": passed, "two": passed})
        self.assertEqual(table.render(rows, {}, before), before)
        self.assertEqual(before.count("| works | 800 |"), 2)
        after = table.render(rows, {"two": {"passed": False}}, before).splitlines()
        self.assertIn("| works | 800 |", after[2])
        self.assertIn("| fails |", after[3])
        # Another guest by now.
        rows[0]["root"] = "btrfs"
        self.assertIn("| not run |", table.render(rows, {}, before))

    def test_the_documentation_has_the_rows(self):
        with open(DOCS, encoding="utf-8") as text:
            found = text.read().split(table.BEGIN)[1].split(table.END)[0].splitlines()[2:]
        expected = table.render(table.rows(), {}).splitlines()[2:]
        cells = [[cell.strip() for cell in line.split("|")][1:6] for line in found]
        self.assertEqual(cells, [[cell.strip() for cell in line.split("|")][1:6] for line in expected])


if __name__ == "__main__":
    unittest.main(verbosity=2)
