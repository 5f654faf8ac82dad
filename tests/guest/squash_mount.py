# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What this machine's kernel reads in an image is what was packed: trees with every kind of metadata, a directory
with an index, and files of all lengths around a block's. Needs root."""
import contextlib
import ctypes
import os
import shutil
import stat
import subprocess
import tempfile
import unittest

import loader_pack
import loader_tree

PACKER = os.environ["SQUASH_PACKER"]
COMPRESSIONS = (("zstd", 3), ("gzip", 9), ("lz4", 0))
U32 = (1 << 32) - 1


def expected(item):
    """What an image keeps of an entry of the tree, by docs/format.md. Counts what it does not."""
    seconds = item["mtime"] // 10 ** 9
    item["mtime"] = min(max(seconds, 0), U32) * 10 ** 9
    lost = [n for n in item["xattrs"] if n.startswith("system.posix_acl_")]
    access = item["xattrs"].get("system.posix_acl_access")
    for name in lost:
        del item["xattrs"][name]
    if access:
        lines = {access[i] | access[i + 1] << 8: access[i + 2] for i in range(4, len(access), 8)}
        mode = int(item["mode"], 8)
        item["mode"] = oct(mode & ~0o070 | (lines[0x04] & lines.get(0x10, 7)) << 3)
    return bool(lost), not 0 <= seconds <= U32


@contextlib.contextmanager
def mounted(image):
    """The directory where it is mounted, as the loader does."""
    with tempfile.TemporaryDirectory() as at:
        subprocess.run(["mount", "-t", "squashfs", "-o", "loop,ro", image, at], check=True)
        try:
            yield at
        finally:
            subprocess.run(["umount", at], check=True)


class Mount(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="squash-mount-", dir=os.environ.get("RAMLOAD_SCRATCH"))
        self.addCleanup(shutil.rmtree, self.dir)
        self.tree = os.path.join(self.dir, "tree")
        self.image = os.path.join(self.dir, "image")

    def make_tree(self):
        """A directory with an attribute: of an image without any, Linux says that it supports none."""
        os.mkdir(self.tree)
        os.setxattr(self.tree, "user.some", b"1")

    def pack(self, compression="zstd", level=3, block=131072):
        """Pack the tree. -> (files whose ACLs, attributes, times that were lost)"""
        tar = loader_pack.tar_tree(self.tree)
        done = subprocess.run([PACKER, compression, str(level), str(block), self.image], input=tar,
                              stdout=subprocess.PIPE, check=True)
        return tuple(map(int, done.stdout.split()))

    def same(self, packed_lost):
        want = loader_tree.listing(self.tree)
        lost_acls = clamped = 0
        links = set()
        for item in want.values():
            acl, time = expected(item)
            first = item.get("first link", object())
            if first not in links:
                lost_acls += acl
                clamped += time
            links.add(first)
        with mounted(self.image) as at:
            got = loader_tree.listing(at)
        self.assertEqual(loader_tree.differences(want, got), [])
        self.assertEqual(packed_lost, (lost_acls, 0, clamped))

    def test_each(self):
        """One of everything that a tree can have, by each compression."""
        loader_tree.make(self.tree)
        for compression, level in COMPRESSIONS:
            with self.subTest(compression):
                self.same(self.pack(compression, level))

    def test_lengths(self):
        """Files of all lengths around a block's, of noise, of zeros, and of holes, at each size of blocks."""
        self.make_tree()
        noise = os.urandom(3 << 20)
        for block in (4096, 131072, 1 << 20):
            for n in {0, 1, block - 1, block, block + 1, 2 * block - 1, 2 * block, 2 * block + 1}:
                with open(f"{self.tree}/noise-{n}", "wb") as f:
                    f.write(noise[:n])
                with open(f"{self.tree}/zeros-{n}", "wb") as f:
                    f.write(bytes(n))
                with open(f"{self.tree}/hole-{n}", "wb") as f:
                    f.write(noise[:n // 3])
                    f.truncate(n)
                with open(f"{self.tree}/end-{n}", "wb") as f:
                    f.truncate(n)
                    f.seek(n // 3 * 2)
                    f.write(noise[:n - n // 3 * 2])
        shutil.copyfile(f"{self.tree}/noise-131072", f"{self.tree}/noise-twice")
        for block in (4096, 131072, 1 << 20):
            with self.subTest(block):
                self.same(self.pack("zstd", 1, block))

    def test_large_directory(self):
        """A hundred thousand names, each looked up; half of them are further names of one of them."""
        self.make_tree()
        many = f"{self.tree}/many"
        os.mkdir(many)
        for i in range(50000):
            os.mknod(f"{many}/node-{i * 7919 % 50000}", stat.S_IFREG | 0o600)
            os.link(f"{many}/node-0", f"{many}/name-of-{i}")
        for i in range(300):
            os.mkdir(f"{many}/directory-{i}")
        self.same(self.pack())
        with mounted(self.image) as at:
            self.assertEqual(os.lstat(f"{at}/many").st_nlink, 302)
            self.assertEqual(os.lstat(f"{at}/many/name-of-49999").st_nlink, 50001)

    def test_found_again(self):
        """By the handle that NFS has of a file, after a mount that has not seen its name."""
        os.makedirs(f"{self.tree}/a/b")
        with open(f"{self.tree}/a/b/file", "w") as f:
            f.write("found")
        self.pack()
        libc = ctypes.CDLL(None, use_errno=True)
        handle = (ctypes.c_uint32 * 34)(128)
        with mounted(self.image) as at:
            got = libc.name_to_handle_at(-100, f"{at}/a/b/file".encode(), handle,
                                         ctypes.byref(ctypes.c_int()), 0)
            self.assertEqual(got, 0, os.strerror(ctypes.get_errno()))
        with mounted(self.image) as at:
            root = os.open(at, os.O_RDONLY)
            try:
                fd = libc.open_by_handle_at(root, handle, os.O_RDONLY)
                self.assertGreaterEqual(fd, 0, os.strerror(ctypes.get_errno()))
                with os.fdopen(fd) as f:
                    self.assertEqual(f.read(), "found")
            finally:
                os.close(root)


if __name__ == "__main__":
    unittest.main()
