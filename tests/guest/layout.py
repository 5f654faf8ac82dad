# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The layout of a disk, read directly, against libguestfs's own word: names, order, types, UUIDs, labels,
and the bytes of a volume that lies in pieces on two physical volumes.

Environment: RAMIMG (its build tree has layout_show), RAMIMG_HOST_DIR (scratch). Root, for loop devices.
"""

import hashlib
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "host"))

import test_layout as layout  # noqa: E402

ONE, TWO, SIZE = 24576 * 512, 231424 * 512, 204800 * 512


# KVM may be there and not work; this takes half a minute without it.
os.environ.update(LIBGUESTFS_BACKEND="direct", LIBGUESTFS_BACKEND_SETTINGS="force_tcg")


def make():
    path = layout.blank(layout.scratch("layout-guest"), 300)
    layout.run("sfdisk", "-q", path, text="label: dos\n1: start=2048, size=20480\n"
               "2: start=22528, size=500000, type=f\n5: start=24576, size=204800, type=8e\n"
               "6: start=231424, size=204800, type=8e\n")
    layout.ext4(path, 1, layout.UUID % 1, "boot")
    with layout.loop(path, ONE, SIZE, True) as one, layout.loop(path, TWO, SIZE, True) as two:
        lvm = layout.Lvm([one, two])
        lvm.starts = {one: ONE, two: TWO}
        lvm("pvcreate", "-q", one, two)
        lvm("vgcreate", "-q", "-s", "1M", "vg-b", one, two)
        for name in ("root", "Home", "a-b"):
            lvm.create("-L", "20M", "-n", name, "vg-b")
        lvm.create("-L", "4M", "-n", "skipped", "-ky", "vg-b")
        lvm("lvextend", "-q", "-L", "+90M", "vg-b/root")
        layout.check_volume(path, lvm, "vg-b/root")
        at, size = layout.extents(lvm, "vg-b/Home")[0]
        with layout.loop(path, at, size, True) as home:
            layout.run("mke2fs", "-q", "-F", "-t", "ext4", "-U", layout.UUID % 3, "-L", "home", home)
    return path


def main():
    path = make()
    got = layout.show(path)
    ask = "".join(f"vfs-type {d[0]}\nvfs-uuid {d[0]}\nvfs-label {d[0]}\n" for d in got)
    text = layout.run("guestfish", text=f"add {path} readonly:true format:raw\nrun\nlist-partitions\nlvs\n"
                      f"part-get-parttype /dev/sda\n{ask}checksum-device md5 /dev/vg-b/root\n")
    volume = subprocess.run([layout.SHOW, "raw", path, "/", "/dev/vg-b/root"], stdout=subprocess.PIPE,
                            check=True).stdout
    want = [d[0] for d in got] + ["msdos"] + [tag for d in got for tag in d[1:4]]
    want.append(hashlib.md5(volume).hexdigest())
    layout.expect(text.splitlines() == want, f"libguestfs says {text.splitlines()}, we say {want}")
    os.unlink(path)
    print("ok")


if __name__ == "__main__":
    main()
