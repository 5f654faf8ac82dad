# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""From a real Debian that runs from RAM, the disk goes: out of QEMU, out of the configuration, and the
VM moves to another QEMU that never had one, while a program in it counts.

test_ram.py goes through the same with a disk that was built once.

Environment: as common.py; RAMIMG_E2E_LAYOUT: single, single-drive or virtio (see tests/host/pveqemu.py).
"""

import json
import os
import signal
import subprocess
import time

import common
from command import Command, run
from pvevm import PveVm, host
from sockets import short
from vm import deadline

LAYOUT = os.environ.get("RAMIMG_E2E_LAYOUT", "single")
KEY = "virtio0" if LAYOUT == "virtio" else "scsi0"
LINE = f"{KEY}: san:vm-105-disk-1,iothread=1,size=4G\n"
HEAD = f"agent: 1\nboot: order={KEY}\nmemory: 3072\nname: web\n"
TAIL = "scsihw: virtio-scsi-single\n" if KEY == "scsi0" else ""
# Proxmox's writer sorts the keys: virtio0 comes last.
WITH_DISK = HEAD + LINE + TAIL
PENDING = HEAD + TAIL + "\n[PENDING]\n" + LINE
COUNT = ("i=0; while :; do i=$((i + 1)); echo $i >>/run/count; sleep 0.1; done")


class Detach(common.E2eTest):
    memory_mib, cpus = 3072, 1

    @classmethod
    def setUpClass(cls):
        # Built twice: that a boot of it is as good as one of what was built once is seen here, too.
        cls.start(common.overlay(common.built_twice(), "qcow2", "detach.qcow2"), "qcow2")

    @classmethod
    def start(cls, image, fmt):
        cls.host = host("host", WITH_DISK)
        cls.other = host("other-host", WITH_DISK)
        cls.disk = cls.host.volume("san", "vm-105-disk-1", image)
        cls.vm = PveVm(cls.host, "source", cls.disk, LAYOUT, cls.memory_mib, cls.cpus, fmt=fmt)
        cls.vm.__enter__()
        cls.addClassCleanup(cls.vm.__exit__)

    def ramimg(self, *args, at=None):
        return run(args[0], "--pve-root", (at or self.host).root, *args[1:], work=common.workdir(),
                   config=common.config(), seconds=300)

    def conf(self):
        with open(self.host.path("etc/pve/nodes/pve1/qemu-server/105.conf"), encoding="utf-8") as text:
            return text.read()

    def test_10_logs_in(self):
        self.vm.login(common.ids()["ROOT_PASSWORD"], 600)

    def test_11_in_ram(self):
        self.assertEqual(self.vm.text("findmnt -n -o FSTYPE /"), "tmpfs")
        self.vm.run("systemctl is-system-running --wait || true", 300)
        status = json.loads(self.ramimg("status", "--json", "105").out)["vms"][0]
        self.assertEqual((status["root"], status["disk"], status["config"], status["root_known_by"]),
                         ("ram", "released", "attached", "guest agent"), status)

    def test_12_a_mounted_disk_is_not_pulled(self):
        if KEY != "scsi0":
            return      # a virtio-blk device that was unbound does not come back by itself
        self.data_disk()
        self.vm.run("for h in /sys/class/scsi_host/*; do echo '- - -' >$h/scan; done; udevadm settle; "
                    "mount -o ro,noload /dev/sda1 /mnt", check=True)
        result = self.ramimg("detach", "105")
        self.assertEqual(result.status, 3, result)
        self.assertRegex(result.err, r"has not let go of its disk: sda1: is mounted at /mnt")
        self.assertEqual(self.conf(), WITH_DISK)
        self.vm.run("umount /mnt; echo 1 >/sys/block/sda/device/delete", check=True)

    def data_disk(self):
        """Another disk, with a file system that is mounted: not in the way."""
        data = common.in_workdir("data.raw")
        subprocess.run(["truncate", "--size", "16M", data], check=True)
        subprocess.run(["mkfs.ext4", "-q", "-F", data], check=True)
        qmp = self.vm.qmp
        qmp.command("blockdev-add", driver="raw", file={"driver": "file", "filename": data},
                    **{"node-name": "data"})
        qmp.command("device_add", driver="virtio-blk-pci", id="virtio1", drive="data", bus="pci.0",
                    addr="0xb")
        self.vm.run("until [ -b /dev/vda ]; do udevadm settle; done; mount /dev/vda /srv", 60, check=True)
        status = json.loads(self.ramimg("status", "--json", "105").out)["vms"][0]
        self.assertEqual(status["disk"], "released", status)
        self.vm.run("umount /srv", check=True)
        qmp.command("device_del", id="virtio1")
        qmp.wait_event("DEVICE_DELETED", 60, device="virtio1")
        qmp.command("blockdev-del", **{"node-name": "data"})

    def test_13_detach(self):
        self.assertTrue(self.vm.image_open())
        self.vm.run(f"nohup sh -c '{COUNT}' >/dev/null 2>&1 &", check=True)
        start = time.monotonic()
        result = self.ramimg("detach", "105")
        self.assertEqual(result.status, 0, result)
        print(f"\ndetach took {time.monotonic() - start:.1f} s")
        self.assertEqual(self.conf(), PENDING)
        qmp = self.vm.qmp
        self.assertEqual([b for b in qmp.command("query-block") if b.get("inserted")], [])
        nodes = [n["node-name"] for n in qmp.command("query-named-block-nodes")]
        self.assertEqual(nodes, [])
        text = json.dumps([qmp.command("query-pci"), qmp.command("qom-list", path="/objects")])
        for name in ("virtioscsi0", "virtio0", "throttle-drive", "iothread-"):
            self.assertNotIn(f'"{name}', text)
        self.assertFalse(self.vm.image_open(), "QEMU still has the image open")
        self.assertEqual(self.vm.text("lsblk --nodeps --noheadings --output NAME"), "")
        result = self.ramimg("check-migrate", "105")
        self.assertEqual(result.status, 0, result)

    def test_14_back_and_out_again(self):
        """The running VM gets controller and disk again, sees it, and loses it again."""
        if LAYOUT == "single":
            return      # tests/host has it (controller_of_its_own), and a minute is a minute
        result = self.ramimg("attach", "105")
        self.assertEqual(result.status, 0, result)
        self.assertEqual(self.conf(), WITH_DISK)
        self.assertTrue(self.vm.image_open())
        name = "vda" if KEY == "virtio0" else "sda"
        self.vm.run(f"until [ -b /dev/{name}1 ]; do udevadm settle; done", 60, check=True)
        killed = Command("detach", "-v", "--pve-root", self.host.root, "105",
                         work=common.workdir(), config=common.config())
        killed.wait_for('"device_del"', 60)
        killed.signal(signal.SIGKILL)
        self.assertEqual(killed.finish(30).status, -signal.SIGKILL)
        result = self.ramimg("detach", "105")
        self.assertEqual(result.status, 0, result)
        self.assertEqual(self.conf(), PENDING)
        self.assertFalse(self.vm.image_open(), "QEMU still has the image open")
        self.assertEqual(self.vm.text("lsblk --nodeps --noheadings --output NAME"), "")

    def test_15_migrate(self):
        """To a QEMU that was started from the configuration as it is now: without a disk."""
        uri = f"unix:{short(common.in_workdir('migrate.sock'))}"
        target = PveVm(self.other, "target", None, LAYOUT, self.memory_mib, self.cpus, more=["-incoming", uri])
        with target:
            self.vm.migrate(target, uri)
            target.send("\n")
            until = deadline(60)
            first = int(target.text("tail -n 1 /run/count"))
            while int(target.text("tail -n 1 /run/count")) <= first + 20:
                self.assertLess(time.monotonic(), until, "the program does not count on")
            counted = [int(n) for n in target.text("cat /run/count").split()]
            self.assertEqual(counted, list(range(1, len(counted) + 1)), "a number is lost")
            self.assertEqual(target.text("systemctl --failed --no-legend --plain"), "")
            self.assertNotRegex(target.text("dmesg"), r"I/O error|EXT4-fs error")

    def test_16_cold_start(self):
        """Proxmox applies what is pending at a cold start; the hookscript ends it detached again."""
        if LAYOUT != "single-drive":
            return      # a boot is a minute; tests/host has the hookscript, and the tests before this a real guest
        self.assertEqual(self.conf(), PENDING)
        self.host.vm(105, WITH_DISK)
        with PveVm(self.host, "cold", self.disk, LAYOUT) as vm:
            hook = os.path.join(os.path.dirname(common.TESTS), "templates", "hookscript")
            # Its branch without systemd: a service would not end with the test (tests/host has the other).
            env = os.environ | {"RAMIMG_DETACH_OPTIONS": f"--pve-root {self.host.root} "
                                f"--config {common.config()}", "RAMIMG_SYSTEMD": "/nonexistent"}
            for phase in ("pre-start", "post-start"):
                subprocess.run(["sh", hook, "105", phase], env=env, check=True)
            vm.qmp.wait_event("DEVICE_DELETED", 400, device="virtioscsi0")
            until = deadline(60)
            while self.conf() != PENDING:
                self.assertLess(time.monotonic(), until, f"not as pending: {self.conf()}")
                time.sleep(0.1)
            self.assertFalse(vm.image_open())
            status = json.loads(self.ramimg("status", "--json", "105").out)["vms"][0]
            self.assertEqual((status["disk"], status["config"], status["migratable"]),
                             ("detached", "pending", True), status)


if __name__ == "__main__":
    common.main()
