# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The built disk's boots that come up from the disk. By the RAM entry one has failed, as GRUB's block says, and another does, short of
RAM, which is counted; the next is GRUB's stock entry, by which the disk is as it was, and update-grub changes nothing of what
ramimg wrote. The disk is verified: the count is cleared. (What fails of a damaged archive: guest/initrd-damaged.)
"""

import json

import common
from common import GRUBENV, RAM_ENTRY
import disk
from command import run
from vm import Vm

FAILED_TWICE = "ramimg: the RAM entry has failed twice in a row and is not the default"
STOCK_ENTRY = "Loading Linux "


class OnDisk(common.E2eTest):
    @classmethod
    def setUpClass(cls):
        # Raw, so that what GRUB wrote can be read from outside.
        cls.image = common.in_workdir("counted.raw")
        disk.copy(common.built("built.raw"), cls.image)
        cls.root = disk.Ext4(cls.image)

    def boot(self, name, memory_mib=3072):
        vm = Vm(common.workdir(), self.image, "raw", memory_mib=memory_mib, name=name)
        type(self).vm = vm.__enter__()
        self.addClassCleanup(vm.__exit__)

    def has_failed_once(self):
        """As GRUB writes it: in place, behind what is there."""
        block = self.root.read(GRUBENV).rstrip(b"#") + b"ramimg_failed=1\n"
        self.root.overwrite(GRUBENV, block.ljust(1024, b"#"))
        self.assertEqual(common.failed_boots(self.root), ["ramimg_failed=1"])

    def assert_on_disk(self):
        self.assertEqual(self.vm.text("findmnt -n -o FSTYPE /"), "ext4")
        self.assertIn("rw", self.vm.text("findmnt -n -o OPTIONS /").split(","))
        self.assertEqual(self.vm.text("systemctl --failed --no-legend --plain"), "")

    def test_01_short_of_ram(self):
        self.assertEqual(common.failed_boots(self.root), [])
        self.has_failed_once()
        self.boot("short", 512)
        self.vm.expect(RAM_ENTRY, 120, "the RAM entry")
        self.vm.login(common.ids()["ROOT_PASSWORD"], 600)
        self.assertIn("boot=ramimg", self.vm.text("cat /proc/cmdline"))
        self.assert_on_disk()

    def test_02_says_why(self):
        """On the console and in the status, with the figures: what it takes and what there is."""
        words = [line for line in self.vm.console().splitlines() if "ramimg:" in line]
        status = self.vm.text("cat /run/ramimg/status")
        print("\n" + "\n".join(words) + f"\n/run/ramimg/status:\n{status}")
        reason = json.loads(status)["reason"]
        self.assertRegex(reason, r"not enough .*needs \d+ MiB.* \d+ MiB")
        self.assertTrue(any("booting from disk: " + reason in line for line in words), words)

    def test_03_is_counted(self):
        self.assertNotIn(FAILED_TWICE, self.vm.console())
        self.vm.poweroff()
        self.assertEqual(common.failed_boots(self.root), ["ramimg_failed=2"])

    def test_04_the_next_is_by_the_stock_entry(self):
        self.boot("stock")
        self.vm.expect(FAILED_TWICE, 120, "GRUB's decision")
        self.vm.expect(STOCK_ENTRY, 120, "the stock entry")
        self.vm.login(common.ids()["ROOT_PASSWORD"])
        self.assertNotIn(RAM_ENTRY, self.vm.console())
        self.assertNotIn("ramimg: booting", self.vm.console())
        self.assertNotIn("boot=ramimg", self.vm.text("cat /proc/cmdline"))

    def test_05_the_disk_is_as_ever(self):
        self.assertEqual(self.vm.text("systemctl is-system-running --wait || true", 300), "running")
        self.assert_on_disk()
        self.vm.run("echo x >/etc/probe && sync /etc/probe && rm /etc/probe", check=True)

    def test_06_update_grub_gives_the_same(self):
        before = self.vm.run(f"cat {common.CFG}", check=True)[1]
        self.assertEqual(before, disk.Ext4(common.built("built.raw")).read(common.CFG))
        self.vm.run("update-grub", 300, check=True)
        after = self.vm.run(f"cat {common.CFG}", check=True)[1]
        self.assertIn(common.BEGIN, common.section(before))
        self.assertEqual(common.section(after), common.section(before))
        self.assertEqual(self.defaults(after), self.defaults(before))
        self.assertEqual(after, before)

    @staticmethod
    def defaults(cfg):
        return [line.strip() for line in cfg.decode().splitlines() if line.strip().startswith("set default=")]

    def test_07_counts_nothing(self):
        # In order: grub-common.service has just written the block anew.
        self.vm.poweroff()
        self.assertEqual(common.failed_boots(self.root), ["ramimg_failed=2"])

    def test_08_verify_clears(self):
        result = run("verify", self.image, work=common.workdir(), config=common.config())
        self.assertEqual(result.status, 0, result)
        self.assertIn("failed twice in a row", result.out)
        self.assertIn("\ncleared: ", result.out)
        self.assertEqual(common.failed_boots(self.root), [])
        self.assertEqual(self.root.check(), "")
        print(f"\nverify: {result.seconds:.0f} s\n{result.out}")


if __name__ == "__main__":
    common.main()
