# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real Debian whose root is a compressed image in RAM, and which swaps to zram: built, booted, detached, used, and moved
to another QEMU."""

import json
import os

import common
import disk
from command import run
from pvevm import PveVm, host
from sockets import short

LINE = "virtio0: san:vm-105-disk-1,iothread=1,size=4G\n"
CONF = "agent: 1\nboot: order=virtio0\nmemory: {0}\nname: web\n"
MIB = 1 << 20
ZRAM_MIB = 256
# A package with a program, made in the guest.
PACKAGE = """set -e
mkdir -p /root/hello/DEBIAN /root/hello/usr/bin
printf 'Package: hello-ram\\nVersion: 1\\nArchitecture: all\\nMaintainer: x <x@example.com>\\nDescription: x\\n' \
>/root/hello/DEBIAN/control
printf '#!/bin/sh\\necho hello from RAM\\n' >/root/hello/usr/bin/hello-ram
chmod 0755 /root/hello/usr/bin/hello-ram
dpkg-deb --build /root/hello /root/hello.deb
apt-get install -y /root/hello.deb
hello-ram"""


class Compressed(common.E2eTest):
    @classmethod
    def setUpClass(cls):
        cls.image = common.in_workdir("compressed.raw")
        cls.host, cls.other = host("host", CONF.format(3072) + LINE), host("other-host", CONF.format(3072))
        cls.vm = cls.memory_mib = None
        cls.config = common.config(f'root: {{ form = "compressed"; zram = "{ZRAM_MIB}M"; }};\n')
        # A disk that another is made upon is not built. (It is reverted by matrix/trixie-dracut-back.)
        cls.upon = common.in_workdir("compressed.qcow2")
        disk.output("rm", "-f", cls.upon)

    def ramimg(self, *args, at=None):
        pve = ("--pve-root", at.root) if at else ()
        got = run(args[0], *pve, *args[1:], work=common.workdir(), config=self.config, seconds=300)
        self.assertEqual(got.status, 0, got)
        return got

    def status(self):
        return json.loads(self.ramimg("status", "--json", "105", at=self.host).out)["vms"][0]

    def test_1_is_built(self):
        disk.copy(common.fixture(), self.image)
        got = self.ramimg("build", "--json", self.image)
        print(f"\nbuild: {got.seconds:.0f} s\n{got.out}")
        # The row of tests/matrix has no more memory than its build names; these tests take some themselves.
        type(self).memory_mib = -(-json.loads(got.out)["ram"]["needed_bytes"] // MIB) + 128
        root = disk.Ext4(self.image)
        self.assertEqual(root.check(), "")
        self.ramimg("verify", self.image)

    def test_2_boots_into_ram(self):
        self.host.vm(105, CONF.format(self.memory_mib) + LINE)
        overlay = self.host.volume("san", "vm-105-disk-1", common.overlay(self.image, "raw", os.path.basename(self.upon)))
        type(self).vm = PveVm(self.host, "source", overlay, "virtio", self.memory_mib).__enter__()
        self.addClassCleanup(self.vm.__exit__)
        self.vm.login(common.ids()["ROOT_PASSWORD"], 600)
        self.assertEqual(self.vm.text("findmnt -n -o FSTYPE /"), "overlay")
        self.assertEqual(self.vm.text("systemctl is-system-running --wait || systemctl --failed", 300), "running")
        print("\n" + self.vm.text("free -m; df -h /; findmnt; cat /run/ramimg/status"))
        self.assertEqual(self.vm.text("findmnt -rn -o TARGET | grep ramimg || true"), "")
        self.assertEqual(self.vm.text("lsblk -dn -o NAME,TYPE | grep -v 'loop\\|^zram0 ' || true"), "")
        self.assertEqual(self.vm.text("swapon --show=NAME,TYPE,PRIO --noheadings --bytes").split(),
                         ["/dev/zram0", "partition", "100"])
        self.assertEqual(self.vm.text("cat /sys/block/zram0/disksize"), str(ZRAM_MIB * MIB))

    def test_3_metadata(self):
        base = "/opt/fixture"
        self.assertEqual(self.vm.text(f"getcap {base}/caps/netbind"),
                         f"{base}/caps/netbind cap_net_bind_service,cap_net_raw=ep")
        links = self.vm.text(f"cd {base}/links && stat -c '%i %h' a/one b/two three "
                             "/usr/local/lib/fixture-four").splitlines()
        self.assertEqual(len(set(links)), 1, links)
        self.assertTrue(links[0].endswith(" 4"), links)

    def test_4_is_detached(self):
        before = self.status()
        self.assertEqual((before["root"], before["disk"], before["config"]), ("ram", "released", "attached"), before)
        self.ramimg("detach", "105", at=self.host)
        self.assertFalse(self.vm.image_open(), "QEMU still has the image open")
        self.ramimg("check-migrate", "105", at=self.host)

    def test_5_is_used(self):
        self.assertTrue(self.vm.text(PACKAGE, 300).endswith("hello from RAM"))
        self.vm.run("echo changed >>/etc/motd && mount -o remount,rw / && tar -cf /dev/null --one-file-system /", 600,
                    check=True)
        self.assertNotRegex(self.vm.text("dmesg"), r"I/O error|SQUASHFS error|EXT4-fs error")

    def test_6_migrates(self):
        uri = f"unix:{short(common.in_workdir('migrate.sock'))}"
        with PveVm(self.other, "target", None, "virtio", self.memory_mib, more=["-incoming", uri]) as target:
            self.vm.migrate(target, uri)
            target.send("\n")
            self.assertEqual(target.text("hello-ram; tail -n 1 /etc/motd"), "hello from RAM\nchanged")
            target.run("tar -cf /dev/null /etc /usr/bin", 600, check=True)
            self.assertEqual(target.text("systemctl --failed --no-legend --plain"), "")
            self.assertNotRegex(target.text("dmesg"), r"I/O error|SQUASHFS error")
            # The loop device below the root cannot be detached then, and nothing waits for it.
            target.poweroff()


if __name__ == "__main__":
    common.main()
