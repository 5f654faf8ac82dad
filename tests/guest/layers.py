# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
The layers of containers, as overlayfs leaves them in a root on ext4: whiteouts, opaque and renamed directories, hard
links that were copied up. They are packed by the direct reader and unpacked by ramload, and from the tmpfs the
same tree is mounted again, and written to.

Environment: DIRECT_TOOL, RAMLOAD.
"""

import gzip
import os
import re
import shutil
import stat
import subprocess
import tarfile
import tempfile
import unittest

import loader_pack
import loader_run
import loader_tree

STORE = "var/lib/docker/overlay2"


def put(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


class Overlay:
    """A container's mount below a root: what it shares with others, and what is its own. Options as docker's."""

    def __init__(self, root):
        self.store = os.path.join(root, STORE)
        self.upper = os.path.join(self.store, "top/diff")
        self.merged = os.path.join(self.store, "top/merged")

    def __enter__(self):
        layers = ":".join(os.path.join(self.store, name, "diff") for name in ("middle", "base"))
        work = os.path.join(self.store, "top/work")
        subprocess.run(["mount", "-t", "overlay", "overlay", self.merged, "-o",
                        f"lowerdir={layers},upperdir={self.upper},workdir={work},index=off,redirect_dir=on"], check=True)
        return self.merged

    def __exit__(self, *failure):
        subprocess.run(["umount", self.merged], check=True)


def make_layers(overlay):
    for name in ("base/diff", "middle/diff", "top/diff", "top/work", "top/merged"):
        os.makedirs(os.path.join(overlay.store, name))
    os.chmod(os.path.dirname(overlay.store), 0o710)
    for layer in ("base", "middle"):
        at = os.path.join(overlay.store, layer, "diff")
        put(f"{at}/etc/{layer}", f"of {layer}\n")
        put(f"{at}/etc/both", f"by {layer}\n")
        put(f"{at}/opt/replaced/{layer}", "goes\n")
        put(f"{at}/srv/moved/{layer}", "stays\n")
    put(f"{overlay.store}/base/diff/usr/one", "linked\n")
    os.link(f"{overlay.store}/base/diff/usr/one", f"{overlay.store}/base/diff/usr/two")


def work_in(merged):
    """What a container does that leaves more than files in its own layer."""
    os.unlink(f"{merged}/etc/base")
    shutil.rmtree(f"{merged}/opt/replaced")
    put(f"{merged}/opt/replaced/new", "new\n")
    os.chmod(f"{merged}/etc/both", 0o4751)
    os.chown(f"{merged}/etc/both", 1000, 1001)
    os.link(f"{merged}/usr/one", f"{merged}/usr/three")
    os.rename(f"{merged}/srv/moved", f"{merged}/srv/here")


def whole_seconds(top):
    """mke2fs -d takes no more of a time."""
    for base, dirs, files in os.walk(top, topdown=False):
        for name in (*dirs, *files):
            os.utime(os.path.join(base, name), (0, 1600000000), follow_symlinks=False)
    os.utime(top, (0, 1600000000))


def attribute(path, name):
    try:
        return os.getxattr(path, name)
    except OSError:
        return None


class Layers(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.dir = scratch.name
        self.tree = os.path.join(self.dir, "tree")
        overlay = Overlay(self.tree)
        make_layers(overlay)
        with overlay as merged:
            work_in(merged)
        whole_seconds(overlay.store)
        with overlay as merged:
            self.seen = loader_tree.listing(merged)
        self.check_upper(overlay.upper)

    def check_upper(self, upper):
        """The kernel did leave there what is to be tested."""
        for name in ("etc/base", "srv/moved"):
            st = os.lstat(f"{upper}/{name}")
            self.assertTrue(stat.S_ISCHR(st.st_mode) and st.st_rdev == 0, name)
        self.assertEqual(attribute(f"{upper}/opt/replaced", "trusted.overlay.opaque"), b"y")
        self.assertEqual(attribute(f"{upper}/srv/here", "trusted.overlay.redirect"), b"moved")
        self.assertTrue(attribute(f"{upper}/etc/both", "trusted.overlay.origin"))
        self.assertEqual(os.lstat(f"{upper}/usr/three").st_nlink, 2)

    def pack(self, archive, *rules):
        image = os.path.join(self.dir, "disk.raw")
        subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-d", self.tree, image, "32M"], check=True,
                       stdout=subprocess.DEVNULL)
        subprocess.run([os.environ["DIRECT_TOOL"], "pack", image, archive, "/dev/sda:/", ".", *rules], check=True,
                       stdout=subprocess.DEVNULL)

    def packed(self):
        path = os.path.join(self.dir, "by-the-reader")
        self.pack(path)
        with open(path, "rb") as file:
            data = file.read()
        tar = gzip.decompress(data)
        build = re.search(rb"comment=ramimg build ([0-9a-f]+)\n", tar[-1024:])[1].decode()
        return loader_pack.Archive(self.dir, tar, "gzip", data, build_id=build)

    def test_left_out(self):
        """By a rule that means its content, the store is there for an engine to begin anew: empty, of its mode."""
        archive = os.path.join(self.dir, "without")
        self.pack(archive, "/var/lib/docker/")
        with tarfile.open(archive) as tar:
            found = {entry.name: entry for entry in tar if "docker" in entry.name}
        self.assertEqual(list(found), ["./var/lib/docker"])
        self.assertEqual(found["./var/lib/docker"].mode, 0o710)

    def check_store(self, root):
        """All but what a mount makes for itself, and empties."""
        want, got = ({name: item for name, item in loader_tree.listing(os.path.join(at, STORE)).items()
                      if not name.startswith(b"top/work") and name != b"top"} for at in (self.tree, root))
        self.assertEqual(loader_tree.differences(want, got), [])

    def test_in_ram(self):
        archive = self.packed()
        with loader_run.machine(os.environ["RAMLOAD"]) as m:
            m.mount_disk()
            self.assertEqual(m.run("load", archive).returncode, 0, m.console())
            self.assertEqual(m.mounts(), [("root", "tmpfs", "none")])
            self.check_store(m.root)
            overlay = Overlay(m.root)
            with overlay as merged:
                self.assertEqual(loader_tree.differences(self.seen, loader_tree.listing(merged)), [])
                self.go_on(merged)
            self.assertTrue(stat.S_ISCHR(os.lstat(f"{overlay.upper}/etc/middle").st_mode))
            self.assertEqual(attribute(f"{overlay.upper}/srv/here", "trusted.overlay.opaque"), b"y")

    def go_on(self, merged):
        """A container that runs on: its own layer is on a tmpfs now."""
        os.unlink(f"{merged}/etc/middle")
        shutil.rmtree(f"{merged}/srv/here")
        os.mkdir(f"{merged}/srv/here")
        put(f"{merged}/etc/base", "again\n")
        self.assertEqual(sorted(os.listdir(f"{merged}/etc")), ["base", "both"])
        self.assertEqual(os.listdir(f"{merged}/srv/here"), [])


if __name__ == "__main__":
    unittest.main()
