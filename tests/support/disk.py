# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Raw disk images from the host, without mounting: sfdisk and debugfs."""

import json
import os
import re
import shutil
import subprocess


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

    def attributes(self, path):
        """Type, mode (octal), owner and group of a path."""
        text = self._debugfs(f'stat "{path}"').decode()
        found = re.search(r"Type: (\w+) +Mode: +(\d+).*?User: +(\d+) +Group: +(\d+)", text, re.S)
        return found.groups()

    def names(self, directory):
        rows = self._debugfs(f'ls -p "{directory}"').decode().splitlines()
        return {row.split("/")[5] for row in rows if row} - {".", ".."}

    def check(self):
        """The errors that e2fsck finds, as text; empty for none."""
        result = subprocess.run(["e2fsck", "-fn", self.device], check=False, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return result.stdout if result.returncode else ""


def have(*programs):
    return all(shutil.which(program) for program in programs)
