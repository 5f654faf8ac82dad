# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The disk that was built twice boots into RAM from virtio-blk, and lives on without it."""

import common
from vm import Vm


class VirtioBlk(common.E2eTest):
    @classmethod
    def setUpClass(cls):
        backing = common.built("twice.qcow2")
        cls.vm = Vm(common.workdir(), common.overlay(backing, "qcow2", "virtio.qcow2"), "qcow2",
                    bus="virtio", name="virtio")
        cls.vm.__enter__()
        cls.addClassCleanup(cls.vm.__exit__)

    def test_1_boots_into_ram(self):
        self.vm.login(common.ids()["ROOT_PASSWORD"], 600)
        self.assertEqual(self.vm.text("findmnt -n -o FSTYPE /"), "tmpfs")
        self.assertEqual(self.vm.text("systemctl is-system-running --wait || true", 300), "running")

    def test_2_lets_go_of_the_disk(self):
        self.assertEqual(self.vm.text("lsblk --nodeps --noheadings --output NAME"), "")
        self.assertEqual(self.vm.text("swapon --show"), "")

    def test_3_the_disk_is_pulled(self):
        self.vm.qmp.command("device_del", id="virtio0")
        self.vm.qmp.wait_event("DEVICE_DELETED", 60, device="virtio0")
        self.assertEqual([d for d in self.vm.qmp.command("query-block") if d.get("inserted")], [])
        self.vm.run("systemctl restart cron && apt-get --version", check=True)


if __name__ == "__main__":
    common.main()
