# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
A guest with 300,000 small files below /var/lib/docker: packed by the direct reader, unpacked by ramload, and what
they take of the RAM is no more than the archive's figure says, inodes included. Says the figures that
docs/running-from-ram.md has.

Environment: DIRECT_TOOL, LOADER_PACKER, RAMLOAD. All is in RAM, of which it takes 5 GB.
"""

import gzip
import os
import random
import re
import subprocess
import tempfile
import time
import unittest

import loader_run

DIRECTORIES, EACH = 2000, 150
STORE = "var/lib/docker/overlay2"
MIB = 1 << 20


def make(tree):
    """As an image's packages have them: many of some hundred bytes, few of some ten thousand."""
    r = random.Random(14)
    bulk = r.randbytes(1 << 18)
    for d in range(DIRECTORIES):
        at = os.path.join(tree, STORE, f"layer{d // 100}", "diff", f"usr{d}")
        os.makedirs(at)
        for f in range(EACH):
            size = int(r.paretovariate(0.9) * 300) % 60000
            start = r.randrange(len(bulk) - 60000)
            with open(f"{at}/file-{f}", "wb") as file:
                file.write(bulk[start:start + size // 4] + b"text\n" * (size * 3 // 20))


def shmem_inodes():
    """Bytes of the kernel's inodes of tmpfs."""
    with open("/proc/slabinfo", encoding="ascii") as text:
        row = re.search(r"^shmem_inode_cache +\d+ +(\d+) +(\d+) ", text.read(), re.M)
    return int(row[1]) * int(row[2])


class Many(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.dir = scratch.name
        # Seen by this process alone, and gone with it (loader_run).
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6G", "scratch", self.dir], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.dir], check=True)

    def disk(self):
        tree, image = os.path.join(self.dir, "tree"), os.path.join(self.dir, "disk.raw")
        make(tree)
        subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-N", "400000", "-d", tree, image, "2560M"], check=True,
                       stdout=subprocess.DEVNULL)
        subprocess.run(["rm", "-rf", tree], check=True)
        return image

    def pack(self, image):
        archive, began = os.path.join(self.dir, "direct"), time.monotonic()
        tool = subprocess.Popen([os.environ["DIRECT_TOOL"], "pack", image, archive, "/dev/sda:/", "."],
                                stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(tool.pid, 0)
        tool.returncode = status
        self.assertEqual(status, 0)
        print(f"packed in {time.monotonic() - began:.1f} s by {usage.ru_maxrss >> 10} MiB of memory, "
              f"{os.path.getsize(archive) >> 20} MiB")
        self.assertLess(usage.ru_maxrss << 10, 60 * MIB)
        return archive

    def test_in_ram(self):
        archive = self.pack(self.disk())
        # The manifest is the packer's own, of the same tar without its identity.
        with gzip.open(archive, "rb") as file:
            packed = loader_run.Packed(self.dir, file.read()[:-1024], "gzip")
        with open(packed.manifest, encoding="utf-8") as text:
            said = {key: int(value) for key, value in re.findall(r"^(\w+)=(\d+)$", text.read(), re.M)}
        files = DIRECTORIES * EACH
        before = shmem_inodes()
        with loader_run.machine(os.environ["RAMLOAD"]) as m:
            m.mount_disk()
            self.assertEqual(m.run("load", packed).returncode, 0, m.console())
            self.assertEqual(sum(len(f) for _, _, f in os.walk(os.path.join(m.root, STORE))), files)
            fs, inodes, told = os.statvfs(m.root), shmem_inodes() - before, m.console()
        data = (fs.f_blocks - fs.f_bfree) * fs.f_frsize
        print(f"in RAM {told!r}: {data >> 20} MiB of data, {inodes >> 20} MiB of inodes; "
              f"the figure: {said['tmpfs_bytes'] >> 20} MiB")
        self.assertGreater(inodes, files * 500)
        self.assertLess(data + inodes, said["tmpfs_bytes"])
        self.assertLess(said["tmpfs_bytes"], (data + inodes) * 1.2)


if __name__ == "__main__":
    unittest.main()
