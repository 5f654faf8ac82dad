# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boot this machine's kernel and initrd with ramimg's segment: `initrd_boot.py --list`, or a name."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import initrd_vm as vm

ENV = {name: os.environ.get(name, "") for name in ("RAMLOAD", "LOADER_INIT", "INITRAMFS_SCRIPT", "LEAST_TOOL")}
# MiB; ram.reserve as it is by itself.
RESERVE = 128
SAMPLE = "mode 106755 owner 0:123456 size 7 mtime 1234567890.987654321 cap 20"


class InitrdBoot(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="initrd-boot-")
        self.addCleanup(shutil.rmtree, self.dir)
        self.places = {}
        self.tree = vm.make_tree(self.dir, ENV["LOADER_INIT"])
        self.disk = os.path.join(self.dir, "disk")
        self.kernel, self.base = vm.kernel_and_initrd(whole=False)

    def initrd(self, archive, ramload=None, without=()):
        return vm.initrd(self.dir, self.base, ENV["INITRAMFS_SCRIPT"], ramload or ENV["RAMLOAD"],
                         archive.manifest, without)

    def put_archive(self, archive, tree=None):
        shutil.copy(archive.path, os.path.join(tree or self.tree, "boot"))

    def pack_counted(self):
        """An archive and a root whose boots GRUB counts, this being the second."""
        vm.put_grubenv(os.path.join(self.tree, "boot"), "saved_entry=0", "ramimg_failed=2",
                       "recordfail=1", "x=1")
        return vm.pack(self.dir, self.tree, grubenv="/boot/grub/grubenv")

    def check_count(self, lines, image=None, path="/boot/grub/grubenv"):
        """The block has these lines, and lies where it lay: GRUB knows it by its place."""
        blocks, found = vm.place_and_lines(image or self.disk, path)
        self.assertEqual(found, lines)
        self.assertEqual(blocks, self.places[image or self.disk])
        subprocess.run(["e2fsck", "-fn", image or self.disk], check=True, stdout=subprocess.DEVNULL)

    def note_place(self, image=None, path="/boot/grub/grubenv"):
        self.places[image or self.disk] = vm.place_and_lines(image or self.disk, path)[0]

    def simple_boot(self, archive, bus="scsi", **options):
        """One disk that holds root and archive."""
        self.put_archive(archive)
        vm.ext4(self.disk, 160, vm.ROOT_UUID, self.tree)
        if os.path.exists(os.path.join(self.tree, "boot/grub/grubenv")):
            self.note_place()
        return vm.Boot(self.kernel, self.initrd(archive), [(self.disk, bus)], **options)

    def check_in_ram(self, boot, archive, released):
        self.assertEqual(boot.root_type(), ["tmpfs"], boot.text[-3000:])
        self.assertEqual(boot.facts("writable"), ["yes"])
        self.assertEqual(boot.facts("sample"), [SAMPLE])
        self.assertEqual([m for m in boot.facts("mount") if "/dev/" in m.split()[0]], [])
        status = boot.status()
        self.assertEqual(status["result"], "ram")
        self.assertEqual(status["entries"], archive.fields["entries"])
        self.assertEqual(status["released"], released)
        self.assertEqual(status["kept"], [])
        self.assertGreater(status["seconds"]["unpack"], 0)
        self.assertEqual(status["seconds"]["release"] > 0, bool(released))
        # In the page cache there is the tmpfs' content and nothing of what was read once.
        mem = {line.split(":")[0]: int(line.split()[1]) for line in boot.facts("meminfo")}
        self.assertLess(mem["Cached"] + mem["Buffers"] - mem["Shmem"], 512, mem)
        for name in released:
            self.assertNotIn(name, boot.facts("block"))
        self.assertTrue([s for s in boot.said() if s.startswith("root in RAM: 24 MiB, ")])

    def check_on_disk(self, boot, reason, writable="no", fstype="ext4"):
        """As the stock entry would have booted, and the reason is told."""
        self.assertEqual(boot.root_type(), [fstype], boot.text[-3000:])
        self.assertEqual(boot.facts("writable"), [writable])
        self.assertEqual([m for m in boot.facts("mount") if "/ramimg" in m], [])
        self.assertRegex(boot.facts("sample")[0], "^mode 106755 owner 0:123456 size 7 ")
        told = [s for s in boot.said() if s.startswith("booting from disk: ")]
        self.assertEqual(len(told), 1, boot.said())
        self.assertRegex(told[0], reason)
        return boot.status() if boot.facts("status") != ["absent"] else None

    def test_scsi_gzip(self):
        """On the controller that Proxmox VE gives without a scsihw."""
        self.kernel, self.base = vm.kernel_and_initrd(whole=True)
        archive = self.pack_counted()
        boot = self.simple_boot(archive, "lsi", cpus=2)
        self.check_in_ram(boot, archive, ["sda"])
        self.assertIn("unpacking Test 1, 24 MiB, into RAM", boot.said())
        self.check_count(["saved_entry=0", "x=1"])
        self.assertIn("let go of sda", boot.said())
        # Linux 6.1 has no user xattrs on a tmpfs, 6.6 has.
        dropped = boot.status()["dropped"]["user_xattrs"]
        self.assertEqual(dropped, 1 if boot.kernel_version() < (6, 6) else 0)
        self.assertEqual(any("1 user xattr dropped: this kernel's tmpfs has none" in s
                             for s in boot.said()), dropped == 1)

    def test_virtio_blk_zstd_quiet(self):
        archive = vm.pack(self.dir, self.tree, "zstd")
        boot = self.simple_boot(archive, "virtio", extra_cmdline="quiet", cpus=2)
        self.check_in_ram(boot, archive, ["vda"])
        self.assertEqual(len(boot.said()), 1, boot.said())

    def test_sata(self):
        archive = vm.pack(self.dir, self.tree)
        self.check_in_ram(self.simple_boot(archive, "sata"), archive, ["sda"])

    def test_no_release(self):
        """And an environment block that is none: said, and no reason to fail."""
        vm.put_grubenv(os.path.join(self.tree, "boot"), "ramimg_failed=1\\")
        archive = vm.pack(self.dir, self.tree, release="no", grubenv="/boot/grub/grubenv")
        boot = self.simple_boot(archive)
        self.assertIn("GRUB goes on counting this boot as failed: GRUB's environment block ends in "
                      "the middle of a line", boot.said())
        self.check_count(["ramimg_failed=1\\"])
        self.check_in_ram(boot, archive, [])
        self.assertIn("sda", boot.facts("block"))

    def test_boot_of_its_own(self):
        """/boot on a disk of its own: both disks are let go of."""
        archive = vm.pack(self.dir, self.tree, archive="/ram.tar.gz", archive_on_root="no",
                          archive_fs=vm.BOOT_UUID, grubenv="/grub/grubenv",
                          release_fs=f"{vm.ROOT_UUID}\nrelease_fs={vm.BOOT_UUID}")
        boot_tree, boot_disk = os.path.join(self.dir, "boot"), os.path.join(self.dir, "disk2")
        os.mkdir(boot_tree)
        vm.put_grubenv(boot_tree, "ramimg_failed=1")
        shutil.copy(archive.path, boot_tree)
        vm.ext4(self.disk, 160, vm.ROOT_UUID, self.tree)
        vm.ext4(boot_disk, 64, vm.BOOT_UUID, boot_tree)
        self.note_place(boot_disk, "/grub/grubenv")
        boot = vm.Boot(self.kernel, self.initrd(archive), [(self.disk, "virtio"),
                                                           (boot_disk, "virtio")])
        self.check_in_ram(boot, archive, ["vda", "vdb"])
        self.check_count([], boot_disk, "/grub/grubenv")

    def test_data_disk(self):
        """A second disk of the fstab's, the first on the bus, and a third one: they stay, the one is mounted, on the other
        the guest swaps, and the boot disk goes."""
        os.mkdir(os.path.join(self.tree, "data"))
        with open(os.path.join(self.tree, "etc/fstab"), "a") as f:
            f.write(f"UUID={vm.DATA_UUID} /data ext4 nofail 0 2\nUUID={vm.SWAP_UUID} none swap sw,nofail\n")
        swap_disk = os.path.join(self.dir, "disk3")
        with open(swap_disk, "wb") as f:
            f.truncate(16 << 20)
        subprocess.run(["mkswap", "-q", "-U", vm.SWAP_UUID, swap_disk], check=True)
        data_tree, data_disk = os.path.join(self.dir, "files"), os.path.join(self.dir, "disk2")
        os.mkdir(data_tree)
        with open(os.path.join(data_tree, "file"), "w") as f:
            f.write("kept\n")
        vm.ext4(data_disk, 16, vm.DATA_UUID, data_tree)
        archive = vm.pack(self.dir, self.tree)
        self.put_archive(archive)
        vm.ext4(self.disk, 160, vm.ROOT_UUID, self.tree)
        boot = vm.Boot(self.kernel, self.initrd(archive), [(data_disk, "scsi"), (self.disk, "scsi"),
                                                           (swap_disk, "virtio")])
        self.assertEqual(boot.root_type(), ["tmpfs"], boot.text[-3000:])
        status = boot.status()
        self.assertEqual((status["result"], status["kept"]), ("ram", []))
        # Which of them is sda is the kernel's choice: it looks at them side by side.
        left = [b for b in boot.facts("block") if b.startswith("sd")]
        self.assertEqual(sorted(left + status["released"]), ["sda", "sdb"])
        self.assertEqual((boot.facts("swapon"), [line.split()[0] for line in boot.facts("swap")]),
                         (["done"], ["Filename", "/dev/vda"]))
        self.assertEqual([m.split()[:3] for m in boot.facts("mount") if "/dev/" in m.split()[0]],
                         [[f"/dev/{left[0]}", "/data", "ext4"]])
        self.assertEqual(boot.facts("data"), ["kept", "written"])
        text = subprocess.run(["debugfs", "-R", "cat /file", data_disk], check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        self.assertEqual(text, "kept\nwritten\n")

    def test_lvm(self):
        """Root on a logical volume: its group is deactivated, then the disk goes."""
        archive = vm.pack(self.dir, self.tree)
        self.put_archive(archive)
        vm.lvm(self.disk, 256, vm.ROOT_UUID, self.tree)
        boot = vm.Boot(self.kernel, self.initrd(archive), [(self.disk, "scsi")])
        self.check_in_ram(boot, archive, ["sda"])
        self.assertEqual([b for b in boot.facts("block") if b.startswith("dm-")], [])

    def test_damaged(self):
        archive = self.pack_counted()
        with open(archive.path, "r+b") as f:
            f.seek(len(archive.data) * 2 // 3)
            byte = f.read(1)
            f.seek(-1, os.SEEK_CUR)
            f.write(bytes([byte[0] ^ 0x10]))
        boot = self.simple_boot(archive)
        status = self.check_on_disk(boot, "/boot/ram.tar.gz: damaged: the gzip member at byte ")
        self.assertEqual(status["result"], "disk")
        self.assertEqual(status["released"], [])
        self.assertIn("sda", boot.facts("block"))
        self.check_count(["saved_entry=0", "ramimg_failed=2", "recordfail=1", "x=1"])

    def test_missing_archive_root_writable(self):
        """`rw` on the kernel line: the disk's root is writable as the stock entry has it."""
        archive = vm.pack(self.dir, self.tree)
        vm.ext4(self.disk, 160, vm.ROOT_UUID, self.tree)
        boot = vm.Boot(self.kernel, self.initrd(archive), [(self.disk, "scsi")], extra_cmdline="rw")
        self.check_on_disk(boot, "opening /boot/ram.tar.gz: No such file or directory", "yes")

    def test_nvme_and_size_on_the_kernel_line(self):
        """And a shell before and after the load, which goes on when the shell ends."""
        archive = vm.pack(self.dir, self.tree)
        looks = "mount=; while read -r a b c d; do case $b in /root) mount=$c;; esac; done " \
                "</proc/mounts; echo fact at {0}: /root is $mount; exit"
        boot = self.simple_boot(archive, "nvme", extra_cmdline="ramimg.size=200M ramimg.break=release,load",
                                typed=[looks.format(p) for p in ("load", "release")])
        self.assertEqual(boot.facts("at load")[-1], "/root is ext4")
        self.assertEqual(boot.facts("at release")[-1], "/root is tmpfs")
        self.assertIn('ramimg.break at "load", exit goes on', boot.said())
        self.check_in_ram(boot, archive, ["nvme0n1"])
        self.assertTrue([m for m in boot.facts("mount") if "tmpfs" in m and "size=204800k" in m],
                        boot.facts("mount"))

    def test_foreign(self):
        """An archive made by hand lies where the build's was."""
        archive = vm.pack(self.dir, self.tree)
        subprocess.run(["tar", "-C", self.tree, "--exclude=./boot/*", "-czf", archive.path, "."],
                       check=True)
        boot = self.simple_boot(archive, extra_cmdline="ramimg.foreign")
        self.assertEqual(boot.root_type(), ["tmpfs"], boot.text[-3000:])
        self.assertEqual(boot.facts("sample"), ["mode 106755 owner 0:123456 size 7 mtime "
                                                "1234567890.000000000 cap -1"])
        status = boot.status()
        self.assertEqual((status["result"], status["foreign"], status["released"]),
                         ("ram", True, ["sda"]))
        self.assertIn("unpacking a foreign archive into RAM: neither build nor length compared",
                      boot.said())

    def test_disk_on_the_kernel_line(self):
        boot = self.simple_boot(self.pack_counted(), extra_cmdline="ramimg.disk")
        status = self.check_on_disk(boot, "ramimg.disk is on the kernel line")
        self.check_count(["saved_entry=0", "x=1"])
        self.assertEqual(status["result"], "disk")
        self.assertIn("sda", boot.facts("block"))

    def test_break_before_anything(self):
        archive = vm.pack(self.dir, self.tree)
        boot = self.simple_boot(archive, extra_cmdline="ramimg.break",
                                typed=["echo fact root: /root/*; exit"])
        self.assertEqual(boot.facts("root")[-1], "/root/*")
        self.check_in_ram(boot, archive, ["sda"])

    def test_too_little_ram(self):
        archive = vm.pack(self.dir, self.tree, tmpfs_bytes=790 << 20, reserve_bytes=128 << 20)
        boot = self.simple_boot(archive, memory=768)
        self.check_on_disk(boot, r"not enough (RAM|room in the tmpfs): needs \d+ MiB")
        self.assertEqual(len(boot.said()), 1)

    def boot_short(self, mib, bus="scsi"):
        """A machine of 512 MiB with a whole Debian's initrd, nearly all of which are modules, and a root said
        to take so much."""
        self.kernel, self.base = vm.kernel_and_initrd(whole=True)
        archive = vm.pack(self.dir, self.tree, tmpfs_bytes=mib << 20, reserve_bytes=128 << 20,
                          shed_bytes=100 << 20)
        return self.simple_boot(archive, bus, memory=512), archive

    def test_short_of_ram(self):
        """It fits once the initramfs' modules are gone, and would not otherwise. The disk is an IDE one."""
        boot, archive = self.boot_short(210, "ide")
        self.check_in_ram(boot, archive, ["sda"])

    def test_too_short_of_ram(self):
        """Not even then: what is gone is not needed to boot the disk. The figures say that it is gone."""
        boot, _ = self.boot_short(290)
        self.check_on_disk(boot, "not enough RAM: needs 290 MiB and 128 MiB to spare, (34[5-9]|3[5-9].|40.) MiB "
                                 "available")

    def boot_least(self, root, cpus, share):
        """A root said to take so many MiB, in that share of the least memory that a build names for as many CPUs."""
        self.kernel, self.base = vm.kernel_and_initrd(whole=True)
        sizes = vm.memory_sizes(self.kernel, self.base, ENV["RAMLOAD"])
        archive = vm.pack(self.dir, self.tree, tmpfs_bytes=root << 20, reserve_bytes=RESERVE << 20, **sizes)
        with open(archive.manifest, encoding="utf-8") as manifest:
            least = int(subprocess.run([ENV["LEAST_TOOL"], str(cpus)], stdin=manifest, check=True,
                                       stdout=subprocess.PIPE).stdout)
        boot = self.simple_boot(archive, memory=int(least * share), cpus=cpus)
        print(f"{root} MiB, {cpus} CPUs: least {least}, with {int(least * share)}: {boot.said()[-2:]}")
        return boot, archive

    def check_least(self, root, cpus):
        """With the least memory it runs from RAM, with 5 % less it does not and names the same figures."""
        boot, archive = self.boot_least(root, cpus, 1)
        self.check_in_ram(boot, archive, ["sda"])
        self.setUp()
        boot, _ = self.boot_least(root, cpus, 0.95)
        self.check_on_disk(boot, rf"not enough (RAM: needs {root} MiB and \d+ MiB to spare|room in the tmpfs: needs "
                                 rf"{root} MiB)")

    def test_least_memory_1_cpu(self):
        self.check_least(760, 1)

    def test_least_memory_8_cpus(self):
        self.check_least(1800, 8)

    def test_least_memory_4_gib(self):
        """With a zone above 4 GiB."""
        self.check_least(3400, 2)

    def test_least_memory_16_gib(self):
        self.check_least(15600, 8)

    def test_read_errors_midway(self):
        archive = vm.pack(self.dir, self.tree)
        self.put_archive(archive)
        vm.ext4(self.disk, 160, vm.ROOT_UUID, self.tree)
        sector = vm.sector_of(self.disk, "/boot/ram.tar.gz", 2 / 3)
        boot = vm.Boot(self.kernel, self.initrd(archive), [(self.disk, "scsi")], bad_sector=sector)
        self.check_on_disk(boot, "/boot/ram.tar.gz: reading at byte [0-9]+: Input/output error")

    def test_archive_file_system_missing(self):
        """`rw` on the kernel line: the disk's root is writable as the stock entry has it."""
        archive = vm.pack(self.dir, self.tree, archive_on_root="no", archive_fs=vm.BOOT_UUID)
        boot = self.simple_boot(archive, extra_cmdline="rw")
        status = self.check_on_disk(boot, f"the archive's file system {vm.BOOT_UUID} cannot be mounted", "yes")
        self.assertEqual(status["result"], "disk")

    def test_no_manifest(self):
        archive = vm.pack(self.dir, self.tree)
        self.put_archive(archive)
        vm.ext4(self.disk, 160, vm.ROOT_UUID, self.tree)
        boot = vm.Boot(self.kernel, self.initrd(archive, without=("ramimg/manifest",)),
                       [(self.disk, "scsi")])
        self.check_on_disk(boot, "opening /ramimg/manifest: No such file or directory")

    def test_loader_that_does_not_run(self):
        """Not even the loader is needed to reach the disk's root."""
        broken = os.path.join(self.dir, "broken")
        with open(ENV["RAMLOAD"], "rb") as f, open(broken, "wb") as g:
            g.write(f.read(64))
        archive = vm.pack(self.dir, self.tree)
        self.put_archive(archive)
        vm.ext4(self.disk, 160, vm.ROOT_UUID, self.tree)
        boot = vm.Boot(self.kernel, self.initrd(archive, broken), [(self.disk, "scsi")])
        self.assertIsNone(self.check_on_disk(boot, "the loader ended with status (2|12[67])"))


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        print("\n".join(sorted(n[5:] for n in dir(InitrdBoot) if n.startswith("test_"))))
    else:
        names = [f"InitrdBoot.test_{n}" for n in sys.argv[1:]]
        unittest.main(argv=[sys.argv[0], *names])
