# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real Debian without a disk, of an ISO that `build --iso --compressed` makes: booted, the disc taken out, used, shut down."""

import json
import os

import common
import disk
from command import run
from vm import Vm, memory_of

# MiB for what these tests run.
ROOM = 128


class Iso(common.E2eTest):
    @classmethod
    def setUpClass(cls):
        cls.iso, cls.golden = common.in_workdir("debian.iso"), common.in_workdir("golden.qcow2")
        disk.output("rm", "-f", cls.iso, cls.golden)
        cls.vm = cls.least_mib = None

    def test_1_is_built(self):
        config = common.config('root: { form = "compressed"; };\n')
        got = run("build", "--json", "--no-artifacts", "--slim", "--output", self.golden, "--iso", self.iso, common.fixture(),
                  work=common.workdir(), config=config, seconds=900)
        self.assertEqual(got.status, 0, got)
        os.unlink(self.golden)
        told = json.loads(got.out)
        type(self).least_mib = -(-told["diskless"]["needed_bytes"] >> 20)
        print(f"\nbuild: {got.seconds:.0f} s; the ISO has {told['iso']['bytes'] >> 20} MiB, its VM needs {self.least_mib}")

    def test_2_boots(self):
        type(self).vm = Vm(common.workdir(), self.iso, "raw", memory_of(self.least_mib + ROOM), bus="cdrom").__enter__()
        self.addClassCleanup(self.vm.__exit__)
        self.vm.expect("ramimg: root in RAM", 900, "the root in RAM")
        self.vm.login(common.ids()["ROOT_PASSWORD"], 600)
        self.assertEqual(self.vm.text("findmnt -n -o FSTYPE /"), "overlay")
        self.assertEqual(self.vm.text("systemctl is-system-running --wait || systemctl --failed", 300), "running")
        self.assertEqual(self.vm.text("lsblk -dn -o NAME,MOUNTPOINTS | grep -v ^loop").split(), ["sr0"])
        print("\n" + self.vm.text("free -m; df -h /; cat /run/ramimg/status"))

    def test_3_lives_on_without_the_disc(self):
        """Taken out as Proxmox VE does it, where the guest's udev has locked the drive (qemu-server's Blockdev.pm)."""
        self.vm.qmp.command("eject", id="ide2", force=True)
        self.vm.run("udevadm settle; echo 3 >/proc/sys/vm/drop_caches", check=True)
        self.assertNotEqual(self.vm.run("head -c 1 /dev/sr0")[0], 0)
        self.vm.run("tar -cf /dev/null --one-file-system /", 600, check=True)
        self.vm.run("systemctl restart cron && apt-get --version", check=True)
        self.assertEqual(self.vm.text("systemctl --failed --no-legend --plain"), "")
        self.assertNotRegex(self.vm.text("dmesg"), r"I/O error|SQUASHFS error")
        self.vm.poweroff()


if __name__ == "__main__":
    common.main()
