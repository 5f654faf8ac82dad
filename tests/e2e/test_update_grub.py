# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The built disk's own update-grub and grub-editenv, run in a chroot of a copy, which costs no boot: the former changes
nothing of what ramimg wrote, the latter nothing of what GRUB counts. Root, for the chroot."""

import contextlib
import os
import subprocess

import common
from common import BEGIN, CFG, END, GRUBENV
import disk

COUNTED = "ramimg_failed=1"


@contextlib.contextmanager
def chroot_of(image, mountpoint):
    """A function that runs a command of the guest's in it."""
    os.makedirs(mountpoint, exist_ok=True)
    offset = disk.partition_offset(image, 1)
    device = disk.output("losetup", "--find", "--show", f"--offset={offset}", image, text=True).strip()
    mounted = []

    def mount(path, *arguments):
        subprocess.run(["mount", *arguments, mountpoint + path], check=True)
        mounted.append(mountpoint + path)

    try:
        mount("", device)
        mount("/proc", "-t", "proc", "none")
        mount("/sys", "-t", "sysfs", "-o", "ro", "none")
        # By another name: update-grub makes no entries for a root on a loop device.
        mount("/dev", "-t", "tmpfs", "none")
        for name, source in (("null", "/dev/null"), ("urandom", "/dev/urandom"), ("vda", device)):
            found = os.stat(source)
            os.mknod(f"{mountpoint}/dev/{name}", found.st_mode, found.st_rdev)
        os.symlink("vda", mountpoint + device)
        by_uuid = f"{mountpoint}/dev/disk/by-uuid"
        os.makedirs(by_uuid)
        os.symlink("/dev/vda", f"{by_uuid}/{common.ids()['ROOT_UUID']}")
        yield lambda *command: disk.output("chroot", mountpoint, "env", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *command)
    finally:
        for path in reversed(mounted):
            subprocess.run(["umount", path], check=True)
        subprocess.run(["losetup", "--detach", device], check=True)


def of_ramimg(cfg):
    """What a build has put into grub.cfg, and what decides which entry is booted."""
    lines = cfg.decode().splitlines()
    return (common.section(cfg), [line.strip() for line in lines if line.strip().startswith("set default=")],
            lines.count(BEGIN), lines.count(END))


class UpdateGrub(common.E2eTest):
    def test_update_grub_gives_the_same(self):
        image = common.in_workdir("updated.raw")
        disk.copy(common.built("built.raw"), image)
        root = disk.Ext4(image)
        before = root.read(CFG)
        with chroot_of(image, common.in_workdir("mnt")) as guest:
            # Which proves that it is written anew.
            guest("sh", "-c", f": >{CFG}")
            guest("update-grub")
            # What grub-common.service does after each boot.
            guest("grub-editenv", GRUBENV, "set", COUNTED, "recordfail=1")
            guest("grub-editenv", GRUBENV, "unset", "recordfail")
        after = root.read(CFG)
        self.assertIn(BEGIN, common.section(before))
        self.assertIn(b"menuentry 'Debian GNU/Linux'", after)
        self.assertEqual(of_ramimg(after), of_ramimg(before))
        self.assertEqual(common.failed_boots(root), [COUNTED])
        self.assertEqual(root.check(), "")
        os.remove(image)


if __name__ == "__main__":
    common.main()
