# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the end-to-end tests share: where things are, the fixture, and comparing trees.

Environment, as ctest sets it: RAMIMG (the program), RAMIMG_E2E_DIR (the test's own scratch, kept
between the tests of one run: the others find test_build.py's disk in "build" beside theirs, test_twice.py's in "twice").
"""

import base64
import contextlib
import gzip
import json
import os
import re
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(TESTS, "support"))

import disk  # noqa: E402

FIXTURES = os.path.join(TESTS, "fixtures")
LISTING = os.path.join(HERE, "listing.py")

# The paths of what a build adds or changes in a guest.
FSTAB, CUSTOM, CFG = "/etc/fstab", "/etc/grub.d/40_custom", "/boot/grub/grub.cfg"
ARCHIVE, INITRD = "/boot/ram.tar.gz", "/boot/initrd.img-ramboot"
FSTAB_COPY, DEFAULT_CFG = "/etc/fstab.ramimg-orig", "/etc/default/grub.d/zz-ramimg.cfg"
STATE, GRUBENV = "/var/lib/ramimg", "/boot/grub/grubenv"
# What GRUB says when it boots by the entry.
RAM_ENTRY = "Loading Debian GNU/Linux to run from RAM"
BEGIN, END = "### BEGIN ramimg ###", "### END ramimg ###"


def ids():
    with open(os.path.join(FIXTURES, "debian.ids"), encoding="ascii") as lines:
        return dict(line.strip().split("=", 1) for line in lines if not line.startswith("#"))


def workdir():
    path = os.path.abspath(os.environ["RAMIMG_E2E_DIR"])
    os.makedirs(path, exist_ok=True)
    return path


def in_workdir(name):
    return os.path.join(workdir(), name)


def built(name):
    """What test_build.py has left. Nobody may write to it."""
    return os.path.join(os.path.dirname(workdir()), "build", name)


def built_twice():
    """What test_twice.py has left, a qcow2. Nobody may write to it."""
    return os.path.join(os.path.dirname(workdir()), "twice", "twice.qcow2")


def config(more=""):
    """A configuration that keeps the stage in the scratch directory. @more: what else it says."""
    path = in_workdir("ramimg.conf")
    with open(path, "w", encoding="utf-8") as out:
        out.write(f'stage: {{ dir = "{in_workdir("stage")}"; }};\n' + more)
    return path


def fixture():
    """The pristine Debian disk (raw). Nobody may write to it."""
    return disk.output("sh", os.path.join(FIXTURES, "debian-disk"), text=True).strip()


def overlay(backing, fmt, name):
    path = in_workdir(name)
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", backing, "-F", fmt, path],
                   check=True)
    return path


def section(grub_cfg, name="40_custom"):
    """The lines that update-grub writes between its markers for one of its scripts."""
    found = re.search(rf"^### BEGIN /etc/grub.d/{name} ###\n(.*?)^### END /etc/grub.d/{name} ###$",
                      grub_cfg.decode(), re.S | re.M)
    return found.group(1)


def assert_one_entry(test, built):
    """A root (disk.Ext4) has one RAM entry and one line of the fstab that is not the fixture's."""
    pristine = disk.Ext4(fixture())
    old, new = pristine.read(FSTAB).splitlines(), built.read(FSTAB).splitlines()
    changed = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
    root = f"UUID={ids()['ROOT_UUID']} / "
    test.assertEqual(len(changed), 1, new)
    test.assertEqual(changed[0][0].split()[:2], root.encode().split())
    test.assertEqual(changed[0][1].split(), b"none / tmpfs defaults 0 0".split())
    custom, cfg = built.read(CUSTOM), built.read(CFG)
    test.assertTrue(custom.startswith(pristine.read(CUSTOM)))
    test.assertEqual(custom.count(BEGIN.encode()), 1)
    test.assertEqual(section(cfg), b"".join(custom.splitlines(True)[2:]).decode())
    test.assertEqual(cfg.count(b"menuentry 'RAM-Debian GNU/Linux'"), 1)


# --- listings of whole trees, see listing.py

def read_listing(data):
    return dict(json.loads(line) for line in gzip.decompress(data).decode().splitlines())


@contextlib.contextmanager
def _mounted(image, mountpoint):
    """The root of a raw disk, mounted there while this lasts; or False where the machine cannot."""
    offset = disk.partition_offset(image, 1)
    # By mount's own loop option a second mount fails while another test has the same disk mounted.
    loop = subprocess.run(["losetup", "--find", "--show", "--read-only", f"--offset={offset}", image],
                          check=False, stdout=subprocess.PIPE, text=True)
    if loop.returncode != 0:
        yield False
        return
    device = loop.stdout.strip()
    try:
        mount = subprocess.run(["mount", "-o", "ro,noload", device, mountpoint], check=False)
        try:
            yield mount.returncode == 0
        finally:
            if mount.returncode == 0:
                subprocess.run(["umount", mountpoint], check=True)
    finally:
        subprocess.run(["losetup", "--detach", device], check=True)


def list_disk(image):
    """The listing of the root on a raw disk: mounted if this machine can, else in an appliance."""
    mountpoint, out = in_workdir("mnt"), in_workdir("listing.gz")
    os.makedirs(mountpoint, exist_ok=True)
    with _mounted(image, mountpoint) as mounted:
        if mounted:
            subprocess.run([sys.executable, LISTING, mountpoint, out], check=True)
    if not mounted:
        _list_in_appliance(image, out)
    with open(out, "rb") as data:
        return read_listing(data.read())


def _list_in_appliance(image, out):
    """As list_disk, with the guest's own Python and the appliance's /dev as a place for files."""
    with open(LISTING, "rb") as script:
        text = base64.b64encode(script.read()).decode()
    work = (f"echo {text} | base64 -d >/dev/listing.py && "
            "python3 /dev/listing.py / /dev/listing.gz && base64 -w0 /dev/listing.gz")
    settings = {"LIBGUESTFS_BACKEND": "direct", "LIBGUESTFS_BACKEND_SETTINGS": "force_tcg"}
    result = disk.output("guestfish", "--ro", "--format=raw", "-a", image, "run", ":",
                         "mount-options", "ro,noload", "/dev/sda1", "/", ":", "sh", work,
                         env=os.environ | settings)
    with open(out, "wb") as listing:
        listing.write(base64.b64decode(result))


def list_guest(vm):
    with open(LISTING, "rb") as script:
        vm.put("/run/listing.py", script.read())
    return read_listing(vm.bulk_output(
        "python3 /run/listing.py / /run/listing.gz; cat /run/listing.gz", 900))


def failed_boots(root):
    """What GRUB's environment block, which must be one, counts in a root (disk.Ext4)."""
    block = root.read(GRUBENV)
    if len(block) != 1024 or not block.startswith(b"# GRUB Environment Block\n"):
        raise AssertionError(block)
    return [line for line in block.decode().splitlines() if line.startswith("ramimg")]


def below(path, directory):
    return path == directory or path.startswith(directory.rstrip("/") + "/")


def differences(expected, found, ignore=lambda path: False):
    """What two listings do not agree on, one line each, less what ignore() says."""
    lines = []
    for path in sorted(expected.keys() | found.keys()):
        if ignore(path) or expected.get(path) == found.get(path):
            continue
        old, new = expected.get(path), found.get(path)
        if old is None or new is None:
            lines.append(f"{path!r}: {'only on the disk' if new is None else 'only in the guest'}")
            continue
        keys = [key for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)]
        lines.append(f"{path!r}: " + ", ".join(f"{k} {old.get(k)} -> {new.get(k)}" for k in keys))
    return lines


class E2eTest(unittest.TestCase):
    """Tests that go in order, each standing on the one before; the first failure ends the class."""

    maxDiff = None
    failed_before = False

    def run(self, result=None):
        if type(self).failed_before:
            result.startTest(self)
            try:
                raise self.failureException("not tried: an earlier step of this scenario failed")
            except self.failureException:
                result.addFailure(self, sys.exc_info())
            result.stopTest(self)
            return result
        before = len(result.failures) + len(result.errors)
        super().run(result)
        type(self).failed_before = len(result.failures) + len(result.errors) > before
        return result


def main():
    unittest.main(verbosity=2, failfast=False)
