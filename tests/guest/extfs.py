# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
What the direct reader sees of ext file systems is what the kernel shows: file systems of many kinds, each
filled through a loop mount and compared with a read-only one, and the root of the Debian fixture. As root.
"""
import contextlib
import hashlib
import json
import os
import random
import stat
import subprocess
import tempfile
import unittest

import loader_tree

EXTFS_LIST = os.environ["EXTFS_LIST"]
DEBIAN_DISK = os.environ["DEBIAN_DISK"]

# name: arguments of mke2fs, the size of a block, and whether attributes may be large
KINDS = {
    "ext2": (["-t", "ext2", "-b", "1024", "-O", "^dir_index"], 1024, False),
    "ext2-4k": (["-t", "ext2", "-b", "4096", "-I", "128"], 4096, False),
    "ext3": (["-t", "ext3", "-b", "1024", "-I", "128"], 1024, False),
    "ext3-4k": (["-t", "ext3", "-b", "4096"], 4096, False),
    "ext4": (["-t", "ext4", "-b", "4096"], 4096, False),
    "ext4-1k": (["-t", "ext4", "-b", "1024", "-O", "64bit,metadata_csum"], 1024, False),
    "ext4-128": (["-t", "ext4", "-b", "4096", "-I", "128", "-O", "^metadata_csum,uninit_bg"], 4096,
                 False),
    "ext4-plain": (["-t", "ext4", "-b", "4096", "-O", "^64bit,^flex_bg,^metadata_csum,^huge_file"],
                   4096, False),
    "inline": (["-t", "ext4", "-b", "4096", "-O", "inline_data"], 4096, False),
    "inline-1k": (["-t", "ext4", "-b", "1024", "-I", "512", "-O", "inline_data"], 1024, False),
    "ea-inode": (["-t", "ext4", "-b", "4096", "-I", "1024", "-O", "ea_inode"], 4096, True),
    "ea-inode-1k": (["-t", "ext4", "-b", "1024", "-O", "ea_inode,inline_data"], 1024, True),
    "bigalloc": (["-t", "ext4", "-b", "4096", "-O", "bigalloc", "-C", "65536"], 4096, False),
    "meta-bg": (["-t", "ext4", "-b", "1024", "-O", "meta_bg,^resize_inode"], 1024, False),
    "no-filetype": (["-t", "ext3", "-b", "1024", "-O", "^filetype"], 1024, False),
    "revision-0": (["-t", "ext2", "-b", "1024", "-r", "0", "-O", "none"], 1024, False),
}


@contextlib.contextmanager
def mounted(image, options):
    with tempfile.TemporaryDirectory(prefix="ramimg-extfs-") as d:
        subprocess.run(["mount", "-t", "ext4", "-o", "loop," + options, image, d], check=True)
        try:
            yield d
        finally:
            subprocess.run(["umount", d], check=True)


def write(path, *pieces, size=None):
    with open(path, "wb") as f:
        for offset, data in pieces:
            f.seek(offset)
            f.write(data)
        if size is not None:
            f.truncate(size)


def fill_data(at, block, extents):
    noise = random.Random(1).randbytes(3 << 20)
    for n in (0, 1, 59, 60, 61, 100, 150, 300, 1000, 1024, 1025, 4096, 5000, 70000, 3 << 20):
        write(at(f"bytes-{n}"), (0, noise[:n]))
    write(at("every-other-block"), *((2 * i * block, b"%d" % i) for i in range(1500)),
          size=3000 * block + 7)
    write(at("backwards"), *((i * 4 * block, noise[i * block:(i + 1) * block])
                             for i in reversed(range(200))))
    write(at("far"), (0, b"begin"), (5 << 30, b"beyond 4 GiB"), (6 << 30, b"end"))
    write(at("all-levels"), *((n * block, b"x" * (block + 1)) for n in (
        0, 11, 12, 12 + block // 4, 12 + block // 4 + (block // 4) ** 2)))
    write(at("only-a-hole"), size=(4 << 30) + 1)
    if extents:
        with open(at("unwritten"), "wb") as f:
            os.posix_fallocate(f.fileno(), 0, 1 << 20)
            f.seek(300000)
            f.write(b"in the middle" * 1000)
        subprocess.run(["fallocate", "--keep-size", "-l", "1M", at("bytes-100")], check=True)
        subprocess.run(["fallocate", "--keep-size", "-l", "1M", at("bytes-5000")], check=True)


def fill_names(at, block):
    os.mkdir(at("many"))
    for i in range(3000):
        os.mknod(at(f"many/a-file-with-a-longer-name-{i * 7919 % 3001:05}"), 0o600 | stat.S_IFREG)
    for i in range(0, 3000, 3):
        os.unlink(at(f"many/a-file-with-a-longer-name-{i * 7919 % 3001:05}"))
    for n in (1, 2, 3, 5, 9, 20, 60):  # inline at first
        os.mkdir(at(f"dir-{n}"))
        for i in range(n):
            write(at(f"dir-{n}/name-{i}"), (0, b"%d" % i))
        os.mkdir(at(f"dir-{n}/sub"))
        os.unlink(at(f"dir-{n}/name-0"))
    for n in (1, 58, 59, 60, 61, 100, 150, 255, 1000):
        os.symlink("s" * n, at(f"symlink-{n}"))
    if block > 1024:
        os.symlink("t" * 4000, at("symlink-4000"))
    os.symlink("with-an-attribute", at("symlink-attributed"))
    os.setxattr(at("symlink-attributed"), "trusted.t", b"1" * 300, follow_symlinks=False)


def fill_xattrs(at, large):
    write(at("capable"), (0, b"c"))
    subprocess.run(["setcap", "cap_net_raw,cap_setuid+ep", at("capable")], check=True)
    for name in ("attributed", "attributed-dir"):
        os.mkdir(at(name)) if name.endswith("dir") else write(at(name), (0, b"a" * 90))
        os.setxattr(at(name), "user.empty", b"")
        os.setxattr(at(name), "user.nul", b"a\0b\n")
        os.setxattr(at(name), "trusted.overlay.opaque", b"y")
        os.setxattr(at(name), b"trusted.\xff odd", b"odd name")
        os.setxattr(at(name), "security.selinux", b"system_u:object_r:etc_t:s0\0")
        os.setxattr(at(name), "user.long", b"v" * 400)
        if large:
            os.setxattr(at(name), "user.large", bytes(range(256)) * 80)
            os.setxattr(at(name), "trusted.largest", b"w" * 65536)
            os.setxattr(at(name), "security.mine", b"m" * 5000)
    for i in range(4):  # the same block for all of them
        write(at(f"shared-{i}"), (0, b"s"))
        os.setxattr(at(f"shared-{i}"), "user.shared", b"s" * 350)
    if large:
        os.symlink("large", at("symlink-large"))
        os.setxattr(at("symlink-large"), "trusted.large", b"l" * 9000, follow_symlinks=False)


def fill_nodes(at):
    for name, major, minor in (("null", 1, 3), ("large", 300, 5), ("minor", 8, 300),
                               ("largest", 4095, (1 << 20) - 1), ("zero", 0, 0)):
        os.mknod(at(name), stat.S_IFCHR | 0o600, os.makedev(major, minor))
        os.mknod(at(name + "-b"), stat.S_IFBLK | 0o600, os.makedev(major, minor))
    os.mkfifo(at("fifo"))
    os.mknod(at("socket"), stat.S_IFSOCK | 0o755)


def fill_times(at):
    for sec in (-(1 << 31) - 5, -(1 << 31), -1, 0, (1 << 31) - 1, 1 << 31, (1 << 32) + 3,
                (3 << 32) - 7, (1 << 33) + (1 << 31), 15032385535):
        for nsec in (0, 1, 999_999_999):
            write(at(f"time-{sec}-{nsec}"))
            os.utime(at(f"time-{sec}-{nsec}"), ns=(0, sec * 1_000_000_000 + nsec))


def fill(root, block, large, extents):
    parts = {"data": lambda at: fill_data(at, block, extents),
             "names": lambda at: fill_names(at, block),
             "attributes": lambda at: fill_xattrs(at, large), "nodes": fill_nodes,
             "times": fill_times, "owners": loader_tree._owners_and_modes,
             "odd-names": loader_tree._names, "acls": loader_tree._acls}
    for name, part in parts.items():
        os.mkdir(os.path.join(root, name))
        part(lambda leaf, d=name: os.path.join(os.fsencode(root), d.encode(), os.fsencode(leaf)))


def segments(path, size):
    """What is no hole, and the digest of it; the holes are asked for before anything is read."""
    out, at = [], 0
    digest = hashlib.sha256()
    fd = os.open(path, os.O_RDONLY)
    try:
        while at < size:
            try:
                start = os.lseek(fd, at, os.SEEK_DATA)
            except OSError:
                break
            at = min(os.lseek(fd, start, os.SEEK_HOLE), size)
            out.append((start, at))
        for start, end in out:
            while start < end:
                piece = os.pread(fd, min(end - start, 1 << 20), start)
                digest.update(piece)
                start += len(piece)
    finally:
        os.close(fd)
    return out, digest.hexdigest()


def shown(path):
    """As the kernel shows it."""
    st = os.lstat(path)
    kind = stat.S_IFMT(st.st_mode)
    item = {"ino": st.st_ino, "mode": oct(st.st_mode), "owner": (st.st_uid, st.st_gid),
            "mtime": st.st_mtime_ns, "xattrs": [], "links": st.st_nlink}
    for name in os.listxattr(path, follow_symlinks=False):
        item["xattrs"].append((os.fsencode(name),
                               os.getxattr(path, name, follow_symlinks=False)))
    item["xattrs"].sort()
    if kind in (stat.S_IFREG, stat.S_IFLNK):
        item["size"] = st.st_size
    if kind == stat.S_IFLNK:
        item["target"] = os.readlink(path)
    if kind == stat.S_IFREG:
        item["data"], item["sha256"] = segments(path, st.st_size)
    if kind in (stat.S_IFBLK, stat.S_IFCHR):
        item["device"] = (os.major(st.st_rdev), os.minor(st.st_rdev))
    return item


def kernel(root):
    root = os.fsencode(root)
    out = {b"": shown(root)}
    for base, dirs, files, fd in os.fwalk(root):
        for leaf in dirs + files:
            out[base[len(root):] + b"/" + leaf] = shown(b"/proc/self/fd/%d/%s" % (fd, leaf))
    return out


def free(root):
    """As the reader's first line: what a file system has, and has free."""
    v = os.statvfs(root)
    return [v.f_frsize * v.f_blocks, v.f_frsize * v.f_bfree]


def unhex(word):
    assert word[0] == "."
    return bytes.fromhex(word[1:])


def reader(image, offset=0, size=None):
    """(space, files) as the direct reader has them."""
    size = size or os.path.getsize(image) - offset
    run = subprocess.run([EXTFS_LIST, image, str(offset), str(size)], capture_output=True,
                         text=True)
    if run.returncode != 0:
        raise AssertionError(f"extfs_list: {run.returncode} {run.stderr}")
    space, out, item = None, {}, None
    for line in run.stdout.splitlines():
        word, *rest = line.split(" ")
        if word == "space":
            space = [int(n) for n in rest]
        elif word == "file":
            ino, mode, uid, gid, links, size, sec, nsec, major, minor = map(int, rest[1:])
            item = {"ino": ino, "mode": oct(mode), "owner": (uid, gid), "links": links,
                    "mtime": sec * 1_000_000_000 + nsec, "xattrs": []}
            if stat.S_IFMT(mode) in (stat.S_IFREG, stat.S_IFLNK):
                item["size"] = size
            if stat.S_IFMT(mode) == stat.S_IFREG:
                item["data"] = []
            if stat.S_IFMT(mode) in (stat.S_IFBLK, stat.S_IFCHR):
                item["device"] = (major, minor)
            out[unhex(rest[0])] = item
        elif word == "link":
            item["target"] = unhex(rest[0])
        elif word == "xattr":
            item["xattrs"].append((unhex(rest[0]), unhex(rest[1])))
        elif word == "data":
            item["data"].append((int(rest[0]), int(rest[1])))
        elif word == "sha256":
            item["sha256"] = rest[0]
    return space, out


class Extfs(unittest.TestCase):
    def compare(self, root, image, **where):
        space, got = reader(image, **where)
        want = kernel(root)
        self.assertEqual(loader_tree.differences(want, got)[:20], [])
        self.assertEqual(space, free(root))
        return want

    def test_kinds(self):
        for name, (args, block, large) in KINDS.items():
            # In RAM: unmounting waits for the disk.
            with self.subTest(name), tempfile.TemporaryDirectory(dir="/dev/shm") as d:
                image = os.path.join(d, "image")
                subprocess.run(["mke2fs", "-q", "-F", *args, image, "512M"], check=True,
                               stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
                with mounted(image, "rw") as root:
                    fill(root, block, large, extents=args[1] == "ext4")
                with mounted(image, "ro") as root:
                    self.assertGreater(len(self.compare(root, image)), 2000)

    def test_debian(self):
        disk = subprocess.run([DEBIAN_DISK], check=True, capture_output=True, text=True).stdout.strip()
        table = json.loads(subprocess.run(["sfdisk", "-J", disk], check=True, capture_output=True,
                                          text=True).stdout)["partitiontable"]
        part = table["partitions"][0]
        offset, size = part["start"] * 512, part["size"] * 512
        with mounted(disk, f"ro,noload,offset={offset},sizelimit={size}") as root:
            self.assertGreater(len(self.compare(root, disk, offset=offset, size=size)), 15000)


if __name__ == "__main__":
    unittest.main()
