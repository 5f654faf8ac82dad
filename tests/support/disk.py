# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Raw disk images from the host, without mounting: sfdisk and debugfs."""

import json
import os
import re
import shutil
import subprocess
import tempfile


def output(*argv, **kwargs):
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, **kwargs).stdout


def copy(source, target):
    """A throw-away copy of an image; its holes stay holes."""
    subprocess.run(["cp", "--sparse=always", "--reflink=auto", source, target], check=True)


def warm(image):
    """Read what is in an image, not its holes, so that it is in the page cache."""
    with open(image, "rb", buffering=0) as data:
        end = os.path.getsize(image)
        at = 0
        while at < end:
            try:
                at = os.lseek(data.fileno(), at, os.SEEK_DATA)
            except OSError:
                return      # nothing but a hole behind
            hole = os.lseek(data.fileno(), at, os.SEEK_HOLE)
            os.lseek(data.fileno(), at, os.SEEK_SET)
            while at < hole:
                at += len(data.read(min(hole - at, 1 << 20)))


def same(one, other):
    """Whether two files have the same bytes."""
    return subprocess.run(["cmp", "-s", one, other], check=False).returncode == 0


# Of each field that has to do with time: where it begins and how many bytes it has.
SUPERBLOCK = {0x2c: (4, "mount time"), 0x30: (4, "write time"), 0x40: (4, "check time"),
              0x178: (8, "kilobytes written"), 0x3fc: (4, "checksum")}
INODE = {0x8: (4, "atime"), 0xc: (4, "ctime"), 0x10: (4, "mtime"), 0x14: (4, "dtime"), 0x64: (4, "generation"),
         0x7c: (2, "checksum"), 0x82: (2, "checksum"), 0x84: (4, "ctime"), 0x88: (4, "mtime"),
         0x8c: (4, "atime"), 0x90: (8, "crtime")}


def field(fields, at):
    return next((name for begin, (size, name) in fields.items() if begin <= at < begin + size), f"byte {at}")


def different_bytes(one, other):
    """Where two files of one length are different."""
    with open(one, "rb") as a, open(other, "rb") as b:
        at = 0
        while True:
            x, y = a.read(4096), b.read(4096)
            if len(x) != len(y):
                raise ValueError(f"{one} and {other} are not equally long")
            if x != y:
                yield from (at + i for i in range(len(x)) if x[i] != y[i])
            if not x:
                return
            at += len(x)


def partition_offset(image, number):
    table = json.loads(output("sfdisk", "--json", image))["partitiontable"]
    return table["partitions"][number - 1]["start"] * 512


class Ext4:
    """A file system of type ext4 in a raw image, read with debugfs."""

    def __init__(self, image, partition=1):
        self.image = image
        self.offset = partition_offset(image, partition)
        self.device = f"{image}?offset={self.offset}"

    def _debugfs(self, request):
        result = subprocess.run(["debugfs", "-R", request, self.device], check=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if b"File not found" in result.stderr:
            raise FileNotFoundError(request)
        return result.stdout

    def exists(self, path):
        try:
            self._debugfs(f'stat "{path}"')
        except FileNotFoundError:
            return False
        return True

    def read(self, path):
        return self._debugfs(f'cat "{path}"')

    def size(self, path):
        return int(re.search(rb"^User:.*Size: (\d+)$", self._debugfs(f'stat "{path}"'), re.M)[1])

    def place(self, path):
        """Where in the image a file's first block begins, as GRUB knows it."""
        # Not "blocks", which begins with the file's extent tree where that has a block of its own.
        block = int(self._debugfs(f'bmap "{path}" 0').split()[0])
        size = int(re.search(rb"^Block size: +(\d+)$", self._debugfs("stats -h"), re.M)[1])
        return self.offset + block * size

    def overwrite(self, path, data):
        """Put bytes over the beginning of a file, behind the file system's back, as GRUB does."""
        with open(self.image, "r+b") as image:
            image.seek(self.place(path))
            image.write(data)

    def _write(self, *requests):
        subprocess.run(["debugfs", "-w", "-f", "-", self.device], check=True, text=True,
                       input="".join(request + "\n" for request in requests),
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def remove(self, path):
        """Remove a file."""
        self._write(f'rm "{path}"')
        if self.exists(path):
            raise OSError(f"debugfs did not remove {path}")

    def put(self, source, path):
        """Write a file, in place of what is there."""
        where, name = os.path.split(path)
        self._write(f'cd "{where}"', f'rm "{name}"', f'write "{source}" "{name}"')
        with open(source, "rb") as data:
            if self.read(path) != data.read():
                raise OSError(f"debugfs did not write {path}")

    def make_directory(self, path):
        """Root's, 0755, in a directory that is there."""
        self._write(f'mkdir "{path}"')
        if not self.exists(path):
            raise OSError(f"debugfs did not make {path}")

    def leave_in_journal(self, path, data):
        """Put a file's first block into the journal only, as a machine does that is stopped before it is elsewhere too."""
        block = int(self._debugfs(f'bmap "{path}" 0').split()[0])
        size = int(re.search(rb"^Block size: +(\d+)$", self._debugfs("stats -h"), re.M)[1])
        with tempfile.NamedTemporaryFile() as content:
            content.write(data.ljust(size, b"\0"))
            content.flush()
            self._write("jo", f"jw -b {block} {content.name}", "jc")
        if b"needs_recovery" not in self._debugfs("stats -h"):
            raise OSError("debugfs left nothing to replay")

    def attributes(self, path):
        """Type, mode (octal), owner and group of a path."""
        text = self._debugfs(f'stat "{path}"').decode()
        found = re.search(r"Type: (\w+) +Mode: +(\d+).*?User: +(\d+) +Group: +(\d+)", text, re.S)
        return found.groups()

    def mtime(self, path):
        """In seconds since 1970."""
        return int(re.search(rb"^ mtime: (0x[0-9a-f]+)", self._debugfs(f'stat "{path}"'), re.M)[1], 16)

    def names(self, directory):
        rows = self._debugfs(f'ls -p "{directory}"').decode().splitlines()
        return {row.split("/")[5] for row in rows if row} - {".", ".."}

    def unlike(self, other):
        """What is different in another image of the same size: field by field where it is metadata.

        Offsets: the kernel's Documentation/filesystems/ext4, super.rst and inodes.rst.
        """
        text = output("dumpe2fs", self.device, stderr=subprocess.DEVNULL).decode()
        size = int(re.search(r"^Block size: +(\d+)$", text, re.M)[1])
        inode = int(re.search(r"^Inode size:\s+(\d+)$", text, re.M)[1])
        tables = [range(int(first), int(last) + 1)
                  for first, last in re.findall(r"Inode table at (\d+)-(\d+)", text)]
        journal = set(map(int, self._debugfs("blocks <8>").split()))
        found = set()
        for at in different_bytes(self.image, other):
            at -= self.offset
            block = at // size
            if at in range(1024, 2048):
                found.add("superblock: " + field(SUPERBLOCK, at - 1024))
            elif block in journal:
                found.add("journal")
            elif any(block in table for table in tables):
                freed = self._links(at - at % inode) == 0
                found.add(("freed inode: " if freed else "inode: ") + field(INODE, at % inode))
            else:
                found.add("checksum of a block" if at % size >= size - 4 else f"byte {at}")
        return found

    def _links(self, at):
        """Of the inode that stands there in the file system."""
        with open(self.image, "rb") as image:
            image.seek(self.offset + at + 0x1a)
            return int.from_bytes(image.read(2), "little")

    def check(self):
        """The errors that e2fsck finds, as text; empty for none."""
        result = subprocess.run(["e2fsck", "-fn", self.device], check=False, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return result.stdout if result.returncode else ""


def have(*programs):
    return all(shutil.which(program) for program in programs)
