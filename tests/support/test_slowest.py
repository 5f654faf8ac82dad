# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table at the end of `sh tests/run`."""

import os
import tempfile
import unittest

import slowest

JUNIT = """<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="Linux-c++" tests="{n}" failures="0" disabled="0" skipped="0" hostname="" time="9">
{cases}
</testsuite>
"""
CASE = """<testcase name="{name}" classname="{name}" time="{time}" status="run">
<properties/><system-out>time="99"</system-out></testcase>"""

# As ctest writes them: one that failed, one whose time was up, one that could not be started.
FAILED = """<testcase name="e2e/ram" classname="e2e/ram" time="3" status="fail"><failure message=""/><properties/>
<system-out>{said}</system-out></testcase>
<testcase name="guest/late" classname="guest/late" time="60" status="fail"><failure message=""/></testcase>"""


class Slowest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.dir = scratch.name

    def junit(self, tree, tests):
        path = os.path.join(self.dir, tree, "ctest.xml")
        os.makedirs(os.path.dirname(path))
        with open(path, "w", encoding="utf-8") as out:
            out.write(JUNIT.format(n=len(tests), cases="\n".join(
                CASE.format(name=name, time=seconds) for name, seconds in tests.items())))
        return path

    def test_of_all_trees(self):
        one = self.junit("one", {f"unit/{n}": n / 10 for n in range(30)})
        two = self.junit("two", {"e2e/ram": 1234.25, "unit/29": 2.85})
        lines = slowest.table(1000, [one, two], 2865.9)
        self.assertEqual(lines[:4], [
            "The slowest of 32 tests:", f"  1234.2 s  e2e/ram ({self.dir}/two)",
            f"     2.9 s  unit/29 ({self.dir}/one)", f"     2.9 s  unit/29 ({self.dir}/two)"])
        self.assertEqual(lines[-4:], [
            f"     1.2 s  unit/12 ({self.dir}/one)", f"{self.dir}/one: 30 tests of 0 min 43 s in all",
            f"{self.dir}/two: 2 tests of 20 min 37 s in all", "Total time, with building: 31 min 05 s"])
        self.assertEqual(len(lines), 1 + slowest.SHOWN + 3)

    def test_what_failed(self):
        path = self.junit("one", {"unit/1": 1})
        self.assertEqual(slowest.failures([path, os.path.join(self.dir, "none")]), [])
        with open(path, "w", encoding="utf-8") as out:
            out.write(JUNIT.format(n=2, cases=FAILED.format(said="\n".join(f"line {n}" for n in range(40)) + "\n")))
        self.assertEqual(slowest.failures([path]), [
            "e2e/ram failed. Its last lines:", *(f"    line {n}" for n in range(40 - slowest.LAST_LINES, 40)), "",
            "guest/late failed. Its last lines:", ""])

    def test_a_tree_without_an_end(self):
        path = os.path.join(self.dir, "ctest.xml")
        self.assertEqual(slowest.table(0, [path], 61), [
            "The slowest of 0 tests:", f"{path} is missing: its tests did not come to an end",
            "Total time, with building: 1 min 01 s"])


if __name__ == "__main__":
    unittest.main()
