# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The disks that the bench boots: built by ramimg with gzip, zstd and lz4 and in the compressed form, and made to do the
procedure by hand. They differ in nothing but the initrd and the archive: GRUB, kernel line and fstab are the same.

Every initrd gets one more segment, in which the boot script says when the root is mounted and when it is
ready; in the disk by hand, that script is by-hand, with the cp of Debian's busybox.
"""

import glob
import hashlib
import json
import os
import re
import shutil
import subprocess

import common
import disk
from command import binary, run

HERE = os.path.dirname(os.path.abspath(__file__))
RAMIMG_SCRIPT = os.path.join(common.TESTS, "..", "templates", "initramfs-script")
KINDS = ("by hand", "gzip", "zstd", "lz4", "compressed")
ARCHIVES = {"gzip": "ram.tar.gz", "zstd": "ram.tar.zst", "lz4": "ram.tar.lz4"}
IMAGE = "ram.squashfs"
MARK = "ramimg-bench"

MARKS = f"""
bench_mark()
{{
	read -r bench_uptime bench_idle </proc/uptime
	echo "{MARK} $1 ${{bench_uptime}}" >/dev/kmsg
}}

bench_local_mount_root()
{{
	local_mount_root
	bench_mark mounted
}}

mountroot()
{{
	bench_mountroot
	bench_status=$?
	bench_mark ready
	return ${{bench_status}}
}}
"""


def marked(path):
    """A boot script that says when its local_mount_root and its mountroot are done."""
    with open(path, encoding="utf-8") as script:
        text = script.read()
    for pattern, name in ((r"^mountroot\(\)$", "bench_mountroot()"),
                          (r"^\tlocal_mount_root$", "\tbench_local_mount_root")):
        text, count = re.subn(pattern, name, text, flags=re.M)
        if count != 1:
            raise RuntimeError(f"{path} has {pattern} {count} times, not once")
    return text + MARKS


def busybox(directory):
    """Debian's busybox. Not installed: that would put it into this machine's own initrd."""
    where = os.path.join(directory, "busybox")
    if not os.path.exists(where):
        tmp = where + ".tmp"
        disk.output("rm", "-rf", tmp)
        os.makedirs(tmp)
        subprocess.run(["apt-get", "-q", "download", "busybox-static"], cwd=tmp, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        package, = glob.glob(os.path.join(tmp, "*.deb"))
        subprocess.run(["dpkg-deb", "-x", package, os.path.join(tmp, "files")], check=True)
        os.rename(os.path.join(tmp, "files/bin/busybox"), where)
        disk.output("rm", "-rf", tmp)
    return where


def segment(directory, script, more=()):
    """A newc archive with script as /scripts/ramimg, and files for /bench."""
    stage = os.path.join(directory, "segment")
    disk.output("rm", "-rf", stage)
    os.makedirs(os.path.join(stage, "scripts"))
    os.mkdir(os.path.join(stage, "bench"))
    with open(os.path.join(stage, "scripts/ramimg"), "w", encoding="utf-8") as out:
        out.write(marked(script))
    names = ["scripts/ramimg", "bench"]
    for path in more:
        names.append("bench/" + os.path.basename(path))
        shutil.copy(path, os.path.join(stage, names[-1]))
    return subprocess.run(["cpio", "--quiet", "-o", "-H", "newc"], cwd=stage, check=True,
                          input="".join(name + "\n" for name in names).encode(),
                          stdout=subprocess.PIPE).stdout


def in_initrd(initrd, name):
    """The contents of a file in the last, uncompressed segment of an initrd."""
    with open(initrd, "rb") as data:
        text = data.read()
    found = re.search(rb"07070[12][0-9A-Fa-f]{104}" + re.escape(name.encode()) + rb"\0", text)
    header = found.group(0)
    start = found.end() + -found.end() % 4
    return text[start:start + int(header[54:62], 16)]


class Disks:
    """Made in a directory, and kept there as long as ramimg, fixture and bench stay the same."""

    def __init__(self, directory):
        self.dir = directory
        self.fixture = common.fixture()
        self.key = hashlib.sha256()
        for path in (binary(), os.path.join(HERE, "by-hand"), __file__, RAMIMG_SCRIPT):
            with open(path, "rb") as data:
                self.key.update(data.read())
        self.key.update(os.path.basename(self.fixture).encode())

    def path(self, name):
        return os.path.join(self.dir, name)

    def _cached(self, name, make):
        """The disk @name, made by make(path) unless it is there already."""
        image, note = self.path(name + ".raw"), self.path(name + ".key")
        try:
            with open(note, encoding="ascii") as text:
                if text.read() == self.key.hexdigest() and os.path.exists(image):
                    return image
        except FileNotFoundError:
            pass
        disk.output("rm", "-f", note, image)
        make(image)
        damage = disk.Ext4(image).check()
        if damage:
            raise RuntimeError(f"{image}: {damage}")
        with open(note, "w", encoding="ascii") as text:
            text.write(self.key.hexdigest())
        return image

    def _initrd(self, image, base, extra):
        """Let the RAM entry of an image have the initrd @base and one segment more."""
        path = self.path("initrd")
        with open(base, "rb") as data:
            text = data.read()
        with open(path, "wb") as out:
            out.write(text + bytes(4 + -len(text) % 4) + extra)
        disk.Ext4(image).put(path, common.INITRD)
        os.unlink(path)

    def _build(self, kind, image):
        print(f"building the disk with {kind}", flush=True)
        disk.copy(self.fixture, image)
        artifacts = self.path("artifacts-" + kind)
        disk.output("rm", "-rf", artifacts)
        conf = self.path("ramimg.conf")
        with open(conf, "w", encoding="utf-8") as out:
            out.write(f'stage: {{ dir = "{self.path("stage")}"; }};\n')
        how = ("--compressed",) if kind == "compressed" else ("--compression", kind)
        result = run("build", "--out", artifacts, *how, image, work=self.dir,
                     config=conf)
        if result.status != 0:
            raise RuntimeError(str(result))
        self._initrd(image, os.path.join(artifacts, os.path.basename(common.INITRD)),
                     segment(self.dir, RAMIMG_SCRIPT))

    def _by_hand(self, image):
        """The disk with gzip, less the archive, which cp would copy as well; the guest's own initrd."""
        disk.copy(self.disk("gzip"), image)
        inside = disk.Ext4(image)
        inside.remove("/boot/ram.tar.gz")
        initrd, = (name for name in inside.names("/boot") if name.startswith("initrd.img-")
                   and name != os.path.basename(common.INITRD))
        base = self.path("initrd.base")
        with open(base, "wb") as out:
            out.write(inside.read("/boot/" + initrd))
        self._initrd(image, base, segment(self.dir, os.path.join(HERE, "by-hand"),
                                          [busybox(self.dir)]))
        os.unlink(base)

    def disk(self, kind):
        if kind == "by hand":
            return self._cached("by-hand", self._by_hand)
        return self._cached(kind, lambda image: self._build(kind, image))

    def least_mib(self, kind):
        """The least memory that a build named for one CPU; e2e/ram and e2e/compressed boot with it."""
        self.disk(kind)
        with open(os.path.join(self.path("artifacts-" + kind), "manifest.json"), encoding="utf-8") as text:
            return json.load(text)["ram"]["needed_bytes"] >> 20

    def image(self):
        """Path of the image of the compressed form, and what the initrd has for the loader, by name."""
        self.disk("compressed")
        artifacts = self.path("artifacts-compressed")
        initrd = os.path.join(artifacts, os.path.basename(common.INITRD))
        return os.path.join(artifacts, IMAGE), {name: in_initrd(initrd, "ramimg/" + name)
                                                for name in ("manifest", "hashes")}

    def archive(self, kind):
        """Paths of the archive of a build, and of the manifest that fits it."""
        self.disk(kind)
        artifacts = self.path("artifacts-" + kind)
        manifest = self.path("manifest-" + kind)
        with open(manifest, "wb") as out:
            out.write(in_initrd(os.path.join(artifacts, os.path.basename(common.INITRD)),
                                "ramimg/manifest"))
        return os.path.join(artifacts, ARCHIVES[kind]), manifest
