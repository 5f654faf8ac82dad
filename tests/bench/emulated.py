# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Debian that boots into RAM in an emulated machine: how long its root takes, and how much memory the
whole boot touches."""

import re

import common
import disk
from disks import MARK
from vm import Vm

MEMORY_MIB = 3072
NOWHERE = "exec:cat >/dev/null"
GIGABIT = 10**9 // 8        # bytes a second


def resident(pid):
    """Bytes resident of a QEMU: all, and the guest's RAM, which is its largest mapping."""
    with open(f"/proc/{pid}/status", encoding="ascii") as text:
        whole = int(re.search(r"VmRSS:\s+(\d+) kB", text.read()).group(1))
    with open(f"/proc/{pid}/smaps", encoding="utf-8", errors="replace") as text:
        maps = re.findall(r"^Size:\s+(\d+) kB$.*?^Rss:\s+(\d+) kB$", text.read(), re.M | re.S)
    return whole << 10, max((int(size), int(rss)) for size, rss in maps)[1] << 10


def read_all(vm):
    """Seconds that it takes in the guest to find all files of its root, and to read them, with nothing in the page cache."""
    vm.run("sync; echo 3 >/proc/sys/vm/drop_caches", check=True)
    return [float(vm.text(f"read -r a b </proc/uptime; {what} >/dev/null; read -r c b </proc/uptime; "
                          "echo \"$a $c\" | awk '{print $2 - $1}'", 900))
            for what in ("find / -xdev", "find / -xdev -type f -exec cat {} +")]


def boot(disks, kind):
    """Boot once; return the figures."""
    image = disks.disk(kind)
    disk.warm(image)
    name = "bench-" + kind.replace(" ", "-")
    overlay = disks.path(name + ".qcow2")
    disk.output("qemu-img", "create", "-q", "-f", "qcow2", "-b", image, "-F", "raw", overlay)
    with Vm(disks.dir, overlay, "qcow2", memory_mib=MEMORY_MIB, name=name, cpus=2, balloon=True) as vm:
        vm.login(common.ids()["ROOT_PASSWORD"], 600)
        vm.run("systemctl is-system-running --wait", 300)
        if vm.text("findmnt -n -o FSTYPE /") != ("overlay" if kind == "compressed" else "tmpfs"):
            raise RuntimeError(f"{kind}: the root is not in RAM:\n{vm.console()}")
        # By hand, the swap of the disk is on, and nobody has let go of the disk yet.
        vm.run("swapoff -a; for d in /sys/block/sd*; do echo 1 >$d/device/delete; done; sync")
        if vm.text("lsblk --nodeps --noheadings --exclude 7 --output NAME"):
            raise RuntimeError(f"{kind}: the disk is still there")
        told = dict(re.findall(rf"{MARK} (\w+) ([0-9.]+)", vm.text("dmesg")))
        status = vm.text("cat /run/ramimg/status 2>/dev/null || true")
        whole, guest = resident(vm.process.pid)
        moved = vm.move(NOWHERE)
        vm.qmp.command("cont")      # it stopped for the migration
        gigabit = vm.move(NOWHERE, GIGABIT)
        vm.qmp.command("cont")
        found, read = read_all(vm)
    return {"kind": kind, "seconds": float(told["ready"]) - float(told["mounted"]),
            "resident": whole, "guest_resident": guest, "moved": moved["ram"]["transferred"],
            "migration": moved["total-time"] / 1000, "gigabit": gigabit["total-time"] / 1000,
            "found": found, "read": read, "least": None if kind == "by hand" else disks.least_mib(kind),
            "status": status}


def measure(disks, kinds, runs):
    """Run by run, the boots of all kinds, in turn: whatever else the machine does meets them all."""
    for i in range(runs):
        results = []
        for kind in kinds:
            results.append(boot(disks, kind) | {"run": i})
            r = results[-1]
            print(f"run {i + 1}, {kind}: root ready after {r['seconds']:.2f} s, resident "
                  f"{r['resident'] >> 20} MiB, moved {r['moved'] >> 20} MiB", flush=True)
        yield results
