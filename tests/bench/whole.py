# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A whole build, against the procedure by hand through guestfish on the same disk."""

import json
import os
import re
import subprocess
import time

import common
import disk
from command import run

HERE = os.path.dirname(os.path.abspath(__file__))

# What the procedure runs in the guest. Where KVM is not usable its user has to say so to guestfish.
LOCAL = "/usr/share/initramfs-tools/scripts/local"
MENU = """menuentry 'RAM-Debian GNU/Linux' --class debian --class gnu-linux --class gnu --class os {
	load_video
	insmod gzio
	insmod part_msdos
	insmod ext2
	set root='hd0,msdos1'
	linux /boot/KERNEL root=UUID=ROOT ro quiet splash toram
	initrd /boot/initrd.img-ramboot
}
"""
STEPS = (
    ("mkinitramfs", [
        f'sh "cp -a {LOCAL} /root/local && cat /tmp/by-hand >>{LOCAL}"',
        'sh "mkinitramfs -o /boot/initrd.img-ramboot $(ls /lib/modules) 2>&1"',
        f'sh "mv /root/local {LOCAL}"']),
    ("fstab, update-grub", [
        r'sh "cp -a /etc/fstab /etc/fstab.orig && '
        r"sed -i 's,^[^#].*[[:space:]]/[[:space:]].*,none / tmpfs defaults 0 0,' /etc/fstab" '"',
        'sh "cat /tmp/menu >>/etc/grub.d/40_custom && rm /tmp/menu /tmp/by-hand"',
        'sh "update-grub 2>&1"']),
    ("tar -czf", [
        'debug sh "tar -C /sysroot --exclude=./boot/ram.tar.gz -czf /sysroot/boot/ram.tar.gz . 2>&1"']),
)


def kernel(image):
    name, = (n for n in disk.Ext4(image).names("/boot") if n.startswith("vmlinuz-"))
    return name


def script(directory, image):
    """The whole procedure for one run of guestfish, with the time after each step."""
    menu = os.path.join(directory, "menu")
    with open(menu, "w", encoding="utf-8") as out:
        out.write(MENU.replace("KERNEL", kernel(image)).replace("ROOT", common.ids()["ROOT_UUID"]))
    lines = ["run", "mount /dev/sda1 /", "!date +at=%s.%N", f"upload {menu} /tmp/menu",
             f"upload {os.path.join(HERE, 'by-hand')} /tmp/by-hand"]
    for _, commands in STEPS:
        lines += [*commands, "!date +at=%s.%N"]
    return "\n".join([*lines, "umount-all", "shutdown"]) + "\n"


def by_hand(disks):
    image = disks.path("whole.raw")
    disk.copy(disks.fixture, image)
    start = time.time()
    done = subprocess.run(["guestfish", "--format=raw", "-a", image], input=script(disks.dir, image),
                          env=os.environ | {"LIBGUESTFS_BACKEND": "direct",
                                            "LIBGUESTFS_BACKEND_SETTINGS": "force_tcg"},
                          check=True, stdout=subprocess.PIPE, text=True)
    end = time.time()
    at = [float(t) for t in re.findall(r"^at=([0-9.]+)$", done.stdout, re.M)]
    if len(at) != 1 + len(STEPS):
        raise RuntimeError(done.stdout)
    inside = disk.Ext4(image)
    for name in ("/boot/initrd.img-ramboot", "/boot/ram.tar.gz"):
        if inside.size(name) < 10 << 20:
            raise RuntimeError(f"by hand, {name} has {inside.size(name)} bytes:\n{done.stdout}")
    os.unlink(image)
    return {"kind": "by hand", "seconds": end - start,
            "phases": [{"name": "start of the appliance", "seconds": at[0] - start}] +
                      [{"name": name, "seconds": after - before} for (name, _), before, after
                       in zip(STEPS, at[:-1], at[1:], strict=True)]}


def build(disks, image, kind, *options):
    conf = disks.path("whole.conf")
    with open(conf, "w", encoding="utf-8") as out:
        out.write(f'stage: {{ dir = "{disks.path("stage")}"; }};\n')
    artifacts = disks.path("artifacts-whole")
    disk.output("rm", "-rf", artifacts)
    result = run("build", "--json", "--out", artifacts, "--compression", kind, *options, image,
                 work=disks.dir, config=conf)
    if result.status != 0:
        raise RuntimeError(str(result))
    return {"seconds": result.seconds, "phases": json.loads(result.out)["phases"],
            "peak_kib": result.peak_kib}


def change(image):
    """What a day may change in a guest: a log has grown, a package has been upgraded."""
    inside = disk.Ext4(image)
    with open(os.path.join(os.path.dirname(image), "log"), "wb") as out:
        out.write(os.urandom(1 << 20))
    inside.put(out.name, "/var/log/bench.log")


def measure(disks, runs, with_hand=True):
    """Results in the order of the runs; by hand once in the first, as it takes twenty minutes."""
    for i in range(runs):
        if i == 0 and with_hand:
            yield by_hand(disks) | {"run": i}
        for kind in ("gzip", "zstd"):
            image = disks.path("whole.raw")
            disk.copy(disks.fixture, image)
            yield build(disks, image, kind) | {"run": i, "kind": kind}
            if kind == "gzip":
                change(image)
                yield build(disks, image, kind) | {"run": i, "kind": "again"}
            os.unlink(image)
