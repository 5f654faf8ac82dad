# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Revert takes a built disk back to what it was, byte for byte."""

import common
from common import ARCHIVE, CFG, CUSTOM, DEFAULT_CFG, FSTAB, FSTAB_COPY, INITRD, STATE
import disk
from command import run

# Directories in which files came and went.
MTIME_MAY_DIFFER = {"/boot", "/boot/grub", "/etc", "/etc/default/grub.d", "/etc/grub.d", "/var/lib"}
REWRITTEN = {FSTAB, CUSTOM, CFG}


class Revert(common.E2eTest):
    @classmethod
    def setUpClass(cls):
        cls.image = common.in_workdir("reverted.raw")
        disk.copy(common.built("built.raw"), cls.image)
        cls.pristine = disk.Ext4(common.fixture())

    def test_1_revert(self):
        result = run("revert", self.image, work=common.workdir(), config=common.config())
        self.assertEqual(result.status, 0, result)
        print(f"\nrevert: {result.seconds:.0f} s\n{result.out}")

    def test_2_as_it_was(self):
        now = disk.Ext4(self.image)
        for path in (FSTAB, CUSTOM, CFG):
            self.assertEqual(now.read(path), self.pristine.read(path), path)
            self.assertEqual(now.attributes(path), self.pristine.attributes(path), path)
        for path in (ARCHIVE, INITRD, FSTAB_COPY, DEFAULT_CFG, STATE):
            self.assertFalse(now.exists(path), path)
        self.assertEqual(now.check(), "")

    def test_3_nothing_else_differs(self):
        before, after = common.list_disk(common.fixture()), common.list_disk(self.image)
        for listing in (before, after):
            for path in MTIME_MAY_DIFFER | REWRITTEN:
                listing[path]["mtime"] = None
        self.assertEqual(common.differences(before, after), [])


if __name__ == "__main__":
    common.main()
