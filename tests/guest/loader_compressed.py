# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The compressed form, loaded by this machine's own kernel: an overlay in RAM, or the disk's root as it was."""
import errno
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import loader_calls
import loader_pack
import loader_run
from loader_calls import unpacking

RAMLOAD = os.environ["RAMLOAD"]
# What the loader does for this form, with what the kernel might answer.
CALLS = [("mount", errno.ENOMEM), ("mkdir", errno.ENOSPC), ("pwrite64", errno.ENOSPC), ("pread64", errno.EIO),
         ("ioctl", errno.ENOSPC), ("chmod", errno.EPERM), ("chown", errno.EPERM), ("utimensat", errno.EPERM),
         ("setxattr", errno.ENOSPC), ("openat", errno.EMFILE)]
if "sanitized" in RAMLOAD:
    CALLS = [c for c in CALLS if c[0] != "openat"]


def output(*args):
    return subprocess.run(args, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


class Compressed(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="ramload-compressed-")
        cls.addClassCleanup(shutil.rmtree, cls.dir)
        tree = os.path.join(cls.dir, "tree")
        os.makedirs(os.path.join(tree, "etc/deep/er"))
        with open(os.path.join(tree, "data"), "wb") as f:
            f.write(os.urandom(3 << 20) + bytes(4 << 20))
        with open(os.path.join(tree, "etc/deep/er/file"), "w") as f:
            f.write("text\n")
        os.link(os.path.join(tree, "etc/deep/er/file"), os.path.join(tree, "etc/link"))
        os.chown(os.path.join(tree, "data"), 1234, 123456)
        os.setxattr(os.path.join(tree, "data"), "security.capability", bytes.fromhex("0100000200200000" + "0" * 24))
        os.setxattr(tree, "security.note", b"root")
        os.chmod(tree, 0o751)
        os.utime(tree, (1234567890, 1234567890))
        cls.tree = tree
        cls.squashfs = loader_pack.squashfs(tree, os.path.join(cls.dir, "squashfs"))

    def image(self, data=None, **options):
        directory = tempfile.mkdtemp(dir=self.dir)
        return loader_pack.Image(directory, data or self.squashfs, **options)

    def machine(self, image, **options):
        """Its own directory, with this machine's loop devices."""
        made = loader_run.machine(RAMLOAD, **options)
        m = made.__enter__()
        self.addCleanup(made.__exit__, None, None, None)
        os.mkdir(m.path("ramimg"))
        os.mkdir(m.path("ramimg/modules"))
        if os.path.exists(image.hashes):
            shutil.copy(image.hashes, m.path("ramimg"))
        for name in ["loop-control", *(f"loop{i}" for i in range(256))]:
            os.symlink("/dev/" + name, m.path("dev/" + name))
        m.mount_disk()
        return m

    def args(self, m, image, command="load"):
        return m.args(command, image, "--ours", m.path("ramimg"), "--layers", m.path("run/ramimg/layers"))

    def load(self, image, **options):
        m = self.machine(image, **options)
        result = subprocess.run(self.args(m, image), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                timeout=300, check=False)
        return m, result

    def check_detached(self):
        """No loop device has the image. The kernel lets go of one when it is done with the mount, which may be later."""
        until = time.monotonic() + 20
        while "/image" in output("losetup", "--list", "--noheadings", "--output", "BACK-FILE").split():
            self.assertLess(time.monotonic(), until, "a loop device has the image still")
            time.sleep(0.02)

    def check_back(self, m, reason):
        m.check_disk_is_back()
        self.assertEqual(os.listdir(m.path("run/ramimg")), ["status"])
        self.check_detached()
        status = m.status()
        self.assertIsNone(status["form"])
        self.assertRegex(status["reason"], reason)

    def refused(self, image, reason, **options):
        m, result = self.load(image, **options)
        self.assertIn(result.returncode, (1, 3), result.stderr)
        self.check_back(m, reason)

    def check_in_ram(self, m, image):
        self.assertEqual(m.mounts(), [("root", "overlay", "overlay")], m.console())
        self.assertEqual(sorted(os.listdir(m.root)), ["data", "etc"])
        self.assertEqual(os.listdir(m.path("run/ramimg")), ["status"])
        status = m.status()
        self.assertEqual((status["result"], status["form"], status["bytes"], status["entries"]),
                         ("ram", "compressed", len(image.data), 17))

    # what works

    def test_root_in_ram(self):
        image = self.image()
        m, result = self.load(image, cmdline="")
        self.assertEqual(result.returncode, 0, m.console())
        self.check_in_ram(m, image)
        self.assertRegex(m.console(), "(?m)^ramimg: copying Test 1, 3 MiB, into RAM$")
        self.assertRegex(m.console(), "(?m)^ramimg: root in RAM, compressed: 3 MiB, 17 entries in ")
        root = os.stat(m.root)
        self.assertEqual((root.st_mode & 0o7777, root.st_mtime), (0o751, 1234567890))
        self.assertEqual(os.getxattr(m.root, "security.note"), b"root")
        self.assertEqual(output("diff", "-r", self.tree, m.root), "")
        data = os.stat(m.path("root/data"))
        self.assertEqual((data.st_uid, data.st_gid), (1234, 123456))
        self.assertEqual(len(os.getxattr(m.path("root/data"), "security.capability")), 20)

    def test_it_is_written_to(self):
        m, result = self.load(self.image())
        self.assertEqual(result.returncode, 0, m.console())
        # One device for all of it, whichever layer a file is of.
        file, link = m.path("root/etc/deep/er/file"), m.path("root/etc/link")
        self.assertEqual(len({os.stat(p).st_dev for p in (m.root, file, m.path("root/data"))}), 1)
        number = os.stat(file).st_ino
        with open(link, "a") as f:
            f.write("more\n")
        with open(file) as f:
            self.assertEqual(f.read(), "text\nmore\n", "the hard link is broken")
        self.assertEqual((os.stat(file).st_ino, os.stat(link).st_ino), (number, number))
        os.rename(m.path("root/etc/deep"), m.path("root/etc/moved"))
        self.assertEqual(os.listdir(m.path("root/etc/moved/er")), ["file"])
        # Another owner brings no content into the upper layer.
        before = os.statvfs(m.root).f_bfree
        os.chown(m.path("root/data"), 1, 1)
        self.assertLess((before - os.statvfs(m.root).f_bfree) * os.statvfs(m.root).f_frsize, 1 << 20)
        with open(m.path("root/new"), "wb") as f:
            f.write(bytes(1 << 20))
        fd = os.open(m.root, os.O_TMPFILE | os.O_RDWR)
        os.close(fd)
        os.unlink(m.path("root/data"))
        self.assertEqual(sorted(os.listdir(m.root)), ["etc", "new"])
        subprocess.run(["mount", "-o", "remount,rw,relatime", m.root], check=True)
        subprocess.run(["mount", "-o", "remount,ro", m.root], check=True)

    def test_all_goes_with_it(self):
        m, result = self.load(self.image())
        self.assertEqual(result.returncode, 0, m.console())
        subprocess.run(["umount", m.root], check=True)
        self.check_detached()

    def test_limit_of_what_is_written(self):
        m, result = self.load(self.image(tmpfs_size="2M"))
        self.assertEqual(result.returncode, 0, m.console())
        with self.assertRaises(OSError) as failed, open(m.path("root/new"), "wb") as f:
            f.write(bytes(3 << 20))
        self.assertEqual(failed.exception.errno, errno.ENOSPC)

    def test_check(self):
        image = self.image()
        m = self.machine(image)
        result = subprocess.run(self.args(m, image, "check"), stdout=subprocess.PIPE, text=True, check=True)
        self.assertEqual(result.stdout, f"/boot/ram.squashfs: {len(image.data)} bytes, 17 entries\n")
        self.damage(image, 1 << 20)
        result = subprocess.run(self.args(m, image, "check"), stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual((result.returncode, result.stderr),
                         (1, "ramload: /boot/ram.squashfs: damaged, between byte 1048576 and 2097152\n"))

    # what does not

    @staticmethod
    def damage(image, at):
        with open(image.path, "r+b") as f:
            f.seek(at)
            byte = f.read(1)
            f.seek(at)
            f.write(bytes([byte[0] ^ 0x10]))

    def test_damaged(self):
        image = self.image()
        last = len(image.data) // (1 << 20) << 20
        for at, reason in ((0, "byte 0 and 1048576"), ((1 << 20) + 5, "byte 1048576 and 2097152"),
                           (len(image.data) - 2000, f"byte {last} and {len(image.data)}")):
            image = self.image(data=image.data[:-1024])
            self.damage(image, at)
            self.refused(image, "^/boot/ram.squashfs: damaged, between " + reason)

    def test_of_another_length(self):
        image = self.image()
        for n in (0, 4096, len(image.data) - 1, len(image.data) + 1):
            with open(image.path, "wb") as f:
                f.write(image.data[:n] + bytes(max(0, n - len(image.data))))
            self.refused(image, f"^/boot/ram.squashfs has {n} bytes, the manifest announces {len(image.data)}$")

    def test_of_another_build(self):
        self.refused(self.image(identity_of="f" * 32), "the archive is of build ffff")
        image = self.image(data=b"x" * 8192)
        with open(image.path, "wb") as f:
            f.write(b"x" * len(image.data))
        self.refused(image, "it ends without a build id")

    def test_foreign(self):
        self.refused(self.image(), "a foreign archive takes a build in the tmpfs form", cmdline="ramimg.foreign")

    def test_hashes(self):
        image = self.image()
        with open(image.hashes, "ab") as f:
            f.write(bytes(8))
        self.refused(image, "the initrd has not a hash for each of its MiB")
        with open(image.hashes, "r+b") as f:
            f.truncate(9)
        self.refused(image, "the initrd has not a hash for each of its MiB")
        os.unlink(image.hashes)
        self.refused(image, "opening .*ramimg/hashes: No such file or directory")

    def test_short_of_ram(self):
        image = self.image()
        need = (image.fields["tmpfs_bytes"] >> 20) + 5
        self.refused(image, r"^not enough RAM: needs \d+ MiB and [0-9]+ MiB to spare, \d+ MiB available$",
                     meminfo=(8 << 20, (need - 2) << 10))

    def test_no_squashfs(self):
        """The hashes are right, and the kernel does not like it."""
        self.refused(self.image(data=os.urandom(2 << 20)), "^mounting the image as squashfs: Invalid argument$")

    def test_modules(self):
        self.refused(self.image(modules=["00-none.ko"]), "^opening the kernel module .*/00-none.ko: No such file")
        image = self.image(modules=["00-text.ko"])
        m = self.machine(image)
        m.write("ramimg/modules/00-text.ko", "no module\n")
        result = subprocess.run(self.args(m, image), stderr=subprocess.PIPE, check=False)
        self.assertEqual(result.returncode, 1)
        self.check_back(m, "^loading the kernel module .*/00-text.ko: ")

    def test_no_loop_devices(self):
        image = self.image()
        m = self.machine(image)
        os.unlink(m.path("dev/loop-control"))
        self.assertEqual(subprocess.run(self.args(m, image), check=False).returncode, 1)
        self.check_back(m, "^opening .*/loop-control: No such file or directory$")
        # The kernel has no more: the call that looks for a free one is told so.
        for error, reason in ((errno.ENOSPC, "^no loop device is free: "), (errno.EBUSY, "^no loop device is free: ")):
            m = self.machine(image)
            loader_calls.run(self.args(m, image), ["ioctl"],
                             lambda call, error=error: error if call.args[1] == 0x4c82 else None)
            self.check_back(m, reason)

    def test_loop_device_taken(self):
        """By somebody else, between the question for a free one and the answer's use: the next is taken."""
        image = self.image()
        m = self.machine(image)
        first = iter([errno.EBUSY])
        result, _ = loader_calls.run(self.args(m, image), ["ioctl"],
                                     lambda call: next(first, None) if call.args[1] == 0x4c0a else None)
        self.assertEqual(result.returncode, 0, m.console())
        self.check_in_ram(m, image)

    def each(self, name, verdict):
        """Each call of that name in turn."""
        image = self.image()
        m = self.machine(image)
        result, calls = loader_calls.run(self.args(m, image), [name], lambda call: None)
        self.assertEqual(result.returncode, 0, m.console())
        count = sum(map(unpacking, calls))
        subprocess.run(["umount", m.root], check=True)
        for number in sorted({*range(min(count, 8)), *range(max(0, count - 4), count)}):
            with self.subTest(name=name, nth=number):
                m = self.machine(image)
                result, _ = loader_calls.run(self.args(m, image), [name], loader_calls.nth(number, verdict),
                                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                if result.returncode == 0:
                    self.check_in_ram(m, image)
                else:
                    self.assertIn(result.returncode, (1, 3))
                    self.check_back(m, ".")
                    yield number
                subprocess.run(["umount", "-l", m.root], check=True)

    def test_each_call_fails(self):
        for name, error in CALLS:
            refused = list(self.each(name, error))
            self.assertTrue(refused or name == "openat", name)

    def test_killed_at_each_call(self):
        for name in ("mount", "pwrite64", "ioctl", "chmod"):
            self.assertTrue(list(self.each(name, loader_calls.KILL)), name)


if __name__ == "__main__":
    unittest.main(argv=sys.argv, verbosity=2)
