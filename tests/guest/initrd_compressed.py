# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boots of the compressed form, by Debian's kernel, whose modules for it come with the initrd:
`initrd_compressed.py --list`, or a name."""
import os
import subprocess
import sys
import unittest

import initrd_boot
import initrd_vm as vm
import loader_pack


def modules_of(kernel, root="/"):
    """The files below that root which loop, squashfs and overlay take, in the order of loading, as modprobe has it."""
    files = []
    for name in ("loop", "squashfs", "overlay"):
        shown = subprocess.run(["modprobe", "--show-depends", "-d", root, "-S", kernel, name], check=True, text=True,
                               stdout=subprocess.PIPE).stdout
        files += [line.split()[1] for line in shown.splitlines() if line.startswith("insmod")]
    return list(dict.fromkeys(files))


class InitrdCompressed(initrd_boot.InitrdBoot):
    def boot(self, without=None):
        version = os.path.basename(self.base).removeprefix("small-initrd.").rpartition(".")[0]
        files = {f"{i:02}-{os.path.basename(path)}": path
                 for i, path in enumerate(modules_of(version)) if f"/{without}.ko" not in path}
        image = loader_pack.Image(
            self.dir, loader_pack.squashfs(self.tree, os.path.join(self.dir, "squashfs"), "boot/*"), modules=files,
            archive_fs=vm.ROOT_UUID, release="yes", release_fs=vm.ROOT_UUID)
        self.put_archive(image)
        vm.ext4(self.disk, 160, vm.ROOT_UUID, self.tree)
        more = {"hashes": image.hashes} | {"modules/" + name: path for name, path in files.items()}
        initrd = vm.initrd(self.dir, self.base, initrd_boot.ENV["INITRAMFS_SCRIPT"], initrd_boot.ENV["RAMLOAD"],
                           image.manifest, more=more)
        return vm.Boot(self.kernel, initrd, [(self.disk, "scsi")], cpus=2), image

    def test_compressed(self):
        boot, image = self.boot()
        self.assertEqual(boot.root_type(), ["overlay"], boot.text[-3000:])
        self.assertEqual(boot.facts("writable"), ["yes"])
        # Of a squashfs, whose times are whole seconds.
        self.assertEqual(boot.facts("sample"), [initrd_boot.SAMPLE.replace("987654321", "000000000")])
        self.assertEqual([m for m in boot.facts("mount") if "ramimg" in m.split()[1] or "/dev/" in m.split()[0]], [])
        status = boot.status()
        self.assertEqual((status["result"], status["form"], status["bytes"], status["released"], status["kept"]),
                         ("ram", "compressed", len(image.data), ["sda"], []))
        self.assertNotIn("sda", boot.facts("block"))
        self.assertTrue([s for s in boot.said() if s.startswith("root in RAM, compressed: ")])

    def test_compressed_without_overlay(self):
        """What fails last: the disk's root has moved by then."""
        boot, _ = self.boot(without="overlay")
        status = self.check_on_disk(boot, "mounting an overlay on /root: No such device")
        self.assertEqual((status["result"], status["released"]), ("disk", []))


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        print("\n".join(sorted(n[5:] for n in vars(InitrdCompressed) if n.startswith("test_"))))
    else:
        unittest.main(argv=[sys.argv[0], *(f"InitrdCompressed.test_{n}" for n in sys.argv[1:])])
