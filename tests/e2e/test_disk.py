"""The built disk's stock GRUB entry still boots from the disk, and update-grub there changes
nothing of what ramimg wrote. Then the VM runs short of RAM: it comes up from the disk and says why."""

import json

import common
import disk
from vm import Vm


class Disk(common.E2eTest):
    @classmethod
    def setUpClass(cls):
        cls.backing = common.built("built.raw")
        cls.vm = Vm(common.workdir(), common.overlay(cls.backing, "raw", "disk.qcow2"), "qcow2",
                    memory_mib=1024, name="disk")
        cls.vm.__enter__()
        cls.addClassCleanup(cls.vm.__exit__)

    def test_1_stock_entry_boots_from_disk(self):
        self.vm.choose_first_grub_entry()
        self.vm.login(common.ids()["ROOT_PASSWORD"])
        self.assertNotIn("boot=ramimg", self.vm.text("cat /proc/cmdline"))
        self.assertEqual(self.vm.text("findmnt -n -o FSTYPE /"), "ext4")

    def test_2_root_is_writable(self):
        self.assertIn("rw", self.vm.text("findmnt -n -o OPTIONS /").split(","))
        self.vm.run("echo x >/etc/probe && sync /etc/probe && rm /etc/probe", check=True)

    def test_3_no_failed_units(self):
        self.assertEqual(self.vm.text("systemctl is-system-running --wait || true", 300), "running")
        self.assertEqual(self.vm.text("systemctl --failed --no-legend --plain"), "")

    def test_4_update_grub_gives_the_same(self):
        before = self.vm.run(f"cat {common.CFG}", check=True)[1]
        self.assertEqual(before, disk.Ext4(self.backing).read(common.CFG))
        self.vm.run("update-grub", 300, check=True)
        after = self.vm.run(f"cat {common.CFG}", check=True)[1]
        self.assertIn(common.BEGIN, common.section(before))
        self.assertEqual(common.section(after), common.section(before))
        self.assertEqual(self.defaults(after), self.defaults(before))
        self.assertEqual(after, before)

    @staticmethod
    def defaults(cfg):
        return [line.strip() for line in cfg.decode().splitlines() if line.strip().startswith("set default=")]

    def test_5_ends_in_order(self):
        self.vm.poweroff()


class ShortOfRam(common.E2eTest):
    @classmethod
    def setUpClass(cls):
        # What the Disk class left: the same entries, written by update-grub this time.
        cls.vm = Vm(common.workdir(), common.in_workdir("disk.qcow2"), "qcow2", memory_mib=512,
                    name="short")
        cls.vm.__enter__()
        cls.addClassCleanup(cls.vm.__exit__)

    def test_1_comes_up_from_disk(self):
        self.vm.login(common.ids()["ROOT_PASSWORD"], 600)
        self.assertIn("boot=ramimg", self.vm.text("cat /proc/cmdline"))
        self.assertEqual(self.vm.text("findmnt -n -o FSTYPE /"), "ext4")
        self.assertIn("rw", self.vm.text("findmnt -n -o OPTIONS /").split(","))
        self.assertEqual(self.vm.text("systemctl --failed --no-legend --plain"), "")

    def test_2_says_why(self):
        """On the console and in the status, with the figures: what it takes and what there is."""
        words = [line for line in self.vm.console().splitlines() if "ramimg:" in line]
        status = self.vm.text("cat /run/ramimg/status")
        print("\n" + "\n".join(words) + f"\n/run/ramimg/status:\n{status}")
        reason = json.loads(status)["reason"]
        self.assertRegex(reason, r"not enough .*needs \d+ MiB.* \d+ MiB")
        self.assertTrue(any("booting from disk: " + reason in line for line in words), words)


if __name__ == "__main__":
    common.main()
