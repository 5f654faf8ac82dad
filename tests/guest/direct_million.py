# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
A guest with a million entries: all of them are packed, by a bounded memory in ramimg and in the direct reader
(docs/limits.md has the figures).

Environment: DIRECT_TOOL. What is made is sparse; it takes 0.4 GB in TMPDIR for a minute.
"""

import os
import subprocess
import tempfile
import unittest

TOOL = os.environ["DIRECT_TOOL"]
MIB = 1 << 20


class Million(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.dir = scratch.name
        self.image = os.path.join(self.dir, "disk.raw")

    def make(self, directories, files):
        """An ext4 with so many directories of so many files each, by names of debugfs's: no tree on the host."""
        with open(self.image, "wb") as file:
            file.truncate(1300 * MIB)
        subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-O", "^has_journal", "-N", "1100000", "-m", "0",
                        self.image], check=True)
        empty = os.path.join(self.dir, "empty")
        with open(empty, "wb"):
            pass
        with open(os.path.join(self.dir, "commands"), "w", encoding="ascii") as text:
            for d in range(directories):
                text.write(f"cd /\nmkdir d{d}\ncd /d{d}\n" +
                           "".join(f"write {empty} f{f}\n" for f in range(files)))
        subprocess.run(["debugfs", "-w", "-f", os.path.join(self.dir, "commands"), self.image], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        subprocess.run(["e2fsck", "-f", "-y", self.image], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       check=False)

    def pack(self, directories, files, most):
        archive, said = os.path.join(self.dir, "ram.tar.gz"), os.path.join(self.dir, "said")
        with open(said, "wb") as out:
            tool = subprocess.Popen([TOOL, "pack", self.image, archive, "/dev/sda:/", "."], stdout=out,
                                    stderr=subprocess.STDOUT)
            _, status, usage = os.wait4(tool.pid, 0)
            tool.returncode = status
        with open(said, encoding="utf-8") as text:
            self.assertEqual(status, 0, text.read())
        names = subprocess.run(["tar", "-tzf", archive], check=True, stdout=subprocess.PIPE).stdout.splitlines()
        self.assertEqual(sum(not name.endswith(b"/") for name in names), directories * files)
        self.assertEqual(len(set(names)), len(names))
        # Of the two processes that with more: the reader is a child of the other.
        self.assertLess(usage.ru_maxrss * 1024, most)

    def test_directories(self):
        self.make(1000, 1000)
        self.pack(1000, 1000, 40 * MIB)


if __name__ == "__main__":
    unittest.main()
