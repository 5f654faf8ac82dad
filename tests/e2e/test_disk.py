# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The built disk's boots that come up from the disk.

OnDisk: one by the RAM entry that is short of RAM, by which the disk is as it was, and update-grub changes nothing of
what ramimg wrote. It is counted; where two are, a verify clears it.
Damaged: one of a damaged archive, after another failure; then GRUB takes its stock entry, which comes up whole.
"""

import json

import common
from common import ARCHIVE, RAM_ENTRY
import disk
from command import run
from vm import Vm

FAILED_TWICE = "ramimg: the RAM entry has failed twice in a row and is not the default"
STOCK_ENTRY = "Loading Linux "
COUNTED_ONCE, COUNTED_TWICE = "ramimg_failed=1", "ramimg_failed=2"


class Boots(common.E2eTest):
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

    def counted(self, line):
        """As if so many boots had failed: what GRUB keeps of them."""
        block = f"# GRUB Environment Block\n{line}\n"
        self.root.overwrite(common.GRUBENV, block.ljust(1024, "#").encode())
        self.assertEqual(common.failed_boots(self.root), [line])

    def expect_stock_entry(self):
        self.vm.expect(FAILED_TWICE, 120, "GRUB's decision")
        self.vm.expect(STOCK_ENTRY, 120, "the stock entry")
        self.assertNotIn(RAM_ENTRY, self.vm.console())

    def assert_on_disk(self):
        self.assertEqual(self.vm.text("systemctl is-system-running --wait || true", 300), "running")
        self.assertEqual(self.vm.text("findmnt -n -o FSTYPE /"), "ext4")
        self.assertIn("rw", self.vm.text("findmnt -n -o OPTIONS /").split(","))
        self.assertEqual(self.vm.text("systemctl --failed --no-legend --plain"), "")
        self.vm.run("echo x >/etc/probe && sync /etc/probe && rm /etc/probe", check=True)


class OnDisk(Boots):
    def test_1_short_of_ram(self):
        self.assertEqual(common.failed_boots(self.root), [])
        self.boot("short", 512)
        self.vm.expect(RAM_ENTRY, 120, "the RAM entry")
        self.vm.login(common.ids()["ROOT_PASSWORD"], 600)
        self.assertNotIn(FAILED_TWICE, self.vm.console())
        self.assertIn("boot=ramimg", self.vm.text("cat /proc/cmdline"))

    def test_2_says_why(self):
        """On the console and in the status, with the figures: what it takes and what there is."""
        words = [line for line in self.vm.console().splitlines() if "ramimg:" in line]
        status = self.vm.text("cat /run/ramimg/status")
        print("\n" + "\n".join(words) + f"\n/run/ramimg/status:\n{status}")
        reason = json.loads(status)["reason"]
        self.assertRegex(reason, r"not enough .*needs \d+ MiB.* \d+ MiB")
        self.assertTrue(any("booting from disk: " + reason in line for line in words), words)

    def test_3_the_disk_is_as_ever(self):
        self.assert_on_disk()

    def test_4_update_grub_gives_the_same(self):
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

    def test_5_is_counted(self):
        # In order: grub-common.service has just written the block anew.
        self.vm.poweroff()
        self.assertEqual(common.failed_boots(self.root), [COUNTED_ONCE])

    def test_6_verify_clears(self):
        self.counted(COUNTED_TWICE)
        result = run("verify", self.image, work=common.workdir(), config=common.config())
        self.assertEqual(result.status, 0, result)
        self.assertIn("failed twice in a row", result.out)
        self.assertIn("\ncleared: ", result.out)
        self.assertEqual(common.failed_boots(self.root), [])
        self.assertEqual(self.root.check(), "")
        print(f"\nverify: {result.seconds:.0f} s\n{result.out}")


class Damaged(Boots):
    def test_1_fails_again(self):
        self.counted(COUNTED_ONCE)
        self.root.overwrite(ARCHIVE, b"damaged")
        self.boot("damaged")
        self.vm.expect(RAM_ENTRY, 120, "the RAM entry")
        self.vm.expect("ramimg: booting from disk: .*damaged", 300, "the failure")
        self.assertNotIn(FAILED_TWICE, self.vm.console())
        self.vm.__exit__()
        self.assertEqual(common.failed_boots(self.root), [COUNTED_TWICE])

    def test_2_the_next_is_by_the_stock_entry(self):
        self.boot("stock")
        self.expect_stock_entry()
        self.vm.login(common.ids()["ROOT_PASSWORD"])
        self.assertNotIn("ramimg: booting", self.vm.console())
        self.assertNotIn("boot=ramimg", self.vm.text("cat /proc/cmdline"))
        self.assert_on_disk()

    def test_3_counts_nothing(self):
        self.vm.poweroff()
        self.assertEqual(common.failed_boots(self.root), [COUNTED_TWICE])


if __name__ == "__main__":
    common.main()
