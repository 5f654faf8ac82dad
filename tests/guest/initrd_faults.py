# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boots in which something goes wrong, down to the disk's init: `initrd_faults.py --list`, or a name."""
import os
import shutil
import subprocess
import sys
import unittest

import initrd_boot
import initrd_vm as vm
import loader_pack

LOADER_FILTER = os.environ.get("LOADER_FILTER", "")


def append(initrd, directory, files):
    """One more segment for the initrd: {name: path} that replace what is there."""
    stage = os.path.join(directory, "more")
    for name, path in files.items():
        os.makedirs(os.path.join(stage, os.path.dirname(name)), exist_ok=True)
        shutil.copy(path, os.path.join(stage, name))
        os.chmod(os.path.join(stage, name), 0o755)
    with open(initrd, "ab") as f:
        f.write(bytes(-f.tell() % 4))
        f.flush()
        subprocess.run(["cpio", "--quiet", "-o", "-H", "newc"], cwd=stage, check=True,
                       input="".join(n + "\n" for n in files).encode(), stdout=f)


def with_more(archive, directory, *members):
    """The same archive with these members at its end, of whose size its manifest knows nothing."""
    identity = loader_pack.identity()
    tar = archive.tar[:-len(identity)].rstrip(b"\0")
    tar += bytes(-len(tar) % 512) + b"".join(members) + bytes(1024) + identity
    kept = ("archive_fs", "release_fs", "release", "tmpfs_bytes")
    return loader_pack.Archive(directory, tar, "gzip", **{k: archive.fields[k] for k in kept})


class InitrdFaults(initrd_boot.InitrdBoot):
    def boot(self, archive, filtered=None, **options):
        """One disk that holds root and archive; the loader under loader_filter, if so wanted."""
        vm.ext4(self.disk, 160, vm.ROOT_UUID, self.tree)
        initrd = self.initrd(archive)
        if filtered:
            script = os.path.join(self.dir, "script")
            with open(script, "w") as f:
                f.write(f'#!/bin/sh\nexec /ramimg/filter {filtered} /ramimg/real "$@"\n')
            append(initrd, self.dir, {"ramimg/ramload": script, "ramimg/filter": LOADER_FILTER,
                                      "ramimg/real": initrd_boot.ENV["RAMLOAD"]})
        return vm.Boot(self.kernel, initrd, [(self.disk, "scsi")], **options)

    def check_fault(self, boot, reason):
        status = self.check_on_disk(boot, reason)
        self.assertEqual(status["result"], "disk")
        self.assertRegex(status["reason"], reason)
        self.assertEqual(status["released"], [])
        self.assertIn("sda", boot.facts("block"))
        mounts = [m.split() for m in boot.facts("mount")]
        self.assertEqual([m for m in mounts if m[0] == "none" and m[2] == "tmpfs"], [])

    def test_cut(self):
        """Where only the archive itself can tell, for the manifest believes its length."""
        archive = vm.pack(self.dir, self.tree, "zstd")
        cut = loader_pack.with_end(archive.data[:len(archive.data) * 2 // 3], "zstd")
        archive = vm.pack(self.dir, self.tree, "zstd", cut)
        self.put_archive(archive)
        self.check_fault(self.boot(archive), "/boot/ram.tar.zst: damaged: ")

    def check_slim(self, word, ended):
        """There is no root on the disk: it is said, and the machine is ended as the manifest has it."""
        archive = vm.pack(self.dir, self.tree, on_failure=word)
        vm.ext4(self.disk, 160, vm.ROOT_UUID, self.tree)  # without the archive
        text = vm.run_to_its_end(vm.args(self.kernel, self.initrd(archive), [(self.disk, "scsi")]))
        self.assertRegex(text, "ramimg: no root in RAM, and none on the disk: .*ram.tar.gz")
        self.assertIn(f"ramimg: there is no root on this disk: {word} in 10 seconds", text)
        self.assertIn(ended, text)
        self.assertNotIn("fact ", text)

    def test_slim(self):
        self.check_slim("reboot", "reboot: Restarting system")

    def test_slim_poweroff(self):
        self.check_slim("poweroff", "reboot: Power down")

    def test_directory(self):
        archive = vm.pack(self.dir, self.tree)
        os.mkdir(os.path.join(self.tree, "boot/ram.tar.gz"))
        self.check_fault(self.boot(archive), "/boot/ram.tar.gz is not a regular file")

    def test_manifest_of_another_build(self):
        archive = vm.pack(self.dir, self.tree, build_id="f" * 32)
        self.put_archive(archive)
        self.check_fault(self.boot(archive), "the archive is of build ")

    def test_tmpfs_refused(self):
        archive = vm.pack(self.dir, self.tree)
        self.put_archive(archive)
        self.check_fault(self.boot(archive, "mount"), "mounting a tmpfs .*: Cannot allocate memory")

    def test_killed(self):
        os.symlink("nowhere", os.path.join(self.tree, "var/link"))
        archive = vm.pack(self.dir, self.tree)
        self.put_archive(archive)
        self.check_fault(self.boot(archive, "kill"), "killed by signal 31 ")

    def test_out_of_memory(self):
        """The manifest understates: the kernel kills when there is none left, and the disk is back."""
        archive = vm.pack(self.dir, self.tree)
        archive = with_more(archive, self.dir, loader_pack.member(b"big", data=b"x" * (600 << 20)))
        self.put_archive(archive)
        self.check_fault(self.boot(archive, memory=512), "killed by signal 9 ")

    def test_inodes_short(self):
        """Directories that are no members, more of them than a tmpfs of 1 GiB has inodes for."""
        archive = vm.pack(self.dir, self.tree)
        archive = with_more(archive, self.dir, *[
            loader_pack.member(b"x", pax=[(b"path", b"%d/" % i + b"d/" * 1500 + b"f")])
            for i in range(100)])
        self.put_archive(archive)
        self.check_fault(self.boot(archive), "/boot/ram.tar.gz: .*No space left on device")

    def test_read_errors_at_the_end(self):
        """Which is what is read first, for the build's id."""
        archive = vm.pack(self.dir, self.tree, "zstd")
        self.put_archive(archive)
        vm.ext4(self.disk, 160, vm.ROOT_UUID, self.tree)
        sector = vm.sector_of(self.disk, "/boot/ram.tar.zst", 0.999999)
        self.check_fault(self.boot(archive, bad_sector=sector),
                         "/boot/ram.tar.zst: reading its end: Input/output error")


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        print("\n".join(sorted(n[5:] for n in vars(InitrdFaults) if n.startswith("test_"))))
    else:
        unittest.main(argv=[sys.argv[0], *[f"InitrdFaults.test_{n}" for n in sys.argv[1:]]])
