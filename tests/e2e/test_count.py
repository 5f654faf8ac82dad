"""The built disk's archive is damaged: two boots by the RAM entry fail, and GRUB's default is the stock
entry. The archive is mended and verified: the RAM entry is the default again, and its boot counts as
none that failed."""

import common
from common import ARCHIVE, GRUBENV
import disk
from command import run
from vm import Vm

FAILED_TWICE = "ramimg: the RAM entry has failed twice in a row and is not the default"
RAM_ENTRY, STOCK_ENTRY = "Loading Debian GNU/Linux to run from RAM", "Loading Linux "


class Count(common.E2eTest):
    @classmethod
    def setUpClass(cls):
        cls.image = common.in_workdir("counted.raw")
        disk.copy(common.built("built.raw"), cls.image)
        cls.root = disk.Ext4(cls.image)

    def boot(self, name):
        return Vm(common.workdir(), self.image, "raw", name=name)

    def count(self):
        """What GRUB's environment block counts."""
        block = self.root.read(GRUBENV)
        self.assertEqual(len(block), 1024)
        lines = block.decode().splitlines()
        self.assertEqual(lines[0], "# GRUB Environment Block")
        return [line for line in lines if line.startswith("ramimg")]

    def test_1_two_boots_fail(self):
        self.assertEqual(self.count(), [])
        self.root.overwrite(ARCHIVE, b"damaged")
        for failed in (1, 2):
            with self.boot(f"count-{failed}") as vm:
                vm.expect(RAM_ENTRY, 120, "the RAM entry")
                vm.expect("ramimg: booting from disk: .*damaged", 300, "the failure")
                self.assertNotIn(FAILED_TWICE, vm.console())
            self.assertEqual(self.count(), [f"ramimg_failed={failed}"])

    def test_2_the_third_is_by_the_stock_entry(self):
        with self.boot("count-3") as vm:
            vm.expect(FAILED_TWICE, 120, "GRUB's decision")
            vm.expect(STOCK_ENTRY, 120, "the stock entry")
            vm.login(common.ids()["ROOT_PASSWORD"])
            self.assertNotIn(RAM_ENTRY, vm.console())
            self.assertNotIn("ramimg: booting", vm.console())
            # In order: grub-common.service has just written the block anew.
            vm.poweroff()
        self.assertEqual(self.count(), ["ramimg_failed=2"])

    def test_3_verify_clears(self):
        self.root.overwrite(ARCHIVE, disk.Ext4(common.built("built.raw")).read(ARCHIVE)[:7])
        result = run("verify", self.image, work=common.workdir(), config=common.config())
        self.assertEqual(result.status, 0, result)
        self.assertIn("failed twice in a row", result.out)
        self.assertIn("\ncleared: ", result.out)
        self.assertEqual(self.count(), [])
        self.assertEqual(self.root.check(), "")
        print(f"\nverify: {result.seconds:.0f} s\n{result.out}")

    def test_4_a_boot_into_ram_counts_as_none(self):
        with self.boot("count-4") as vm:
            vm.expect(RAM_ENTRY, 120, "the RAM entry")
            self.assertEqual(self.count(), ["ramimg_failed=1"])
            vm.expect("ramimg: root in RAM", 400, "the root in RAM")
            vm.expect("login: ", 400, "the login prompt")
        self.assertEqual(self.count(), [])
        self.assertEqual(self.root.check(), "")


if __name__ == "__main__":
    common.main()
