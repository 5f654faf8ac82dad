# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The built disk boots from its own GRUB, with no help, into RAM, which counts as no failed boot; its disk is detached,
it lives on without it, and moves to another QEMU."""

import json

import common
import disk
from test_detach import Detach

# MiB for what the tests run.
ROOM = 256
# What is mounted over in a running system, so that the tree below is not seen.
MOUNTED = {"/dev", "/proc", "/run", "/sys"}
# What a running system writes by itself. The fstab has a test of its own.
WRITTEN_AT_BOOT = ("/etc/fstab", "/tmp", "/var/tmp", "/var/log", "/var/lib/systemd/random-seed",
                   "/var/lib/systemd/timers")
# Directories whose time of change these, and nothing else, may have moved.
CHANGED_AT_BOOT = {"/var/lib/systemd"}


def without_user_xattrs(listing):
    """Linux before 6.6 has no user.* attributes on tmpfs: nothing can carry them there."""
    for entry in listing.values():
        kept = {k: v for k, v in entry.pop("xattrs", {}).items() if not k.startswith("user.")}
        if kept:
            entry["xattrs"] = kept


def left_out_by(manifest):
    """A function that tells whether the manifest names a path as left out."""
    with open(manifest, encoding="utf-8") as text:
        paths = [entry["path"] for entry in json.load(text)["left_out"]]
    whole = {path for path in paths if not path.endswith("/")}
    contents = tuple(path for path in paths if path.endswith("/"))
    return lambda path: path.startswith(contents) or any(common.below(path, out) for out in whole)


class Ram(Detach):
    """With the steps of Detach behind its own first ones, in the same boot."""

    cpus = 2
    test_10_logs_in = None      # test_01 has

    @classmethod
    def setUpClass(cls):
        # Raw, so that what GRUB wrote can be read from outside.
        cls.image = common.in_workdir("ram.raw")
        disk.copy(common.built("built.raw"), cls.image)
        # The rows of tests/matrix have no more memory than their builds name; these tests take some themselves.
        with open(common.built("artifacts/manifest.json"), encoding="utf-8") as text:
            ram = json.load(text)["ram"]
        cls.least_mib = (ram["needed_bytes"] + ram["further_cpu_bytes"]) >> 20
        cls.memory_mib = cls.least_mib + ROOM
        cls.start(cls.image, "raw")

    def test_01_boots_by_default(self):
        self.vm.expect("GNU GRUB", 120)
        self.vm.expect(common.RAM_ENTRY, 120, "the RAM entry")
        self.assertEqual(common.failed_boots(disk.Ext4(self.image)), ["ramimg_failed=1"])
        self.vm.expect("ramimg: root in RAM", 400, "the root in RAM")
        self.vm.login(common.ids()["ROOT_PASSWORD"], 600)
        words = "\n".join(line for line in self.vm.console().splitlines() if "ramimg:" in line)
        print(f"\nthe loader's words:\n{words}")
        arguments = self.vm.text("cat /proc/cmdline").split()
        for argument in ("boot=ramimg", "toram", "console=ttyS0,115200n8", "quiet"):
            self.assertIn(argument, arguments)

    def test_02_root_is_tmpfs(self):
        self.assertEqual(self.vm.text("findmnt -n -o FSTYPE /"), "tmpfs")
        self.assertIn("rw", self.vm.text("findmnt -n -o OPTIONS /").split(","))

    def test_03_no_failed_units(self):
        state = self.vm.text("systemctl is-system-running --wait || true", 300)
        self.assertEqual(self.vm.text("systemctl --failed --no-legend --plain"), "")
        self.assertEqual(state, "running")

    def test_03_passing_need_for_memory(self):
        """Once it is up, most of what it had to have is in use: what only the boot took is small beside it."""
        mib = {key: int(value.split()[0]) >> 10 for key, value in
               (line.split(":") for line in self.vm.text("cat /proc/meminfo").splitlines())}
        cached = mib["Buffers"] + mib["Cached"] + mib["SReclaimable"] - mib["Shmem"]
        # Of the room, too, the kernel takes its records of pages.
        used = self.least_mib + ROOM - mib["MemFree"] - cached - ROOM // 50
        print(f"\nat least {self.least_mib} MiB, used {used} ({self.least_mib / used:.3f} times): free "
              f"{mib['MemFree']}, cached {cached}, available {mib['MemAvailable']}, total {mib['MemTotal']}")
        self.assertLessEqual(self.least_mib, 1.15 * used)

    def test_04_no_swap_and_no_disk_in_use(self):
        self.assertEqual(self.vm.text("swapon --show"), "")
        self.assertNotRegex(self.vm.text("cat /proc/mounts"), r"(?m)^/dev/[svx]")
        # released: the guest itself has let go of the device
        self.assertEqual(self.vm.text("lsblk --nodeps --noheadings --output NAME"), "")
        print(f"\n/run/ramimg/status:\n{self.vm.text('cat /run/ramimg/status')}")

    def test_05_counts_as_no_failed_boot(self):
        root = disk.Ext4(self.image)
        self.assertEqual(common.failed_boots(root), [])
        self.assertEqual(root.check(), "")

    def test_06_fstab_in_ram(self):
        lines = self.vm.text("grep -v '^#' /etc/fstab").splitlines()
        self.assertEqual([line.split()[:3] for line in lines if line.split()[1] == "/"],
                         [["none", "/", "tmpfs"]])
        self.assertNotIn("swap", "\n".join(lines))

    def test_07_metadata_by_hand(self):
        """The kinds that the listing compares as well, seen with the tools that show them."""
        base = "/opt/fixture"
        self.assertEqual(self.vm.text(f"getcap {base}/caps/netbind"),
                         f"{base}/caps/netbind cap_net_bind_service,cap_net_raw=ep")
        self.assertIn("cap_net_raw", self.vm.text("getcap /usr/bin/ping"))
        acl = self.vm.text(f"cd {base}/acl && getfacl -n file dir")
        for line in ("user:1234:rwx", "group:5678:r--", "default:user:1234:rwx"):
            self.assertIn(line, acl.splitlines())
        links = self.vm.text(f"cd {base}/links && stat -c '%i %h' a/one b/two three "
                             "/usr/local/lib/fixture-four").splitlines()
        self.assertEqual(len(set(links)), 1, links)
        self.assertTrue(links[0].endswith(" 4"), links)
        size, blocks = self.vm.text(f"stat -c '%s %b' {base}/sparse/holes").split()
        self.assertEqual(int(size), 64 << 20)
        self.assertLessEqual(int(blocks) * 512, 256 << 10, "the sparse file is not sparse")
        self.assertEqual(self.vm.text(f"stat -c %b {base}/sparse/nothing"), "0")
        self.assertEqual(self.vm.text("stat -c '%a %u' /usr/bin/passwd"), "4755 0")
        self.assertEqual(self.vm.text(f"stat -c %y {base}/times/ns"),
                         "2023-04-05 06:07:08.123456789 +0000")

    def test_08_same_files_as_on_the_disk(self):
        expected, found = common.list_disk(common.fixture()), common.list_guest(self.vm)
        probe = "touch /run/probe /probe; setfattr -n user.probe -v 1 /probe; s=$?; rm /probe; exit $s"
        if self.vm.run(probe)[0] != 0:
            without_user_xattrs(expected)
        for listing in (expected, found):
            for path in CHANGED_AT_BOOT & listing.keys():
                listing[path]["mtime"] = None
        left_out = left_out_by(common.built("artifacts/manifest.json"))
        wrong = common.differences(expected, found, lambda path: left_out(path) or any(
            common.below(path, written) for written in (*WRITTEN_AT_BOOT, *MOUNTED)))
        self.assertEqual(wrong, [], f"{len(wrong)} of {len(expected)} paths differ")
        self.assertGreater(len(found), 15000)
        print(f"\n{len(expected)} paths on the disk, {len(found)} in RAM")

    def test_14_lives_on(self):
        self.assertNotIn("virtio_scsi", self.vm.text("ls /sys/bus/virtio/devices/*/driver/module -d; "
                                                     "readlink /sys/bus/virtio/devices/*/driver"))
        self.vm.run("sync; echo 3 >/proc/sys/vm/drop_caches", check=True)
        self.assertIn("apt ", self.vm.text("apt-get --version"))
        self.vm.run("ls -lR /usr >/dev/null", 300, check=True)
        before = self.vm.text("systemctl show -p MainPID --value cron")
        self.vm.run("systemctl restart cron", check=True)
        after = self.vm.text("systemctl show -p MainPID --value cron")
        self.assertNotEqual(before, after)
        self.assertEqual(self.vm.text("systemctl is-active cron"), "active")
        self.assertEqual(self.vm.text("systemctl --failed --no-legend --plain"), "")
        self.assertNotRegex(self.vm.text("dmesg"), r"I/O error|EXT4-fs error")
        print(f"\n{self.vm.text('free -m')}")

    def test_14_packages_make_no_initramfs(self):
        """What a package asks for when it is installed ends at once: in RAM there is none to make anew."""
        self.assertEqual(self.vm.text("update-initramfs -u && ! ls /boot | grep ^initrd"), "")


del Detach      # which is a test of its own


if __name__ == "__main__":
    common.main()
