# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table of `sh tests/coverage`, from a small tree that is compiled with clang's counters and run."""

import os
import signal
import subprocess
import tempfile
import unittest

import coverage

FILES = {
    "builder/CMakeLists.txt": "ramimg_library(base PURE)\nramimg_library(host USES base)\n",
    "builder/base/twice.h": "static inline int twice(int n)\n{\n\treturn n > 9 ? 0 : 2 * n;\n}\n",
    "builder/base/try.h": "#define TRY(n) do { if (n) return 1; } while (0)\n",
    "builder/base/one.c": '#include "twice.h"\nint one(int n);\nint one(int n)\n{\n\treturn twice(n);\n}\n',
    "builder/host/two.c": '#include "../base/twice.h"\n#include "../base/try.h"\nint two(int n);\nint two(int n)\n{\n'
                          "\tif (n == 3)\n\t\treturn 7;\n\tTRY(n == 4);\n\tTRY(n == 21);\n"
                          "\treturn twice(n);\n}\n",
    "builder/host/never.c": "int never(int n);\nint never(int n)\n{\n\tif (n)\n\t\tn++;\n\treturn n;\n}\n",
    "main.c": "#include <signal.h>\nint one(int n);\nint two(int n);\nint never(int n);\n"
              "int main(int argc, char **argv)\n{\n\t(void)argv;\n\tif (argc > 1)\n\t\treturn never(argc);\n"
              "\tone(1);\n\ttwo(20);\n\treturn raise(SIGKILL);\n}\n",
}
FLAGS = ["-fcoverage-mapping", "-fprofile-update=atomic", "-mllvm", "-runtime-counter-relocation"]


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
        sources = [os.path.join(self.dir, name) for name in FILES if name.endswith(".c")]
        counts = f"-fprofile-instr-generate={self.dir}/counts/%m%c.profraw"
        subprocess.run(["clang", "-O0", counts, *FLAGS, "-o", "main", *sources], cwd=self.dir, check=True)
        # Its counts are there although it is killed.
        self.assertEqual(subprocess.run([os.path.join(self.dir, "main")], check=False).returncode, -signal.SIGKILL)
        self.root = os.path.join(self.dir, "builder")
        self.files = coverage.collect(coverage.export(self.dir), self.root)

    def test_folders(self):
        # What a header has is one, whoever includes it: one() takes one side of it, two() the other.
        folders, pure = coverage.read_rows(self.dir)
        self.assertEqual((folders, pure), (["base", "host"], {"base"}))
        self.assertEqual([line.split("|")[1:7] for line in coverage.table(self.files, folders, pure)[2:]], [
            [" base       ", "       5 ", " 100.0 % ", "        2 ", " 100.0 % ", " 95 %         "],
            [" host       ", "      19 ", "  68.4 % ", "        8 ", "  37.5 % ", " 85 %, missed "],
            [" pure       ", "       5 ", " 100.0 % ", "        2 ", " 100.0 % ", "              "],
            [" the rest   ", "      19 ", "  68.4 % ", "        8 ", "  37.5 % ", "              "],
            [" all        ", "      24 ", "  75.0 % ", "       10 ", "  50.0 % ", "              "]])

    def test_of_one_folder(self):
        self.assertEqual(list(coverage.missed(self.files, "base", self.root)), [])
        self.assertEqual(list(coverage.missed(self.files, "host", self.root)), [
            "host/never.c:3: 0/0 {", "host/never.c:4: 2/2 if (n)", "host/never.c:5: 0/0 n++;",
            "host/two.c:6: 1/2 if (n == 3)", "host/two.c:7: 0/0 return 7;",
            "host/two.c:8: 1/2 TRY(n == 4);", "host/two.c:9: 1/2 TRY(n == 21);"])


if __name__ == "__main__":
    unittest.main()
