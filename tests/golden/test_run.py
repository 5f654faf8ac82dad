#!/usr/bin/env python3
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The runner of the golden tests has to fail where something is wrong, and to record."""

import contextlib
import io
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

sys.dont_write_bytecode = True  # nothing is to appear in the source tree
import run  # noqa: E402

PROGRAM = '#!/bin/sh\necho out "$@"\necho err >&2\nexit "${1:-0}"\n'


class Runner(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.dir = pathlib.Path(place.name)
        self.program = self.put("program", PROGRAM)
        self.program.chmod(0o755)
        self.case = self.put("case.sh", "ramimg 3 x\n")

    def put(self, name, content):
        file = self.dir / name
        file.write_text(content)
        return file

    def verdict(self, recording=False):
        with contextlib.redirect_stdout(io.StringIO()) as said:
            good = run.test(self.case, self.program, recording)
        return good, said.getvalue()

    def expect(self, out="out 3 x\n", err="err\n", status="3\n"):
        self.put("case.stdout.exact", out)
        self.put("case.stderr.exact", err)
        self.put("case.exit", status)

    def test_good(self):
        self.expect()
        self.assertEqual(self.verdict(), (True, "ok     case\n"))

    def test_json_against_its_page(self):
        for out, good in (('{\n "format": "ramimg.revert/1",\n "reverted": true\n}\n', True),
                          ('{\n "format": "ramimg.revert/1",\n "reverted": 1\n}\n', False), ("{\n}\n", False)):
            with self.subTest(out):
                self.program.write_text(f"#!/bin/sh\ncat <<'.'\n{out}.\n")
                self.expect(out=out, err="", status="0\n")
                self.assertEqual(self.verdict()[0], good)

    def test_each_difference_is_a_failure(self):
        for wrong in ({"out": "out 3 y\n"}, {"out": "out 3 x"}, {"err": ""}, {"status": "0\n"}):
            with self.subTest(wrong):
                self.expect(**wrong)
                self.assertFalse(self.verdict()[0])

    def test_unexpected_output_is_a_failure(self):
        self.expect()
        (self.dir / "case.stderr.exact").unlink()
        good, said = self.verdict()
        self.assertFalse(good)
        self.assertIn("+err", said)

    def test_glob(self):
        self.expect()
        (self.dir / "case.stdout.exact").unlink()
        for pattern, good in (
            ("out ? x\n", True),
            ("...\n", True),
            ("...\nout*\n", True),
            ("out*\n...\n", True),
            ("out\n", False),
            ("out*\n*\n", False),
            ("", False),
        ):
            with self.subTest(pattern):
                self.put("case.stdout.glob", pattern)
                self.assertEqual(self.verdict()[0], good)

    def test_crash_is_a_failure_even_where_expected(self):
        self.put("case.sh", "kill -SEGV $$\n")
        self.expect("", "", "-11\n")
        good, said = self.verdict()
        self.assertFalse(good)
        self.assertIn("crashed", said)

    def test_command_not_found_is_a_failure(self):
        self.put("case.sh", "exit 127\n")
        self.expect("", "", "127\n")
        self.assertFalse(self.verdict()[0])

    def test_hang_is_a_failure(self):
        self.put("case.sh", "mkfifo f\nread x <f\n")
        self.expect("", "", "0\n")
        with mock.patch.object(run, "LIMIT", 0.5):
            good, said = self.verdict()
        self.assertFalse(good)
        self.assertIn("did not end within", said)

    def test_emulator_is_a_failure(self):
        for emulator in ("qemu-system-x86_64", '"$LIBGUESTFS_HV"'):
            with self.subTest(emulator):
                self.put("case.sh", f"{emulator} -help || :\nramimg 3 x\n")
                self.expect()
                good, said = self.verdict()
                self.assertFalse(good)
                self.assertIn("started an emulator", said)

    def test_first_failing_command_decides(self):
        self.put("case.sh", "ramimg 3 x\nramimg 0\n")
        self.expect()
        self.assertTrue(self.verdict()[0])

    def test_scratch_is_fresh_and_named(self):
        self.put("case.sh", "ls -A\npwd\n: >left\n")
        self.expect("@SCRATCH@\n", "", "0\n")
        self.assertTrue(self.verdict()[0])
        self.assertTrue(self.verdict()[0])

    def test_recording(self):
        self.put("case.stderr.glob", "e*\n")
        self.assertTrue(self.verdict(recording=True)[0])
        self.assertEqual((self.dir / "case.stdout.exact").read_text(), "out 3 x\n")
        self.assertEqual((self.dir / "case.exit").read_text(), "3\n")
        self.assertFalse((self.dir / "case.stderr.exact").exists())
        self.put("case.sh", ": silent\n")
        (self.dir / "case.stderr.glob").unlink()
        self.assertTrue(self.verdict(recording=True)[0])
        self.assertFalse((self.dir / "case.stdout.exact").exists())
        self.assertFalse((self.dir / "case.exit").exists())


if __name__ == "__main__":
    unittest.main()
