# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boots without a disk, of an initrd that brings the archive, by QEMU itself and by an ISO:
`initrd_diskless.py --list`, or a name."""
import os
import subprocess
import sys
import unittest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[1:1] = [os.path.join(TESTS, name) for name in ("support", "e2e")]

import emulation  # noqa: E402
import initrd_boot  # noqa: E402
import initrd_compressed  # noqa: E402
import initrd_vm as vm  # noqa: E402
import loader_pack  # noqa: E402
from vm import OVMF  # noqa: E402

TOOL = os.environ.get("DISKLESS_TOOL", "")
WORDS = "root=ramimg ro boot=ramimg toram noresume console=tty0 console=ttyS0,115200 " + emulation.KERNEL_LINE
FIELDS = {"archive": "/ramimg/archive", "archive_fs": "none", "archive_in": "initrd", "release": "no"}


def tool(*args):
    subprocess.run([TOOL, *args], check=True)


class InitrdDiskless(initrd_boot.InitrdBoot):
    def bring(self, archive, **more):
        """The small initrd with the loader and the archive."""
        initrd = vm.initrd(self.dir, self.base, initrd_boot.ENV["INITRAMFS_SCRIPT"], initrd_boot.ENV["RAMLOAD"],
                           archive.manifest, **more)
        tool("bring", initrd, archive.path)
        return initrd

    def pack(self, **fields):
        archive = vm.pack(self.dir, self.tree, on_failure="poweroff", **FIELDS)
        # Of a manifest without release_fs there is no such line.
        del archive.fields["release_fs"]
        archive.fields.update(fields)
        archive.write_manifest()
        return archive

    def qemu(self, *more, memory=1024, cpus=2):
        return ["qemu-system-x86_64", "-accel", emulation.ACCELERATOR, "-m", str(memory), "-smp", str(cpus),
                "-display", "none", "-no-reboot", "-nic", "none", "-monitor", "none", *more]

    def direct(self, initrd, **machine):
        return self.qemu("-serial", "stdio", "-kernel", self.kernel, "-initrd", initrd, "-append",
                         WORDS + " panic=-1", **machine)

    def version(self):
        return os.path.basename(self.base).removeprefix("small-initrd.").rpartition(".")[0]

    def iso(self, initrd, kernel=None, words=WORDS + " panic=-1"):
        path = os.path.join(self.dir, "twin.iso")
        tool("iso", path, kernel or f"/boot/vmlinuz-{self.version()}", initrd, words)
        return path

    def started(self, argv):
        """A boot up to the end of its init."""
        boot = vm.Boot.__new__(vm.Boot)
        boot.text = vm.run(argv, [])
        boot.lines = boot.text.replace("\r", "").split("\n")
        return boot

    def check_no_disk(self, boot, archive):
        self.assertEqual(boot.root_type(), ["tmpfs"], boot.text[-3000:])
        self.assertEqual(boot.facts("writable"), ["yes"])
        self.assertEqual(boot.facts("sample"), [initrd_boot.SAMPLE])
        self.assertEqual([m for m in boot.facts("mount") if "/dev/" in m.split()[0] or "ramimg" in m], [])
        status = boot.status()
        self.assertEqual((status["result"], status["entries"], status["released"], status["kept"]),
                         ("ram", archive.fields["entries"], [], []))
        self.assertFalse([b for b in boot.facts("block") if b.startswith(("sd", "vd"))])
        # What the initramfs brought is gone with it.
        mem = {line.split(":")[0]: int(line.split()[1]) for line in boot.facts("meminfo")}
        self.assertLess(mem["Cached"] + mem["Buffers"] - mem["Shmem"], 512, mem)
        self.assertTrue([s for s in boot.said() if s.startswith("root in RAM: 24 MiB, ")])

    def test_diskless(self):
        archive = self.pack()
        self.check_no_disk(self.started(self.direct(self.bring(archive))), archive)

    def check_compressed(self, modules):
        """The image is mounted where the kernel has unpacked it, and stays when the initramfs goes."""
        files = {f"{i:02}-{os.path.basename(path)}": path for i, path in enumerate(modules)}
        data = loader_pack.squashfs(self.tree, os.path.join(self.dir, "squashfs"), "boot/*")
        image = loader_pack.Image(self.dir, data, modules=files, on_failure="poweroff",
                                  **FIELDS | {"tmpfs_bytes": 8 << 20})
        more = {"hashes": image.hashes} | {"modules/" + name: path for name, path in files.items()}
        boot = self.started(self.direct(self.bring(image, more=more)))
        self.assertEqual(boot.root_type(), ["overlay"], boot.text[-3000:])
        self.assertEqual(boot.facts("writable"), ["yes"])
        self.assertEqual(boot.facts("sample"), [initrd_boot.SAMPLE.replace("987654321", "000000000")])
        status = boot.status()
        self.assertEqual((status["result"], status["form"], status["bytes"], status["released"]),
                         ("ram", "compressed", len(image.data), []))
        self.assertIn(f"checking Test 1, {len(image.data) >> 20} MiB, in RAM", boot.said())
        return boot

    def test_diskless_compressed(self):
        self.check_compressed(initrd_compressed.modules_of(self.version()))

    def test_diskless_damaged(self):
        """There is nothing to go on with: it is said, and the machine ends as the manifest has it."""
        archive = self.pack()
        with open(archive.path, "r+b") as f:
            f.seek(len(archive.data) // 2)
            f.write(bytes([archive.data[len(archive.data) // 2] ^ 0x10]))
        text = vm.run_to_its_end(self.direct(self.bring(archive)))
        self.assertRegex(text, "ramimg: no root in RAM, and no disk to boot from: /ramimg/archive: damaged")
        self.assertIn("ramimg: there is no disk to boot from: poweroff in 10 seconds", text)
        self.assertIn("reboot: Power down", text)
        self.assertNotIn("fact ", text)

    def boot_least(self, share):
        """QEMU with that share of the least memory that a build names for a root of 760 MiB, and the archive."""
        sizes = vm.memory_sizes(self.kernel, self.base, initrd_boot.ENV["RAMLOAD"])
        archive = self.pack(tmpfs_bytes=760 << 20, reserve_bytes=initrd_boot.RESERVE << 20, **sizes)
        with open(archive.manifest, encoding="utf-8") as manifest:
            least = int(subprocess.run([initrd_boot.ENV["LEAST_TOOL"], "1"], stdin=manifest, check=True,
                                       stdout=subprocess.PIPE).stdout)
        return self.direct(self.bring(archive), memory=int(least * share), cpus=1), archive

    def test_diskless_least_memory(self):
        """With the least memory it runs from RAM, with 5 % less it does not."""
        self.kernel, self.base = vm.kernel_and_initrd(whole=True)
        argv, archive = self.boot_least(1)
        self.check_no_disk(self.started(argv), archive)
        self.setUp()
        self.kernel, self.base = vm.kernel_and_initrd(whole=True)
        text = vm.run_to_its_end(self.boot_least(0.95)[0])
        self.assertRegex(text, r"ramimg: no root in RAM, and no disk to boot from: not enough (RAM|room in the tmpfs): "
                               r"needs 760 MiB")

    def test_diskless_iso_bios(self):
        archive = self.pack()
        iso = self.iso(self.bring(archive))
        self.check_no_disk(self.started(self.qemu("-serial", "stdio", "-cdrom", iso, "-boot", "d")), archive)

    def test_diskless_iso_uefi(self):
        archive = self.pack()
        iso = self.iso(self.bring(archive))
        firmware = f"if=pflash,unit=0,format=raw,readonly=on,file={OVMF}/OVMF_CODE_4M.fd"
        self.check_no_disk(self.started(self.qemu("-serial", "stdio", "-drive", firmware, "-cdrom", iso)), archive)


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        print("\n".join(sorted(n[5:] for n in vars(InitrdDiskless) if n.startswith("test_"))))
    else:
        unittest.main(argv=[sys.argv[0], *(f"InitrdDiskless.test_{n}" for n in sys.argv[1:])])
