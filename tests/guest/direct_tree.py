# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
The direct reader gives the packer what GNU tar gives it of the same file systems, mounted: the archives
are the same to the byte. On a made-up disk with everything that a tree can hold, with a /boot of its own,
with and without rules; and on the Debian fixture. And its process keeps to itself. As root.
"""
import contextlib
import hashlib
import os
import socket
import stat
import subprocess
import tempfile
import unittest

import loader_tree

TOOL = os.environ["DIRECT_TOOL"]
DEBIAN_DISK = os.environ["DEBIAN_DISK"]
MIB = 1 << 20
# Of the made-up disk's partitions: where, and how large.
ROOT, BOOT = (1 * MIB, 160 * MIB), (161 * MIB, 32 * MIB)
MOUNTS = ["/dev/sda1:/", "/dev/sda2:/boot", "."]
# Rules, and what they are in tar's words (guest/excluded.h).
RULES = ["/tmp/", "/left", "/links/a-first", "/var/*.log", "/boot/big"]
EXCLUDES = ["./tmp/*", "./left", "./links/a-first", "./var/x.log", "./var/y.log", "./boot/big"]


@contextlib.contextmanager
def mounted(image, where, options, at=None):
    with contextlib.ExitStack() as stack:
        at = at or stack.enter_context(tempfile.TemporaryDirectory(prefix="ramimg-direct-"))
        subprocess.run(["mount", "-t", "ext4", "-o",
                        f"loop,offset={where[0]},sizelimit={where[1]},{options}", image, at], check=True)
        try:
            yield at
        finally:
            subprocess.run(["umount", at], check=True)


@contextlib.contextmanager
def both(image, options):
    with mounted(image, ROOT, options) as root, \
            mounted(image, BOOT, options, os.path.join(root, "boot")):
        yield root


def put(path, data=b"", mode=0o644):
    with open(path, "wb") as f:
        f.write(data)
    os.chmod(path, mode)


def fill_links(at):
    """Several names of everything that can have them, the first of one left out by a rule."""
    os.mkdir(at("links"))
    put(at("links/a-first"), b"left out, and not the first for that")
    os.link(at("links/a-first"), at("links/b-second"))
    os.link(at("links/a-first"), at("links/c-third"))
    os.symlink("target", at("links/symlink-1"))
    os.link(at("links/symlink-1"), at("links/symlink-2"), follow_symlinks=False)
    os.mkfifo(at("links/fifo-1"))
    os.link(at("links/fifo-1"), at("links/fifo-2"))
    os.mknod(at("links/node-1"), stat.S_IFCHR | 0o600, os.makedev(1, 3))
    os.link(at("links/node-1"), at("links/node-2"))
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(at("links/socket"))
    # The same number as another file on the other file system.
    put(at("boot/linked-1"), b"boot")
    os.link(at("boot/linked-1"), at("boot/linked-2"))


def fill_order(at):
    """Names whose order is another in another alphabet, or where directories came first or last."""
    for name in ("order/a", "order/a/x", "order/a-b", "order/a.d", "order/B", "order/Z", "order/b", "order/\u00e4"):
        os.makedirs(at(name), exist_ok=True)
        put(at(name + "/file"), name.encode())
    for name in ("a!", "a0", "aa", "A", "~", "#", "C"):
        put(at("order/" + name), name.encode())
    put(os.fsencode(at("order")) + b"/\xff\xfe", b"not UTF-8")


def fill(root):
    def at(name):
        return os.path.join(root, name)
    loader_tree.make(at("tree"))
    for name in ("tmp/deep/er", "left/over", "var", "empty"):
        os.makedirs(at(name), exist_ok=True)
    for name in ("tmp/.hidden", "tmp/deep/er/file", "left/over/file", "var/x.log", "var/y.log", "var/kept", "boot/big"):
        put(at(name), name.encode() * 1000)
    os.link(at("tmp/deep/er/file"), at("var/also-in-tmp"))
    fill_links(at)
    fill_order(at)
    os.symlink("/tree/names", at("to-names"))
    os.symlink("../../../tree", at("boot/out"))


def make(image):
    with open(image, "wb") as f:
        f.truncate(BOOT[0] + BOOT[1])
    subprocess.run(["sfdisk", "-q", image], check=True, text=True,
                   input="label: dos\nstart=1MiB, size=160MiB\nsize=32MiB\n")
    for (offset, size), block in ((ROOT, 4096), (BOOT, 1024)):
        subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-b", str(block), "-E", f"offset={offset}",
                        image, f"{size // 1024}k"], check=True, stderr=subprocess.DEVNULL)
    with mounted(image, ROOT, "rw") as root:
        os.mkdir(os.path.join(root, "boot"))
        put(os.path.join(root, "boot", "hidden"), b"below the mount point")
    with both(image, "rw") as root:
        fill(root)


def tool(*args, **kwargs):
    return subprocess.run([TOOL, *args], capture_output=True, timeout=300, **kwargs)


def digest(path):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


class Direct(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(dir="/dev/shm")
        cls.addClassCleanup(cls.scratch.cleanup)
        cls.image = os.path.join(cls.scratch.name, "image")
        make(cls.image)

    def good(self, *args, **kwargs):
        done = tool(*args, **kwargs)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def ask(self, op, *paths):
        return self.good("ask", self.image, *MOUNTS, op, *paths).splitlines()

    def compare(self, root, image, mounts, rules=(), excludes=()):
        archives = [os.path.join(self.scratch.name, name) for name in ("by-tar", "by-reader")]
        tar = subprocess.Popen(
            ["tar", "-C", root, "--sort=name", "--format=posix", "--xattrs", "--xattrs-include=*",
             "--acls", "--selinux", "--numeric-owner", "--sparse", *("--exclude=" + x for x in excludes),
             "-cf", "-", "."], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"})
        want = self.good("tar", archives[0], *rules, stdin=tar.stdout)
        tar.stdout.close()
        self.assertEqual(tar.wait(), 0)
        got = self.good("pack", image, archives[1], *mounts, *rules)
        self.assertEqual(want, got)
        self.assertEqual(digest(archives[0]), digest(archives[1]))
        return int(got.split()[0])

    def test_all(self):
        with both(self.image, "ro") as root:
            self.assertGreater(self.compare(root, self.image, MOUNTS), 120)

    def test_rules(self):
        with both(self.image, "ro") as root:
            fewer = self.compare(root, self.image, MOUNTS, RULES, EXCLUDES)
            self.assertLess(fewer, self.compare(root, self.image, MOUNTS))

    def test_debian(self):
        disk = subprocess.run([DEBIAN_DISK], check=True, capture_output=True,
                              text=True).stdout.strip()
        start, sectors = subprocess.run(
            ["partx", "-g", "-o", "START,SECTORS", "-n", "1", disk], check=True, capture_output=True,
            text=True).stdout.split()
        with mounted(disk, (int(start) * 512, int(sectors) * 512), "ro,noload") as root:
            self.assertGreater(self.compare(root, disk, ["/dev/sda1:/", "."]), 15000)

    def test_qcow2(self):
        """An image, and an overlay over one that QEMU has open for writing, as the appliance has it."""
        image, overlay = (os.path.join(self.scratch.name, name) for name in ("i.qcow2", "overlay"))
        subprocess.run(["qemu-img", "convert", "-O", "qcow2", self.image, image], check=True)
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", image, overlay],
                       check=True)
        with both(self.image, "ro") as root:
            self.compare(root, image, MOUNTS)
            with subprocess.Popen(["qemu-io", "-f", "qcow2", overlay], stdin=subprocess.PIPE, bufsize=0,
                                  stdout=subprocess.PIPE) as writer:
                writer.stdin.write(b"read 0 512\n")
                writer.stdout.readline()
                self.compare(root, "stage:" + overlay, MOUNTS)
                writer.stdin.write(b"quit\n")

    def test_usage(self):
        paths = ["/", "/tree", "/links", "/links/a-first", "/boot", "/tree/sparse", "/to-names"]
        with both(self.image, "ro") as root:
            want = [int(subprocess.run(["du", "-s", "-k", root + p], check=True,
                                       capture_output=True).stdout.split()[0]) * 1024 for p in paths]
        self.assertEqual([int(n) for n in self.ask("usage", *paths)], want)

    def test_space(self):
        with both(self.image, "ro") as root:
            want = []
            for path in ("/", "/boot", "/boot/out/names", "/to-names"):
                v = os.statvfs(root + path if path != "/to-names" and "out" not in path else root)
                want.append(b"%d %d" % (v.f_frsize * v.f_blocks, v.f_frsize * v.f_bfree))
        self.assertEqual(self.ask("space", "/", "/boot", "/boot/out/names", "/to-names"), want)

    def test_list(self):
        with both(self.image, "ro") as root:
            names = sorted(os.listdir(os.fsencode(root) + b"/tree/sparse"))
            sizes = [os.lstat(os.path.join(os.fsencode(root), b"tree/sparse", n)).st_size for n in names]
            boot = sorted(os.listdir(os.fsencode(root) + b"/boot"))
        self.assertEqual(self.ask("list", "/tree/sparse"), [b"%s %d" % x for x in zip(names, sizes)])
        self.assertEqual([line.rsplit(b" ", 1)[0] for line in self.ask("list", "/boot/../boot/.")], boot)
        self.assertEqual(self.ask("list", "/nothing", "/links/a-first"), [
            b"error: /nothing: No such file or directory", b"error: /links/a-first: Not a directory"])

    def test_paths(self):
        paths = {
            "/": b"dir", "//": b"dir", "/..": b"dir", "/to-names": b"link", "/to-names/": b"dir",
            "/boot/out": b"link", "/boot/out/names/../kinds/fifo": b"other", "/boot/linked-1": b"file",
            "/boot/hidden": b"none", "/links/a-first/": b"none", "/links/a-first/x": b"none",
            "/links/nothing/..": b"none", "/links/socket": b"other", "/tree/kinds/symlink": b"link",
            "/tree/kinds/symlink/": b"none", "/tree/kinds/block": b"other"}
        self.assertEqual(self.ask("kind", *paths), list(paths.values()))
        self.assertEqual(self.ask("resolve", "/boot/out/names", "/to-names/..", "/tree/kinds/symlink"), [
            b"/tree/names", b"/tree",
            b"error: /tree/kinds/symlink: No such file or directory"])

    def test_glob(self):
        self.assertEqual(self.ask("glob", "/var/*.log", "/t*", "/tmp/*", "/*/linked-?", "/none/*", "/to-names",
                                  "/links/a-first", "/tree/kinds/symlink", "/order/[aA]"),
                         [b"/var/x.log", b"/var/y.log", b"/tmp/", b"/to-names/", b"/tree/", b"/tmp/deep/",
                          b"/boot/linked-1", b"/boot/linked-2", b"/to-names/", b"/links/a-first",
                          b"/tree/kinds/symlink", b"/order/A", b"/order/a/"])

    def test_content(self):
        paths = ["/tree/sparse/" + n for n in ("hole-between", "hole-last", "no-hole", "zeros")]
        copy = os.path.join(self.scratch.name, "copy")
        with both(self.image, "ro") as root:
            want = [digest(root + p) for p in paths]
            self.assertEqual(self.ask("sha256", *paths), [w.encode() for w in want])
            for path, w in zip(paths, want):
                self.ask("download", path, copy)
                self.assertEqual(digest(copy), w)
            with open(root + "/tree/sparse/zeros", "rb") as f:
                self.assertEqual(self.good("ask", self.image, *MOUNTS, "read", "/tree/sparse/zeros"), f.read())
        self.assertEqual(tool("ask", self.image, *MOUNTS, "read", "/tree/sparse/no-hole").returncode, 1)

    def test_unclean(self):
        image = os.path.join(self.scratch.name, "unclean")
        subprocess.run(["cp", "--sparse=always", self.image, image], check=True)
        subprocess.run(["debugfs", "-w", "-R", "ssv state 0", f"{image}?offset={ROOT[0]}"], check=True,
                       capture_output=True)
        done = tool("walk", image, "/dev/sda1:/", ".")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn(b"/dev/sda1", done.stderr)

    @contextlib.contextmanager
    def held(self):
        p = subprocess.Popen([TOOL, "hold", self.image, *MOUNTS], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, env={"SECRET": "1"})
        try:
            self.assertEqual(p.stdout.readline(), b"ready\n")
            with open(f"/proc/{p.pid}/task/{p.pid}/children", encoding="ascii") as f:
                yield p, int(f.read())
        finally:
            p.kill()
            p.communicate()

    def test_process(self):
        with self.held() as (_, reader):
            self.assertEqual(sorted(os.listdir(f"/proc/{reader}/fd")), ["0", "1", "2", "3", "4", "5", "6"])
            with open(f"/proc/{reader}/fdinfo/4", encoding="ascii") as f:
                flags = next(int(line.split()[1], 8) for line in f if line.startswith("flags"))
            self.assertEqual(flags & os.O_ACCMODE, os.O_RDONLY)
            with open(f"/proc/{reader}/environ", "rb") as f:
                self.assertNotIn(b"SECRET", f.read())

    def test_killed(self):
        with self.held() as (p, reader):
            os.kill(reader, 9)
            _, said = p.communicate(b"\n", timeout=60)
            self.assertEqual(p.returncode, 1)
            self.assertIn(b"the direct reader ended by signal 9", said)

    def test_orphan(self):
        with self.held() as (p, reader):
            gone = os.pidfd_open(reader)
            p.kill()
            import select
            self.assertEqual(select.select([gone], [], [], 30)[0], [gone])
            os.close(gone)


if __name__ == "__main__":
    unittest.main()
