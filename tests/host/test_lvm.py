# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Volumes on real LVM and LVM-thin, in a virtual machine: its kernel has device-mapper.

Environment: RAMIMG (the program), RAMIMG_HOST_DIR (scratch). `ramimg recover` stands for every command:
it finds the volume, keeps others off, activates and opens it for writing, and takes all that back. An
appliance inside an emulated machine would take its time.
"""

import os
import re
import shutil
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "host"))

from pve import STORAGE_CFG, Host  # noqa: E402
from vmhost import VmHost  # noqa: E402

STORAGES = STORAGE_CFG + """\
lvm: san
\tvgname vms
\tcontent images

lvmthin: thin
\tvgname vms
\tthinpool data
\tcontent images

"""

# As Proxmox VE 9 makes volumes: without autoactivation (LVMPlugin.pm, LvmThinPlugin.pm).
SET_UP = """\
set -e
disk=$(ls /dev/vd? | tail -n 1 2>/dev/null || ls /dev/vd?)
pvcreate -q "$disk"
vgcreate -q vms "$disk"
new="lvcreate -q --yes --setautoactivation n"
$new --wipesignatures y -L 32M -n vm-105-disk-1 vms
$new -L 32M -n vm-107-disk-0.qcow2 vms
$new -L 32M -n snap_vm-107-disk-0_one.qcow2 vms
$new -L 8M -n vm-108-disk-0 vms
lvcreate -q --yes -L 128M --type thin-pool -n data vms
lvcreate -q --yes -V 64M --thinpool data -n vm-106-disk-0 vms
lvchange -q --setautoactivation n vms/vm-106-disk-0
lvcreate -q --yes -s -n vm-106-disk-1 vms/vm-106-disk-0
lvcreate -q --yes -L 16M -c 64k --type thin-pool -n full vms
lvcreate -q --yes -V 8M --thinpool full -n narrow vms
lvcreate -q --yes -V 16M --thinpool full -n filler vms
mke2fs -q -t ext4 /dev/vms/vm-108-disk-0
qemu-img create -q -f qcow2 /dev/vms/snap_vm-107-disk-0_one.qcow2 16M
qemu-img create -q -f qcow2 -b /dev/vms/snap_vm-107-disk-0_one.qcow2 -F qcow2 \\
	/dev/vms/vm-107-disk-0.qcow2
lvchange -an vms
udevadm settle
"""
# The names of the volumes that are active, a line.
ACTIVE = "lvs --noheadings -o lv_name -S 'lv_active=active && lv_name=~\"^(vm|snap)\"' vms | tr -s ' \\n' ' '"


class Lvm:
    def __init__(self, directory):
        shutil.rmtree(directory, ignore_errors=True)
        self.vm = VmHost(directory)
        self.checks = []
        host = Host(self.vm.root)
        host.storage_cfg(STORAGES)
        host.vm(105, "name: one\nboot: order=scsi0\nscsi0: san:vm-105-disk-1,size=32M\n")
        host.vm(106, "name: two\nboot: order=scsi0\nscsi0: thin:vm-106-disk-0,size=64M\n"
                "scsi1: thin:vm-106-disk-1,size=64M\n")
        host.vm(107, "name: three\nboot: order=scsi0\nscsi0: san:vm-107-disk-0.qcow2,size=16M\n")
        host.vm(108, "name: four\nboot: order=scsi0\nscsi0: san:vm-108-disk-0,size=8M\n")
        self.vm.program(os.environ["RAMIMG"], "/usr/bin/ramimg")
        self.vm.program(os.path.join(os.path.dirname(os.environ["RAMIMG"]), "tests/faults/commit_tool"),
                        "/usr/bin/commit_tool")

    def step(self, script, words="", status=0):
        """Run it in the machine; its output must have the words and its status be that."""
        self.checks.append((self.vm.step(script), words, status))

    def active(self, *names):
        self.step(ACTIVE, "^" + "".join(rf" {re.escape(name)}" for name in names) + " ?$")

    def opened(self, target, shown=None):
        self.step(f"ramimg recover {target}", f"^{re.escape(shown or target)}: nothing to recover$")

    def check(self, seconds):
        results = self.vm.run(seconds)
        for number, words, status in self.checks:
            result = results[number]
            if result.status != status or not re.search(words, result.text, re.M):
                raise AssertionError(f"status {status} and {words!r} expected: {result}")


def plain_volumes(lvm):
    lvm.active()
    lvm.opened("san:vm-105-disk-1")
    lvm.active()
    lvm.step("ls /dev/vms/vm-105-disk-1", "No such file", 2)
    lvm.step("lvchange -aey vms/vm-105-disk-1")
    lvm.opened("105")
    lvm.active("vm-105-disk-1")
    lvm.opened("/dev/vms/vm-105-disk-1")
    lvm.step("ramimg recover san:vm-105-disk-9", "vm-105-disk-9.*[Ff]ailed to find", 5)
    lvm.step("ramimg recover none:vm-105-disk-1", "no storage 'none'", 5)


def thin_volumes(lvm):
    lvm.opened("vm-106-disk-0")
    lvm.opened("106")
    # A snapshot has the flag to be skipped by activation.
    lvm.step("lvchange -ay vms/vm-106-disk-1; ls /dev/vms/vm-106-disk-1", "No such file", 2)
    lvm.opened("thin:vm-106-disk-1")
    lvm.active("vm-105-disk-1")


def pool_that_is_full(lvm):
    """A commit is refused while its pool may not have the room, and done once it has."""
    lvm.step("lvchange -ay vms/narrow vms/filler && udevadm settle")
    fill = "tr '\\0' x </dev/zero | dd iflag=fullblock conv=fsync bs=64k count=%d of=/dev/vms/%s"
    lvm.step(fill % (246, "filler"))  # of 256 chunks
    lvm.step(fill % (9, "narrow"))    # one is left
    lvm.step("sha256sum </dev/vms/narrow >/run/narrow")
    lvm.step("commit_tool /dev/vms/narrow /run/stage",
             r"its thin pool has 64\.0 KiB left, and the commit may take .* or more; extend the pool", 3)
    lvm.step("sha256sum </dev/vms/narrow | cat - /run/narrow", r"^(\w{64}).*\n\1 ")
    lvm.step("lvm lvextend -q -L +16M vms/full")
    lvm.step("commit_tool /dev/vms/narrow /run/stage")
    lvm.step("dd if=/dev/vms/narrow bs=64k skip=1 count=1 | grep -c '^Z*$'", "^1$")
    lvm.step("lvchange -an vms/narrow vms/filler")


def qcow2_chain(lvm):
    lvm.opened("san:vm-107-disk-0.qcow2")
    lvm.active("vm-105-disk-1")
    lvm.step("lvchange -aey vms/vm-107-disk-0.qcow2 vms/snap_vm-107-disk-0_one.qcow2")
    lvm.opened("107")
    lvm.step("ramimg recover /dev/vms/snap_vm-107-disk-0_one.qcow2", "is a snapshot by its name", 3)
    lvm.step("lvchange -an vms/vm-107-disk-0.qcow2 vms/snap_vm-107-disk-0_one.qcow2")


def held_by_the_kernel(lvm):
    lv = "/dev/vms/vm-105-disk-1"
    lvm.step(f"sha256sum <{lv} >/run/before")
    lvm.step(f"dmsetup create upon --table '0 8192 linear {lv} 0'")
    lvm.step("ramimg recover 105", "the mapping upon uses it; .*dmsetup remove upon", 3)
    lvm.step("dmsetup remove upon")
    lvm.step(f"losetup /dev/loop0 {lv}")
    lvm.step("ramimg recover 105", "loop device /dev/loop0 uses it.*losetup -d /dev/loop0", 3)
    lvm.step("losetup -d /dev/loop0 && udevadm settle")
    lvm.step("lvchange -aey vms/vm-108-disk-0 && mkdir /run/mnt && "
             "mount -t ext4 /dev/vms/vm-108-disk-0 /run/mnt")
    lvm.step("ramimg recover vm-108-disk-0", "it is mounted at /run/mnt; unmount it", 3)
    lvm.step("umount /run/mnt && lvchange -an vms/vm-108-disk-0")
    lvm.step(f"mkfifo /run/hold; sh -c 'exec 3<>{lv} 4<>/run/hold; read -r x <&4' & "
             "until grep -q . /proc/$!/cmdline && ls -l /proc/$!/fd | grep -q '3 ->'; do :; done; "
             "ramimg recover 105; status=$?; echo >/run/hold; wait; exit $status",
             r"process \d+ \(sh\) has it open for writing", 3)
    lvm.step(f"sha256sum <{lv} | cat - /run/before", r"^(\w{64}).*\n\1 ")
    lvm.opened("105")


def listed(lvm):
    lvm.step("ramimg list", r"^105 +one +scsi0 +san:vm-105-disk-1 +32M +raw +yes +- +- +stopped$")
    lvm.step("ramimg list 107", r"^107 +three +scsi0 +san:vm-107-disk-0.qcow2 +16M +qcow2 +yes")
    lvm.step("ramimg list --json 106", r'"path": "/dev/vms/vm-106-disk-0"')


def main():
    lvm = Lvm(os.path.join(os.path.abspath(os.environ["RAMIMG_HOST_DIR"]), "lvm"))
    lvm.step(SET_UP)
    for part in (plain_volumes, thin_volumes, pool_that_is_full, qcow2_chain, held_by_the_kernel, listed):
        part(lvm)
    lvm.check(600)
    shutil.rmtree(lvm.vm.dir)
    print(f"ok {len(lvm.checks)} steps")


if __name__ == "__main__":
    main()
