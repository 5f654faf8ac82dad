# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boot kernels and dracut initrds of Debian 12 and 13 with ramimg's segment: `initrd_dracut.py --list`, or a name."""
import os
import shutil
import subprocess
import sys
import unittest

import initrd_boot
import initrd_faults
import initrd_vm as vm

# Where ramimg's hook goes: os/initramfs.c.
HOOKS = {"bookworm": "usr/lib/dracut/hooks", "trixie": "var/lib/dracut/hooks"}
DRACUT_HOOK = os.environ.get("DRACUT_HOOK", "")


class InitrdDracut(initrd_boot.InitrdBoot):
    def use(self, suite, kind):
        """The kernel and initrd of that Debian."""
        directory = subprocess.run([os.path.join(vm.HERE, "../fixtures/dracut-initrds"), suite], check=True,
                                   text=True, stdout=subprocess.PIPE).stdout.strip()
        self.kernel, self.base = (os.path.join(directory, name) for name in ("vmlinuz", kind))
        self.hook = HOOKS[suite] + "/pre-pivot/00-ramimg.sh"

    def initrd(self, archive, ramload=None, without=()):
        return vm.initrd(self.dir, self.base, DRACUT_HOOK, ramload or initrd_boot.ENV["RAMLOAD"],
                         archive.manifest, without, self.hook)

    def boot(self, initrd, disks, cmdline="", **options):
        return vm.Boot(self.kernel, initrd, disks, words="toram noresume", extra_cmdline=cmdline, **options)

    def one_disk(self, archive, ramload=None, **options):
        self.put_archive(archive)
        vm.ext4(self.disk, 160, vm.ROOT_UUID, self.tree)
        if os.path.exists(os.path.join(self.tree, "boot/grub/grubenv")):
            self.note_place()
        return self.boot(self.initrd(archive, ramload), [(self.disk, "scsi")], **options)

    def damage(self, archive):
        with open(archive.path, "r+b") as f:
            f.seek(len(archive.data) * 2 // 3)
            byte = f.read(1)
            f.seek(-1, os.SEEK_CUR)
            f.write(bytes([byte[0] ^ 0x10]))

    def check_damaged(self):
        archive = self.pack_counted()
        self.damage(archive)
        boot = self.one_disk(archive)
        status = self.check_on_disk(boot, "/boot/ram.tar.gz: damaged: the gzip member at byte ")
        self.assertEqual(status["released"], [])
        self.assertIn("sda", boot.facts("block"))
        self.check_count(["saved_entry=0", "ramimg_failed=2", "recordfail=1", "x=1"])

    def put_microcode_in_front(self):
        """An early archive, as the microcode packages have dracut make one."""
        stage = os.path.join(self.dir, "early")
        os.makedirs(os.path.join(stage, "kernel/x86/microcode"))
        name = "kernel/x86/microcode/GenuineIntel.bin"
        with open(os.path.join(stage, name), "wb") as f:
            f.write(os.urandom(4096))
        early = subprocess.run(["cpio", "--quiet", "-o", "-H", "newc"], cwd=stage, check=True,
                               input=f"kernel\nkernel/x86\nkernel/x86/microcode\n{name}\n".encode(),
                               stdout=subprocess.PIPE).stdout
        path = os.path.join(self.dir, "with-microcode")
        with open(self.base, "rb") as f, open(path, "wb") as out:
            out.write(early)
            shutil.copyfileobj(f, out)
        self.base = path

    def check_general(self, suite):
        self.use(suite, "general")
        self.put_microcode_in_front()
        archive = self.pack_counted()
        boot = self.one_disk(archive, cpus=2)
        self.check_in_ram(boot, archive, ["sda"])
        self.check_count(["saved_entry=0", "x=1"])

    def check_boot_of_its_own(self, suite):
        """/boot on a disk of its own; the root on a logical volume; a resume device that is not there."""
        self.use(suite, "hostonly")
        archive = vm.pack(self.dir, self.tree, archive="/ram.tar.gz", archive_on_root="no",
                          archive_fs=vm.BOOT_UUID, grubenv="/grub/grubenv",
                          release_fs=f"{vm.ROOT_UUID}\nrelease_fs={vm.BOOT_UUID}")
        boot_tree, boot_disk = os.path.join(self.dir, "boot"), os.path.join(self.dir, "disk2")
        os.mkdir(boot_tree)
        vm.put_grubenv(boot_tree, "ramimg_failed=1")
        shutil.copy(archive.path, boot_tree)
        vm.lvm(self.disk, 256, vm.ROOT_UUID, self.tree)
        vm.ext4(boot_disk, 64, vm.BOOT_UUID, boot_tree)
        self.note_place(boot_disk, "/grub/grubenv")
        boot = self.boot(self.initrd(archive), [(self.disk, "virtio"), (boot_disk, "virtio")])
        self.check_in_ram(boot, archive, ["vda", "vdb"])
        self.assertEqual([b for b in boot.facts("block") if b.startswith("dm-")], [])
        self.check_count([], boot_disk, "/grub/grubenv")

    def test_12_general(self):
        self.check_general("bookworm")

    def test_13_general(self):
        self.check_general("trixie")

    def test_12_hostonly_lvm(self):
        self.check_boot_of_its_own("bookworm")

    def test_13_hostonly_lvm(self):
        self.check_boot_of_its_own("trixie")

    def test_12_damaged(self):
        self.use("bookworm", "hostonly")
        self.check_damaged()

    def test_13_damaged(self):
        self.use("trixie", "hostonly")
        self.check_damaged()

    def test_13_slim(self):
        """What is left of a root in a slim image is a root to dracut; without systemd."""
        self.use("trixie", "plain")
        archive, _ = self.slim()
        self.check_in_ram(self.boot(self.initrd(archive), [(self.disk, "scsi")]), archive, ["sda"])

    def slim(self):
        """A disk with what is left, and the archive."""
        archive = vm.pack(self.dir, self.tree, on_failure="poweroff")
        bare = os.path.join(self.dir, "bare")
        for name in ("boot", "etc", "bin", "proc", "sys", "dev", "usr/lib"):
            os.makedirs(os.path.join(bare, name))
        shutil.copy(os.path.join(self.tree, "etc/fstab"), os.path.join(bare, "etc/fstab"))
        shutil.copy(archive.path, os.path.join(bare, "boot"))
        vm.ext4(self.disk, 160, vm.ROOT_UUID, bare)
        return archive, bare

    def test_12_slim_poweroff(self):
        """Without its archive the machine ends; with systemd."""
        self.use("bookworm", "hostonly")
        archive, bare = self.slim()
        os.unlink(os.path.join(bare, "boot", os.path.basename(archive.path)))
        vm.ext4(self.disk, 160, vm.ROOT_UUID, bare)
        text = vm.run_to_its_end(vm.args(self.kernel, self.initrd(archive), [(self.disk, "scsi")],
                                         words="toram noresume"))
        self.assertIn("ramimg: there is no root on this disk: poweroff in 10 seconds", text)
        self.assertIn("reboot: Power down", text)
        self.assertNotIn("fact ", text)

    def check_plain(self, suite):
        """Without systemd, and a shell before and after the load, which goes on when the shell ends."""
        self.use(suite, "plain")
        archive = vm.pack(self.dir, self.tree)
        looks = "mount=; while read -r a b c d; do case $b in /sysroot) mount=$c;; esac; done " \
                "</proc/mounts; echo fact at {0}: $mount; exit"
        boot = self.one_disk(archive, cmdline="ramimg.break=release,load",
                             typed=[looks.format(p) for p in ("load", "release")])
        self.assertEqual(boot.facts("at load")[-1], "ext4")
        self.assertEqual(boot.facts("at release")[-1], "tmpfs")
        self.check_in_ram(boot, archive, ["sda"])

    def test_12_without_systemd(self):
        self.check_plain("bookworm")

    def test_13_without_systemd(self):
        self.check_plain("trixie")

    def test_12_without_systemd_damaged(self):
        self.use("bookworm", "plain")
        self.check_damaged()

    def test_13_without_systemd_damaged(self):
        self.use("trixie", "plain")
        self.check_damaged()

    def check_killed(self, suite, kind):
        """The process that unpacks dies, which its parent survives."""
        self.use(suite, kind)
        os.symlink("nowhere", os.path.join(self.tree, "var/link"))
        archive = vm.pack(self.dir, self.tree)
        self.put_archive(archive)
        vm.ext4(self.disk, 160, vm.ROOT_UUID, self.tree)
        initrd = self.initrd(archive)
        script = os.path.join(self.dir, "script")
        with open(script, "w") as f:
            f.write('#!/bin/sh\nexec /ramimg/filter kill /ramimg/real "$@"\n')
        initrd_faults.append(initrd, self.dir, {
            "ramimg/ramload": script, "ramimg/filter": initrd_faults.LOADER_FILTER,
            "ramimg/real": initrd_boot.ENV["RAMLOAD"]})
        boot = self.boot(initrd, [(self.disk, "scsi")])
        status = self.check_on_disk(boot, "killed by signal 31 ")
        self.assertEqual((status["result"], status["released"]), ("disk", []))

    def test_12_killed(self):
        self.check_killed("bookworm", "hostonly")

    def test_13_killed(self):
        self.check_killed("trixie", "hostonly")

    def test_12_without_systemd_killed(self):
        self.check_killed("bookworm", "plain")

    def test_12_too_little_ram(self):
        self.use("bookworm", "hostonly")
        archive = vm.pack(self.dir, self.tree, tmpfs_bytes=790 << 20, reserve_bytes=128 << 20)
        boot = self.one_disk(archive, memory=768)
        self.check_on_disk(boot, r"not enough (RAM|room in the tmpfs): needs \d+ MiB")

    def test_13_archive_file_system_missing(self):
        """The root is mounted writable, as the stock entry would have it."""
        self.use("trixie", "hostonly")
        archive = vm.pack(self.dir, self.tree, archive_on_root="no", archive_fs=vm.BOOT_UUID)
        boot = self.one_disk(archive, cmdline="rw")
        status = self.check_on_disk(boot, f"the archive's file system {vm.BOOT_UUID} cannot be mounted", "yes")
        self.assertEqual(status["result"], "disk")

    def check_loader_that_does_not_run(self, suite, kind):
        self.use(suite, kind)
        broken = os.path.join(self.dir, "broken")
        with open(initrd_boot.ENV["RAMLOAD"], "rb") as f, open(broken, "wb") as g:
            g.write(f.read(64))
        boot = self.one_disk(vm.pack(self.dir, self.tree), broken)
        self.assertIsNone(self.check_on_disk(boot, "the loader ended with status (2|12[67])"))

    def test_12_loader_that_does_not_run(self):
        self.check_loader_that_does_not_run("bookworm", "hostonly")

    def test_13_without_systemd_loader_that_does_not_run(self):
        self.check_loader_that_does_not_run("trixie", "plain")


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        print("\n".join(sorted("dracut_" + n[5:] for n in vars(InitrdDracut) if n.startswith("test_"))))
    else:
        unittest.main(argv=[sys.argv[0],
                            *[f"InitrdDracut.test_{n.removeprefix('dracut_')}" for n in sys.argv[1:]]])
