# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table of `sh tests/coverage`, from a small tree that is compiled with gcc's counters and run."""

import os
import shutil
import subprocess
import tempfile
import unittest

import coverage

FILES = {
    "builder/CMakeLists.txt": "ramimg_library(base PURE)\nramimg_library(host USES base)\n",
    "builder/base/twice.h": "static inline int twice(int n)\n{\n\treturn n > 9 ? 0 : 2 * n;\n}\n",
    "builder/base/one.c": '#include "twice.h"\nint one(int n);\nint one(int n)\n{\n\treturn twice(n);\n}\n',
    "builder/host/two.c": '#include "../base/twice.h"\nint two(int n);\nint two(int n)\n{\n'
                          "\tif (n == 3)\n\t\treturn 7;\n\treturn twice(n);\n}\n",
    "builder/host/never.c": "int never(int n);\nint never(int n)\n{\n\tif (n)\n\t\tn++;\n\treturn n;\n}\n",
    "main.c": "int one(int n);\nint two(int n);\nint main(void)\n{\n\treturn one(1) + two(20) == 2 ? 0 : 1;\n}\n",
}


@unittest.skipUnless(shutil.which("gcc") and shutil.which("gcov"), "there is no gcc, or no gcov of it")
class Coverage(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.dir = os.path.realpath(scratch.name)
        for name, text in FILES.items():
            path = os.path.join(self.dir, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as out:
                out.write(text)
        sources = [name for name in FILES if name.endswith(".c")]
        for source in sources:
            subprocess.run(["gcc", "--coverage", "-O0", "-c", source], cwd=self.dir, check=True)
        subprocess.run("gcc --coverage -o main *.o && ./main", shell=True, cwd=self.dir, check=True)
        root = os.path.join(self.dir, "builder")
        self.files = coverage.collect(coverage.gcov(coverage.objects(self.dir), "/"), root)
        self.root = root

    def test_folders(self):
        # What a header has is one, whoever includes it: one() takes one side of it, two() the other.
        folders, pure = coverage.read_rows(self.dir)
        self.assertEqual((folders, pure), (["base", "host"], {"base"}))
        self.assertEqual([line.split("|")[1:7] for line in coverage.table(self.files, folders, pure)[2:]], [
            [" base       ", "     4 ", " 100.0 % ", "        2 ", " 100.0 % ", " 95 %         "],
            [" host       ", "     8 ", "  37.5 % ", "        4 ", "  25.0 % ", " 85 %, missed "],
            [" pure       ", "     4 ", " 100.0 % ", "        2 ", " 100.0 % ", "              "],
            [" the rest   ", "     8 ", "  37.5 % ", "        4 ", "  25.0 % ", "              "],
            [" all        ", "    12 ", "  58.3 % ", "        6 ", "  50.0 % ", "              "]])

    def test_of_one_folder(self):
        self.assertEqual(list(coverage.missed(self.files, "base", self.root)), [])
        self.assertEqual(list(coverage.missed(self.files, "host", self.root)), [
            "host/never.c:2: 0/0 int never(int n)", "host/never.c:4: 2/2 if (n)", "host/never.c:5: 0/0 n++;",
            "host/never.c:6: 0/0 return n;", "host/two.c:5: 1/2 if (n == 3)", "host/two.c:6: 0/0 return 7;"])


if __name__ == "__main__":
    unittest.main()
