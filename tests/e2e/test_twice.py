# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The built Debian is built again, into a new image, and is as if it had been built once. Leaves twice.qcow2 for the other
tests."""

import os

import common
from common import CFG, CUSTOM, DEFAULT_CFG, FSTAB, FSTAB_COPY
import disk
from command import run


class Twice(common.E2eTest):
    def ramimg(self, *words):
        result = run(*words, work=common.workdir(), config=common.config())
        self.assertEqual(result.status, 0, result)
        return result

    def test_1_twice_is_once(self):
        image, twice, raw = common.built("built.raw"), common.in_workdir("twice.qcow2"), common.in_workdir("twice.raw")
        disk.output("rm", "-rf", twice, common.in_workdir("artifacts"))
        before = disk.output("sha256sum", image)
        self.ramimg("build", "--out", common.in_workdir("artifacts"), "--output", twice, image)
        self.assertEqual(disk.output("sha256sum", image), before, "--output changed the source")
        disk.output("qemu-img", "convert", "-f", "qcow2", "-O", "raw", twice, raw)
        again, once = disk.Ext4(raw), disk.Ext4(image)
        common.assert_one_entry(self, again)
        for path in (FSTAB, CUSTOM, CFG, FSTAB_COPY, DEFAULT_CFG):
            self.assertEqual(again.read(path), once.read(path), path)
        for directory in ("/boot", "/etc", "/etc/default/grub.d", "/var/lib/ramimg"):
            self.assertEqual(again.names(directory), once.names(directory), directory)
        self.assertEqual(again.check(), "")
        os.unlink(raw)

    def test_2_verify(self):
        result = self.ramimg("verify", common.in_workdir("twice.qcow2"))
        print(f"\nverify: {result.seconds:.0f} s\n{result.out}")


if __name__ == "__main__":
    common.main()
