# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""detach, attach, status and check-migrate against real QEMUs with Proxmox VE's device layout.

No guest runs in them (tests/e2e has one): a SCSI disk comes out without a guest's help, a PCI device
does not, which is how a guest whose hotplug does not answer looks.

Environment: RAMIMG (the program), RAMIMG_HOST_DIR (scratch).
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "support"))
sys.path.insert(0, os.path.join(TESTS, "host"))
sys.path.insert(0, os.path.join(TESTS, "e2e"))

from cases import expect, main  # noqa: E402
from command import Command  # noqa: E402
from documents import never_seen  # noqa: E402
from fakeguest import Agent  # noqa: E402
from pve import STORAGE_CFG  # noqa: E402
from pveqemu import PveQemu  # noqa: E402
from sockets import short  # noqa: E402
from test_host import NEWER, OLDER, Work, guest_disk  # noqa: E402
from vm import Qmp, deadline  # noqa: E402

CASES = {}
HEAD = "#web%3A one\nagent: 1\nboot: order=scsi0;net0\nname: web\n"
MARKED = HEAD.replace("one\n", "one\n#ramimg detached scsi0=san%3Avm-105-disk-1,iothread=1,size=1M\n")
TAIL = "\n[one]\nname: web\n"
DISK = "scsi0: san:vm-105-disk-1,iothread=1,size=1M\n"
SINGLE = "scsihw: virtio-scsi-single\n"
SHARED = "scsi1: none,media=cdrom\nscsihw: virtio-scsi-pci\n"
IN_RAM = '{"result": "ram", "build": "0123456789abcdef", "released": ["sda"], "kept": []}'


def case(function):
    CASES["live-" + function.__name__.replace("_", "-")] = function
    return function


class Vm:
    """VM 105 on a host in a folder, its disk on shared storage."""

    def __init__(self, work, hardware=SINGLE, disk=DISK, guest_timeout=2, way="pending", more=""):
        self.work = work
        self.image = work.host.volume("san", "vm-105-disk-1", work.host.image("disk.raw"))
        work.host.storage_cfg(STORAGE_CFG + "lvm: san\n\tvgname san\n\tshared 1\n\tcontent images\n")
        self.text = HEAD + disk + hardware + TAIL
        self.moved = HEAD + hardware + "\n[PENDING]\n" + disk + TAIL
        work.host.vm(105, self.text)
        work.configure()
        with open(work.config, "a", encoding="utf-8") as text:
            text.write(f'detach: {{ guest_timeout = {guest_timeout}; config = "{way}"; {more}}};\n')

    def conf(self):
        path = self.work.host.path("etc/pve/nodes/pve1/qemu-server/105.conf")
        with open(path, encoding="utf-8", newline="") as text:
            return text.read()

    def qemu(self, **kwargs):
        return PveQemu(self.work.host, 105, self.image, **kwargs)

    def agent(self, status=IN_RAM, mounts=()):
        return Agent(self.work.host.path("var/run/qemu-server/105.qga"), status, mounts)

    def refused(self, words, *options, status=3, command="detach"):
        before = self.conf()
        result = self.work.run(command, *options, "105")
        expect(result.status == status and re.search(words, result.err), f"{words!r}: {result}")
        expect(self.conf() == before, f"the configuration has changed: {self.conf()}")
        names = os.listdir(self.work.host.path("etc/pve/nodes/pve1/qemu-server"))
        expect(names == ["105.conf"], names)
        return result

    def has(self, qemu, *names):
        """Whether QEMU has devices, nodes and objects of these names."""
        qmp = Qmp(qemu.path("qmp"))
        text = json.dumps([qmp.command("query-block"), qmp.command("query-named-block-nodes"),
                           qmp.command("qom-list", path="/machine/peripheral"),
                           qmp.command("qom-list", path="/objects")])
        qmp.channel.close()
        return [f'"{name}"' in text for name in names]


ALL = ("scsi0", "drive-scsi0", "throttle-drive-scsi0")
OWN = (*ALL, "virtioscsi0", "iothread-virtioscsi0")


def check_all(vm, qemu, there):
    found = vm.has(qemu, *ALL)
    expect(found == [there] * len(ALL), found)
    expect(qemu.holds_disk() == there, "the image is open" if not there else "the image is closed")


@case
def shared_controller(work):
    """The disk, its nodes and its throttle group go; the controller stays for the CD-ROM."""
    vm = Vm(work, SHARED)
    with vm.qemu(bus="shared") as qemu, vm.agent():
        check_all(vm, qemu, True)
        status = json.loads(work.run("status", "--json", "105").out)["vms"][0]
        expect(status["root"] == "ram" and status["form"] == "tmpfs" and status["disk"] == "released" and
               status["config"] == "attached" and status["running"], status)
        result = work.run("detach", "--dry-run", "105")
        expect(result.status == 0, result)
        expect([json.loads(line[5:])["execute"] for line in result.out.splitlines()
                if line.startswith("QMP: ")] == ["device_del", *["blockdev-del"] * 3, "object-del"], result)
        expect("\n-scsi0: san:vm-105-disk-1" in result.out and "\n+[PENDING]\n+scsi0: san" in result.out,
               result)
        check_all(vm, qemu, True)
        expect(vm.conf() == vm.text, vm.conf())
        result = work.run("detach", "105")
        expect(result.status == 0 and "a reboot inside the guest finds no disk" in result.err, result)
        check_all(vm, qemu, False)
        expect(vm.has(qemu, "scsihw0") == [True], "the shared controller is gone")
        expect(vm.conf() == vm.moved, vm.conf())
        result = work.run("detach", "--json", "105")      # nothing left to do
        expect(result.status == 0 and vm.conf() == vm.moved, result)
        codes, _ = remarks(result)
        expect(codes == ["backup", "snapshot", "clone", "revert", "poweroff"], codes)
        document = json.loads(result.out)
        del document["remarks"]
        expect(document == {"format": "ramimg.detach/1", "vmid": 105, "drive": "scsi0", "changed": False,
                            "commands": [], "live": False, "config_before": vm.moved, "config_after": vm.moved}, result)
        status = json.loads(work.run("status", "--json").out)["vms"][0]
        expect(status["disk"] == "detached" and status["config"] == "pending", status)
        result = work.run("check-migrate", "105")
        expect(result.status == 0 and "nothing is in the way" in result.out, result)
        result = work.run("attach", "105")
        expect(result.status == 0, result)
        check_all(vm, qemu, True)
        expect(vm.conf() == vm.text, vm.conf())


@case
def documents_of_real_runs(work):
    """Each document about VMs, with all that docs/json.md says is always there. (That each is as the page says is
    checked of every run.)"""
    vm = Vm(work, SHARED + "hookscript: local:snippets/hook.pl\n")
    work.host.vm(106, "name: off\nhostpci0: 01:00\nvirtio0: local:106/vm-106-disk-0.raw\n")
    shown = []
    with vm.qemu(bus="shared"), vm.agent():
        for arguments, status in ((["list"], 0), (["status"], 0), (["check-migrate", "106"], 3),
                                  (["check-migrate", "105"], 0), (["detach", "--dry-run", "105"], 0), (["detach", "105"], 0),
                                  (["attach", "--dry-run", "105"], 0), (["attach", "105"], 0), (["detach", "106"], 3)):
            result = work.run(*arguments, "--json", prefix=work.fake("dpkg-query", "printf 8.4.10"))
            expect(result.status == status, result)
            shown.append(json.loads(result.out))
    name = lambda word: f"ramimg.{word}/1"
    missing = never_seen(shown, map(name, ("list", "status", "check-migrate", "detach", "attach", "error")), each=False)
    expect(not missing, missing)


@case
def shared_controller_with_drive(work):
    """Machine versions before 10.0: a -drive, which goes with its device."""
    vm = Vm(work, SHARED)
    with vm.qemu(bus="shared", blockdev=False) as qemu, vm.agent():
        result = work.run("detach", "105")
        expect(result.status == 0, result)
        expect(vm.has(qemu, "scsi0", "drive-scsi0") == [False, False] and not qemu.holds_disk(), "left")
        expect(vm.conf() == vm.moved, vm.conf())
        result = work.run("attach", "105")
        expect(result.status == 0, result)
        expect(vm.has(qemu, "scsi0", "drive-scsi0") == [True, True] and qemu.holds_disk(), "not back")
        expect(vm.conf() == vm.text, vm.conf())


@case
def reboot_that_ends_qemu(work):
    """With `reboot: 0` a reboot inside the guest is a stop, and nothing has to be said of it."""
    vm = Vm(work, SHARED + "reboot: 0\n")
    work.host.vm(105, vm.text)
    with vm.qemu(bus="shared"), vm.agent():
        result = work.run("detach", "105")
        expect(result.status == 0 and "a reboot" not in result.err, result)


@case
def attach_without_a_command_line(work):
    """A VM that was migrated, or is off: QEMU cannot be told how, the next start has the disk."""
    vm = Vm(work, SHARED)
    work.host.vm(105, vm.moved)
    vm.image = None
    with vm.qemu() as qemu:
        # Pending it is already: nothing can be done, which is no success.
        result = work.run("attach", "105")
        expect(result.status == 3 and "VM 105: nothing was changed: scsi0 cannot be plugged into the running "
               "VM (QEMU's command line has no device scsi0); it is pending" in result.err, result)
        expect(vm.conf() == vm.moved and vm.has(qemu, "scsi0") == [False], vm.conf())
        # Without a drive that Proxmox would bring back by itself, it becomes pending.
        work.host.vm(105, HEAD + SHARED + "unused0: san:vm-105-disk-1\n\n[PENDING]\nboot: order=net0\n"
                     + TAIL)
        result = work.run("attach", "105")
        expect(result.status == 0 and "at the VM's next start" in result.out, result)
        expect(vm.conf() == vm.moved.replace(",iothread=1,size=1M", ""), vm.conf())
    work.host.vm(105, vm.moved)
    result = work.run("attach", "--dry-run", "105")
    expect(result.status == 0 and "\n-[PENDING]\n" in result.out and vm.conf() == vm.moved, result)
    result = work.run("attach", "105")
    expect(result.status == 0 and vm.conf() == vm.text, f"{result}{vm.conf()}")
    result = work.run("attach", "105")
    expect(result.status == 0 and "is already attached; nothing was changed" in result.out and
           vm.conf() == vm.text, f"{result}{vm.conf()}")


@case
def ways_of_the_configuration(work):
    for way, want in (("unused", MARKED + SHARED + "unused0: san:vm-105-disk-1\n\n[PENDING]\n"
                       "boot: order=net0\n" + TAIL),
                      ("by-hand", HEAD + DISK.replace("\n", ",disabled=1\n") +
                       SHARED.replace("-pci\n", "-pci,disabled=1\n") + TAIL)):
        vm = Vm(work, SHARED, way=way)
        with vm.qemu(bus="shared") as qemu, vm.agent():
            result = work.run("detach", "105")
            expect(result.status == 0 and vm.conf() == want, f"{result}{vm.conf()}")
            expect(way != "by-hand" or "drops it" in result.err, result)
            check_all(vm, qemu, False)
            result = work.run("attach", "105")
            expect(result.status == 0 and vm.conf() == vm.text, f"{result}{vm.conf()}")
            check_all(vm, qemu, True)
        work.host.vm(105, vm.text)


@case
def unused_without_a_boot_order(work):
    """Running it again does not go for the data disk, and attach finds the right one of two."""
    vm = Vm(work, SHARED.replace("scsi1: none,media=cdrom", "scsi1: san:vm-105-disk-9") +
            "unused0: san:vm-105-disk-0\n", disk=DISK, way="unused")
    text = vm.text.replace("boot: order=scsi0;net0\n", "")
    work.host.vm(105, text)
    with vm.qemu(bus="shared") as qemu, vm.agent():
        for said in ("VM 105: scsi0 is detached", "VM 105: scsi0 is already detached; nothing was changed"):
            result = work.run("detach", "105")
            expect(result.status == 0 and said in result.out, result)
            expect("unused1: san:vm-105-disk-1\n" in vm.conf() and "scsi1: san:" in vm.conf(), vm.conf())
        check_all(vm, qemu, False)
        result = work.run("attach", "105")
        expect(result.status == 0 and vm.conf() == text, f"{result}{vm.conf()}")
        check_all(vm, qemu, True)
        work.host.vm(105, "protection: 1\n" + text)
        vm.refused("it is protected .protection: 1.")


@case
def controller_of_its_own(work):
    """Proxmox VE's default: disk, controller and I/O thread go and come, whatever the configuration
    keeps of the drive's options, and whichever the machine."""
    for way, machine in (("pending", "q35"), ("unused", "pc")):
        vm = Vm(work, SINGLE, way=way, guest_timeout=30)
        with vm.qemu(machine=machine) as qemu, vm.agent():
            with qemu.answering():
                result = work.run("detach", "105")
            expect(result.status == 0, result)
            expect(vm.has(qemu, *OWN) == [False] * len(OWN) and not qemu.holds_disk(), vm.has(qemu, *OWN))
            result = work.run("attach", "105")
            expect(result.status == 0, result)
            expect(vm.has(qemu, *OWN) == [True] * len(OWN) and qemu.holds_disk(), vm.has(qemu, *OWN))


# A row of docs/proxmox.md: what may be on a line of the configuration, and how PveQemu calls it.
BUSES = {"virtio-scsi-single": "single", "": "virtio"}


def controllers():
    """The rows of the table of controllers, each as a dictionary by the table's head."""
    with open(os.path.join(os.path.dirname(TESTS), "docs/proxmox.md"), encoding="utf-8") as text:
        table = text.read().split("<!-- controllers: begin -->\n")[1].split("<!-- controllers: end -->")[0]
    lines = [[cell.strip().replace("`", "") for cell in line.strip().strip("|").split("|")]
             for line in table.splitlines()]
    return [dict(zip(lines[0], cells)) for cells in lines[2:]]


def leaving(result):
    """What a dry run says that it would unplug, block nodes as one."""
    orders = [json.loads(line[5:])["arguments"] for line in result.out.splitlines() if line.startswith("QMP: ")]
    names = [order.get("id", "its block nodes") for order in orders]
    return [name for at, name in enumerate(names) if name not in names[:at]]


@case
def controllers_that_disks_hang_on(work):
    """Each row of docs/proxmox.md, on both machines: found by a build, and unplugged or refused as the row says."""
    rows = controllers()
    expect([row["drive"] for row in rows] == ["scsi0"] * 6 + ["virtio0", "sata0", "ide0"], rows)
    for row in rows:
        disk = DISK.replace("scsi0", row["drive"])
        if row["drive"] in ("sata0", "ide0"):
            disk = disk.replace("iothread=1,", "")      # Proxmox VE would drop the whole line
        hardware = f"scsihw: {row['scsihw']}\n" if row["scsihw"] else ""
        vm = Vm(work, hardware, disk=disk, guest_timeout=30)
        vm.text = vm.text.replace("order=scsi0", "order=" + row["drive"])
        work.host.vm(105, vm.text)
        result = work.run("list", "--json", "105")
        found = json.loads(result.out)["volumes"]
        expect([(v["drive"], v["boot"], v["volid"]) for v in found] == [(row["drive"], True, "san:vm-105-disk-1")], result)
        for machine in ("pc", "q35"):
            refused = row["detach"].removeprefix("no: ")
            bus = BUSES.get(row["scsihw"], row["scsihw"]) if refused == "yes" else "shared"
            with vm.qemu(bus=bus, machine=machine) as qemu, vm.agent():
                if refused != "yes":
                    vm.refused(re.escape(refused))
                    continue
                result = work.run("detach", "--dry-run", "105")
                expect(leaving(result) == row["leaves QEMU, in this order"].split(", "), f"{row}: {result}")
                if (bus, machine) == ("lsi", "pc"):     # of the others there are cases of their own
                    out_and_back(work, vm, qemu)


def has_test(name, row, machine):
    """Whether there is a test of this name, with such a disk on such a machine."""
    where, _, what = name.partition("/")
    bus = row["scsihw"] if row["scsihw"].startswith("lsi") else row["drive"][:-1]
    if where == "matrix":
        with open(os.path.join(TESTS, "matrix/guests.table"), encoding="ascii") as text:
            return any(words[:1] == [what] and bus in words and machine in words for words in map(str.split, text))
    if what.startswith("unplug-"):
        with open(os.path.join(TESTS, "guest/unplug.py"), encoding="utf-8") as text:
            device = {"scsi": '"virtio-scsi-pci,id=virtioscsi0', "virtio": '"virtio-blk-pci,'}.get(bus, f'"{bus},id=')
            return what == "unplug-" + machine and device in text.read()
    if where == "guest":
        with open(os.path.join(TESTS, "guest/initrd_boot.py"), encoding="utf-8") as text:
            body = text.read().partition(f"def test_{what.removeprefix('initrd-')}(")[2].partition("\n    def ")[0]
        return machine == "pc" and f'"{bus}"' in body
    with open(os.path.join(TESTS, "e2e/CMakeLists.txt"), encoding="utf-8") as text:
        text = text.read()
    layout = what.removeprefix("detach").removeprefix("-")
    kind = "virtio" if layout == "virtio" else "virtio-scsi-single"
    words = re.search(r"foreach\(layout (.*)\)", text)[1].split() if layout else ["detach"]
    return machine == "pc" and kind in (row["scsihw"], bus) and what.startswith("detach") and (layout or what) in words


@case
def controllers_that_guests_let_go_of(work):
    """Each test that docs/proxmox.md names is there, and of that controller and machine."""
    seen = 0
    for row in controllers():
        for head, machine in (("let go of on i440fx", "pc"), ("on q35", "q35")):
            for name in row[head].split(", "):
                seen += name != "not seen"
                expect(name == "not seen" or has_test(name, row, machine), f"{name} is no test of {row} on {machine}")
    expect(seen > 8, f"{work.dir}: the table names {seen} tests")


def out_and_back(work, vm, qemu):
    with qemu.answering():
        result = work.run("detach", "105")
    expect(result.status == 0, result)
    check_all(vm, qemu, False)
    expect(vm.has(qemu, "scsihw0") == [False], "the controller is left")
    result = work.run("attach", "105")
    expect(result.status == 0 and vm.conf() == vm.text, result)
    check_all(vm, qemu, True)


@case
def volume_that_was_moved(work):
    """QEMU's command line has the volume of its start: neither attach nor a roll-back plugs that in."""
    for text in (DISK.replace("disk-1", "disk-2"), DISK.replace("san:", "other:")):
        vm = Vm(work, SHARED, disk=text)
        with vm.qemu(bus="shared") as qemu, vm.agent():
            result = work.run("detach", "105")
            expect(result.status == 0 and vm.conf() == vm.moved, result)
            words = (r"scsi0 cannot be put back .*QEMU's command line has scsi0 with \S+/vm-105-disk-1, "
                     r"which is not known to be (san:vm-105-disk-2|other:vm-105-disk-1)")
            expect(re.search(words, result.err), result)
            result = work.run("attach", "105")
            expect(result.status == 3 and "and the VM has it at its next start" in result.err, result)
            expect(vm.has(qemu, *ALL) == [False] * 3 and vm.conf() == vm.moved, vm.conf())


@case
def attach_that_fails(work):
    """What was plugged in by then goes again: QEMU does not keep a volume open that is detached."""
    vm = Vm(work, SINGLE, guest_timeout=30)
    with vm.qemu() as qemu, vm.agent():
        with qemu.answering():
            result = work.run("detach", "105")
        expect(result.status == 0 and vm.conf() == vm.moved, result)
        qmp = Qmp(qemu.path("second"))
        qmp.command("device_add", driver="virtio-rng-pci", id="taken", bus="pci.3", addr="0x1")
        vm.refused("PCI: slot 1 function 0 .*in use", command="attach", status=1)
        expect(vm.has(qemu, *OWN) == [False] * len(OWN) and not qemu.holds_disk(), vm.has(qemu, *OWN))


def without_an_answer(work, **kwargs):
    """A PCI device that the guest does not let go of: all as before, in QEMU and configuration."""
    vm = kwargs.pop("vm", None) or Vm(work)
    with vm.qemu(run=True, **kwargs) as qemu, vm.agent():
        qemu.wait_for_bios()
        before = vm.has(qemu, *ALL, "virtioscsi0", "virtio0", "iothread-virtioscsi0")
        result = vm.refused(r"the guest did not let go of (virtioscsi0|virtio0) within 2 s")
        after = vm.has(qemu, *ALL, "virtioscsi0", "virtio0", "iothread-virtioscsi0")
        expect(before == after and qemu.holds_disk(), f"{before} {after} {result}")
        vm.refused(r"the guest did not let go of (virtioscsi0|virtio0) within 2 s .*may still go later")
        # Which it does: running it again goes on from there.
        with qemu.answering():
            until = deadline(60)
            while any(vm.has(qemu, "scsi0", "virtioscsi0", "virtio0")):
                expect(time.monotonic() < until, "QEMU has forgotten what it asked for")
        result = work.run("check-migrate", "105")
        expect(result.status == 3 and "is out of the running QEMU and still in" in result.out, result)
        result = work.run("detach", "105")
        expect(result.status == 0 and "[PENDING]" in vm.conf() and not qemu.holds_disk(), result)


@case
def hotplug_without_an_answer(work):
    without_an_answer(work)


@case
def hotplug_without_an_answer_with_drive(work):
    without_an_answer(work, blockdev=False)


@case
def hotplug_without_an_answer_virtio(work):
    vm = Vm(work, "", disk="virtio0: san:vm-105-disk-1,iothread=1,size=1M\n")
    work.host.vm(105, vm.text.replace("order=scsi0", "order=virtio0"))
    without_an_answer(work, vm=vm, bus="virtio")


def address(bus="scsi", unit=0, slot=5):
    """A disk's place, as the guest agent has it."""
    return {"bus-type": bus, "bus": 0, "target": 0, "unit": unit,
            "pci-controller": {"domain": 0, "bus": 0, "slot": slot, "function": 0}}


@case
def not_in_ram(work):
    """The guest's word: from disk, still holding it, built to keep it, or nothing at all."""
    vm = Vm(work, SHARED)
    with vm.qemu(bus="shared") as qemu:
        for status, words in (
                ('{"result": "disk", "build": null, "released": [], "kept": []}',
                 "runs from its disk, not from RAM"),
                ('{"result": "ram", "build": "x", "released": [], "kept": ["sda: is mounted on /mnt"]}',
                 "has not let go of its disk: sda: is mounted on /mnt"),
                ('{"result": "ram", "build": "x", "released": [], "kept": []}', "built to keep its disk"),
                ("[1]", "is not a status of the loader"),
                (None, "nothing says that the guest runs from RAM.*failed to open")):
            with vm.agent(status):
                vm.refused(words, status=1 if status in (None,) else 3)
        with vm.agent('{"result": "ram", "form": "compressed"}'):
            row = work.run("status", "105").out.splitlines()[1]
            expect("  ram, compressed  " in row, row)
        for disks in ([{}], [address(bus="unknown")], [address()], [address(unit=4), address()]):
            with vm.agent(mounts=[("sda1", "/mnt", disks)]):
                vm.refused("has not let go of its disk: sda1: is mounted at /mnt")
        os.unlink(work.host.path("var/run/qemu-server/105.qga"))
        vm.refused("nothing says that the guest runs from RAM.*--assume-ram", status=1)
        check_all(vm, qemu, True)
        result = work.run("detach", "--assume-ram", "105")
        expect(result.status == 0 and vm.conf() == vm.moved, result)
        check_all(vm, qemu, False)


@case
def data_disks_stay_mounted(work):
    """Only what lies on the disk that is to go is in the way of it."""
    vm = Vm(work, SHARED)
    data = [("sdb1", "/srv", [address(unit=1)]), ("vda1", "/data", [address("virtio", slot=11)]),
            ("sr0", "/cd", [address("ide", unit=0)])]
    with vm.qemu(bus="shared") as qemu, vm.agent(mounts=data):
        status = json.loads(work.run("status", "--json", "105").out)["vms"][0]
        expect(status["disk"] == "released", status)
        result = work.run("detach", "105")
        expect(result.status == 0 and vm.conf() == vm.moved, result)
        check_all(vm, qemu, False)


@case
def mounts_of_virtio_disks(work):
    """virtio0 has the slot 10."""
    vm = Vm(work, "", disk="virtio0: san:vm-105-disk-1,size=1M\n")
    work.host.vm(105, vm.text.replace("order=scsi0", "order=virtio0"))
    with vm.qemu(bus="virtio"):
        for mount, disk in ((address("virtio", slot=10), "attached"), (address(), "released"),
                            (address("virtio", slot=11), "released"),
                            (address("virtio", slot=-1), "attached")):
            with vm.agent(mounts=[("x1", "/x", [mount])]):
                status = json.loads(work.run("status", "--json", "105").out)["vms"][0]
                expect(status["disk"] == disk, f"{mount}: {status}")


@case
def disk_in_use(work):
    """Whatever the guest says: a disk that is read while it is looked at is not pulled."""
    vm = Vm(work, SHARED)
    with vm.qemu(bus="shared") as qemu, vm.agent():
        command = Command("detach", "-v", "--pve-root", work.host.root, "--assume-ram", "105",
                          work=work.dir, config=work.config)
        command.wait_for("watching scsi0", 30)
        # A read through the disk's own device, as its guest would have it counted.
        second = Qmp(qemu.path("second"))
        second.command("human-monitor-command", **{"command-line": 'qemu-io -d scsi0 "aio_read 0 512"'})
        result = command.finish(60)
        expect(result.status == 3 and re.search(r"the guest still uses scsi0 \(\d+ reads", result.err),
               result)
        expect(vm.conf() == vm.text, vm.conf())
        check_all(vm, qemu, True)


@case
def states_that_are_refused(work):
    vm = Vm(work, SHARED)
    plain = vm.text.replace(",iothread=1", "")
    vm.refused("does not run here")
    with vm.qemu(bus="shared"), vm.agent():
        for text, words, status in (
                (vm.text.replace("name: web\n", "lock: migrate\nname: web\n", 1), "is locked .migrate.", 3),
                (plain.replace("scsi0", "sata0"), "QEMU cannot unplug SATA disks", 3),
                (plain.replace("scsi0", "ide0"), "QEMU cannot unplug IDE disks", 3),
                (vm.text.replace("virtio-scsi-pci", "pvscsi"), "whose disks the guest agent cannot tell apart", 3),
                (HEAD.replace("scsi0;", "") + TAIL, "has no hard disk", 2)):
            work.host.vm(105, text)
            vm.refused(words, status=status)
    work.host.vm(105, vm.text, node="pve2")
    os.unlink(work.host.path("etc/pve/nodes/pve1/qemu-server/105.conf"))
    for command in ("detach", "attach", "status", "check-migrate"):
        result = work.run(command, "105")
        expect(result.status == 3 and "on the node 'pve2'" in result.err, result)


def remarks(result):
    """The codes of a document's remarks, and their messages."""
    document = json.loads(result.out)
    found = document["vms"][0] if "vms" in document else document
    return [r["code"] for r in found["remarks"]], [r["message"] for r in found["remarks"]]


@case
def what_proxmox_does_to_it(work):
    """Backups, snapshots and a reverted change know only the main section: said at detach and in the status."""
    vm = Vm(work, SHARED)
    work.host.put("etc/pve/user.cfg", "pool:web:the%20web:105:nas:\n")
    work.host.put("etc/pve/jobs.cfg", """\
vzdump: nightly
\tschedule 21:00
\tpool web
\tstorage pbs

vzdump: off
\tschedule 22:00
\tenabled 0
\tall 1

vzdump: others
\tschedule 23:00
\tall 1
\texclude 105
""")
    with vm.qemu(bus="shared"), vm.agent():
        codes, _ = remarks(work.run("detach", "--dry-run", "--json", "105"))
        expect(codes == ["backup", "snapshot", "clone", "revert", "poweroff"], codes)
        result = work.run("detach", "105")
        expect(result.status == 0 and
               'while VM 105 is detached: backups have no scsi0 (job nightly); snapshots have no scsi0, and a '
               'rollback to one loses it; clones and templates have no scsi0; "Revert" in the GUI makes scsi0 an '
               'unused disk; after a poweroff inside the guest, or a crash, scsi0 stays pending until the next '
               'start (docs/before-you-rely-on-it.md)' in result.err, result)
        # [one], which was there before, has no scsi0 either; [two] is taken as Proxmox VE takes it now.
        work.host.vm(105, vm.moved.replace("[one]\n", "[one]\n" + DISK) + "\n[two]\nname: web\nparent: one\n")
        result = work.run("status", "105")
        notes = [line for line in result.out.splitlines() if ": note: " in line]
        expect(result.status == 0 and notes == [
            "105: note: snapshot two without scsi0: after a rollback its volume is in no configuration "
            "(then: qm disk rescan --vmid 105)",
            "105: note: backup job nightly covers it, without scsi0 while that is detached"], result)
        # What "Revert" leaves: API2/Qemu.pm:update_vm_api.
        work.host.vm(105, HEAD + SHARED + "unused0: san:vm-105-disk-1\n\n[PENDING]\nboot: order=net0\n" + TAIL)
        result = work.run("status", "--json", "105")
        codes, messages = remarks(result)
        expect(result.status == 0 and codes == ["unused", "snapshot", "backup"] and
               "to have it back: ramimg attach 105" in messages[0], result)
        work.host.vm(105, vm.moved)
    # The guest has powered itself off: nothing pending was applied.
    codes, messages = remarks(work.run("status", "--json", "105"))
    expect(codes == ["pending-not-applied", "snapshot", "backup"], codes)
    expect("until its next start backups, clones, snapshots and templates have no scsi0" in messages[0], messages)
    result = work.run("attach", "105")
    expect(result.status == 0, result)
    codes, _ = remarks(work.run("status", "--json", "105"))
    expect(codes == ["snapshot"], codes)


@case
def backup_jobs_that_refuse(work):
    """detach.backup = "refuse": before anything is touched, with the job's name and what to do."""
    vm = Vm(work, SHARED, more='backup = "refuse"; ')
    cron = "30 1 * * sat           root vzdump 104 105 --mode snapshot --quiet 1\n"
    work.host.put("etc/pve/vzdump.cron", cron)
    with vm.qemu(bus="shared") as qemu, vm.agent():
        result = vm.refused(r"a backup job covers it, .*detach\.backup is .refuse.: vzdump\.cron:1; exclude")
        expect("while VM 105 is detached" not in result.err, result)
        check_all(vm, qemu, True)
        work.host.put("etc/pve/vzdump.cron", cron.replace("105", "105 $(cat more)"))
        vm.refused("whether a backup job covers it is not known, .*its arguments are not understood")
        # A drive that no backup has anyway.
        text = vm.text.replace("iothread=1", "iothread=1,backup=0")
        work.host.put("etc/pve/vzdump.cron", cron)
        work.host.vm(105, text)
        result = work.run("detach", "105")
        expect(result.status == 0 and "while VM 105 is detached: snapshots have no scsi0" in result.err, result)
        check_all(vm, qemu, False)


@case
def configuration_that_cannot_be_written(work):
    """No quorum: pmxcfs refuses every write, before anything is unplugged."""
    vm = Vm(work, SHARED)
    directory = work.host.path("etc/pve/nodes/pve1/qemu-server")
    subprocess.run(["mount", "--bind", directory, directory], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", directory], check=True)
        with vm.qemu(bus="shared") as qemu, vm.agent():
            vm.refused("the configuration cannot be written .no quorum", status=1)
            check_all(vm, qemu, True)
    finally:
        subprocess.run(["umount", directory], check=True)


@case
def configuration_that_changes_meanwhile(work):
    """Somebody writes it without the lock, between our reading and our writing."""
    vm = Vm(work, SHARED)
    with vm.qemu(bus="shared") as qemu, vm.agent():
        command = Command("detach", "-v", "--pve-root", work.host.root, "105", work=work.dir,
                          config=work.config)
        command.wait_for("watching scsi0", 60)
        other = Qmp(qemu.path("qmp"))       # meanwhile the monitor is everybody's
        other.command("query-status")
        other.channel.close()
        work.host.vm(105, vm.text.replace("name: web", "name: new", 1))
        result = command.finish(60)
        expect(result.status == 3 and "has been changed in the meantime" in result.err, result)
        expect("name: new" in vm.conf() and "[PENDING]" not in vm.conf(), vm.conf())
        check_all(vm, qemu, True)


@case
def waiting(work):
    """A guest that boots, a configuration that a backup has locked: waited for. A VM that is off, not."""
    vm = Vm(work, SHARED)
    result = work.run("detach", "--wait", "105")
    expect(result.status == 3 and "does not run here" in result.err, result)
    expect(result.seconds < 30, result)
    locked = vm.text.replace("name: web\n", "lock: backup\nname: web\n", 1)
    work.host.vm(105, locked)
    with vm.qemu(bus="shared") as qemu:
        command = Command("detach", "-v", "--wait", "--pve-root", work.host.root, "105", work=work.dir,
                          config=work.config)
        command.wait_for("waiting: the guest does not say", 60)     # no agent yet
        with vm.agent() as agent:
            until = deadline(60)
            while agent.asked.count("guest-get-fsinfo") < 2:        # and tried again
                expect(time.monotonic() < until, f"not asked twice for its disks: {agent.asked}")
                time.sleep(0.05)
            expect(vm.conf() == locked, vm.conf())
            work.host.vm(105, vm.text)
            result = command.finish(60)
            expect(result.status == 0 and vm.conf() == vm.moved, f"{result}{vm.conf()}")
            check_all(vm, qemu, False)
    work.configure()
    with open(work.config, "a", encoding="utf-8") as text:
        text.write("detach: { wait = 1; };\n")
    work.host.vm(105, locked)
    with vm.qemu(bus="shared"), vm.agent():
        vm.refused("waited for 1 s: .*is locked .backup.", "--wait")
    with vm.qemu(bus="shared"):
        vm.refused("waited for 1 s: the guest does not say that it runs from RAM", "--wait", status=1)


def signal_at(command, words, number):
    """The signal as soon as stderr has the words; it may have come to its end by then."""
    try:
        command.wait_for(words, 60)
    except AssertionError:
        expect(words in command.text("err"), command.finish(1))
    command.signal(number)


def killed_at(work, vm, steps, gone, **kwargs):
    """SIGKILL as soon as a step is about to be taken; then the command again reaches the end."""
    for step in steps:
        work.host.vm(105, vm.text)
        with vm.qemu(**kwargs) as qemu, vm.agent(), qemu.answering():
            command = Command("detach", "-v", "--pve-root", work.host.root, "105", work=work.dir,
                              config=work.config)
            signal_at(command, step, signal.SIGKILL)
            result = command.finish(30)
            expect(result.status in (-signal.SIGKILL, 0) and step in result.err, result)
            expect(vm.conf() in (vm.text, vm.moved), vm.conf())
            result = work.run("detach", "105")
            expect(result.status == 0 and vm.conf() == vm.moved, f"{step}: {result}")
            expect(not any(vm.has(qemu, *gone)) and not qemu.holds_disk(), f"{step}: {vm.has(qemu, *gone)}")


@case
def killed_at_every_step(work):
    killed_at(work, Vm(work, SHARED), ("qmp_capabilities", "query-block", "device_del", "blockdev-del",
                                       "object-del", "writing "), ALL, bus="shared")


@case
def killed_at_the_controller(work):
    """Between the disk, its controller and its I/O thread."""
    killed_at(work, Vm(work, SINGLE, guest_timeout=30), (
        '"device_del","arguments":{"id":"virtioscsi0"}',
        '"object-del","arguments":{"id":"iothread-virtioscsi0"}', "writing "), OWN)


@case
def interrupted(work):
    """Ctrl-C before anything is done ends it; from then on it is let finish, as half would be nothing."""
    vm = Vm(work, SHARED)
    for step, status, conf in (("watching scsi0", 1, vm.text), ('"device_del"', 0, vm.moved)):
        work.host.vm(105, vm.text)
        with vm.qemu(bus="shared") as qemu, vm.agent():
            command = Command("detach", "-v", "--json", "--pve-root", work.host.root, "105", work=work.dir,
                              config=work.config)
            signal_at(command, step, signal.SIGINT)
            result = command.finish(60)
            expect(result.status == status and vm.conf() == conf, f"{step}: {result}")
            check_all(vm, qemu, conf == vm.text)


@case
def without_standard_files(work):
    """What is opened first does not get their numbers, and so not what is printed."""
    vm = Vm(work, SHARED)
    with vm.qemu(bus="shared") as qemu, vm.agent():
        command = Command("detach", "-v", "--pve-root", work.host.root, "105", work=work.dir, config=work.config,
                          prefix=["sh", "-c", 'exec "$@" <&- >&-', "sh"])
        command.wait_for("watching scsi0", 60)
        found = [os.readlink(f"/proc/{command.process.pid}/fd/{number}") for number in (0, 1)]
        expect(found == ["/dev/null"] * 2, found)
        command.signal(signal.SIGINT)
        result = command.finish(60)
        expect(result.status == 1 and vm.conf() == vm.text, result)
        check_all(vm, qemu, True)


class Monitor:
    """Something that is no QEMU at the monitor's socket: sends @chunks, then waits or hangs up."""

    def __init__(self, path, chunks, hang_up=False):
        self.path, self.chunks, self.hang_up = path, chunks, hang_up

    def __enter__(self):
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.server.bind(short(self.path))
        self.server.listen(4)
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *exc):
        self.server.close()

    def _serve(self):
        try:
            client, _ = self.server.accept()
            with client:
                for chunk in self.chunks:
                    client.sendall(chunk)
                while not self.hang_up and client.recv(65536):
                    pass
        except OSError:
            return


@case
def monitors_that_misbehave(work):
    """Absent, busy, silent, garbage, endless, closing midway: an error in time, nothing changed."""
    vm = Vm(work, SHARED)
    greeting = b'{"QMP": {"version": {}, "capabilities": []}}\r\n'
    with vm.qemu(bus="shared") as qemu, vm.agent():
        other = Qmp(qemu.path("qmp"))
        vm.refused("QEMU serves another client")
        other.channel.close()
        os.rename(qemu.path("qmp"), qemu.path("qmp.away"))
        vm.refused("105.qmp: connecting to it: No such file", status=1)
        for chunks, hang_up, words, status in (
                ([], True, "closed the connection", 1),
                ([b"220 mail.example.org ESMTP\n"], False, "not JSON", 1),
                ([b"[]\n"], False, "not a message", 1),
                ([b'{"return": {}}\n'], False, "not a QEMU monitor", 1),
                ([b"x" * (1 << 20)] * 10, False, "a line of more than 4 MiB", 1),
                ([greeting, b'{"return": '], True, "closed the connection", 1),
                ([greeting, b'{"return": {}}\r\n{"error": {}}\r\n'], False, "query-block: refused", 1)):
            with Monitor(qemu.path("qmp"), chunks, hang_up):
                vm.refused(words, status=status)


def hookscript(work, phase, systemd):
    """Run it as Proxmox VE does; @systemd: whether the host has one. e2e/detach-single-drive runs what it starts."""
    script = os.path.join(os.path.dirname(TESTS), "templates", "hookscript")
    env = os.environ | {"PATH": f"{work.dir}/bin:{os.environ['PATH']}", "RAMIMG": "ramimg",
                        "RAMIMG_SYSTEMD": work.dir if systemd else f"{work.dir}/none"}
    return subprocess.run(["sh", script, "105", phase], env=env, check=False).returncode


@case
def hookscript_of_a_host(work):
    """Only once the VM has started, by systemd, so that it ends with the detach still waiting."""
    for name in ("systemd-run", "ramimg"):
        work.fake(name, "exit 0")
    for phase in ("pre-start", "pre-stop", "post-stop"):
        expect(hookscript(work, phase, True) == 0 and work.calls() == [], f"{phase}: {work.calls()}")
    # The unit of the start before may still wait.
    for _ in range(2):
        expect(hookscript(work, "post-start", True) == 0, "post-start")
    for call in work.calls():
        expect(re.fullmatch(r"systemd-run --quiet --collect --unit=ramimg-detach-105-\d+ "
                            r"--property=SyslogIdentifier=ramimg ramimg detach --quiet --wait 105", call), call)
    expect(len(set(work.calls())) == 2, work.calls())
    work.fake("systemd-run", "exit 3")
    expect(hookscript(work, "post-start", True) == 3, "a systemd-run that fails is not passed over")
    without_systemd(work)


def without_systemd(work):
    """The detach is started all the same, and goes on when the hookscript has ended."""
    told = os.path.join(work.dir, "told")
    os.mkfifo(told)
    work.fake("ramimg", f"read -r line <{told}; echo went on with $line >{told}.too")
    os.mkfifo(f"{told}.too")
    before = len(work.calls())
    expect(hookscript(work, "post-start", False) == 0, "without systemd")
    with open(told, "w", encoding="utf-8") as first:
        first.write("that\n")
    with open(f"{told}.too", encoding="utf-8") as second:
        expect(second.read() == "went on with that\n", "it ended with the hookscript")
    expect(work.calls()[before:] == ["ramimg detach --quiet --wait 105"], work.calls())


@case
def check_migrate_lists_what_blocks(work):
    vm = Vm(work)
    work.host.vm(105, """\
agent: 1
boot: order=scsi0
hostpci0: 01:00
ide2: local:iso/debian.iso,media=cdrom
ide3: local:105/vm-105-cloudinit.qcow2,media=cdrom
lock: backup
name: web
net0: virtio,bridge=vmbr0
scsi0: local:100/base-100-disk-0.qcow2/105/vm-105-disk-1.qcow2,size=1G
scsi1: /dev/sdx
scsi2: san:vm-105-disk-3
scsihw: virtio-scsi-single
serial0: socket
serial1: /dev/ttyS0
unused0: local:105/vm-105-disk-7.raw
unused1: gone:vm-105-disk-8
usb0: spice

[PENDING]
virtio3: local:105/vm-105-disk-9.raw

[one]
scsi0: local:105/vm-105-disk-1.qcow2
scsi2: san:vm-105-disk-3
""")
    prefix = work.fake("dpkg-query", "printf 9.2.6")
    result = work.run("check-migrate", "105", prefix=prefix)
    want = """\
the configuration is locked (backup)
ide2: local:iso/debian.iso is an ISO on local storage; qm set 105 --ide2 none,media=cdrom
scsi0: local:100/base-100-disk-0.qcow2/105/vm-105-disk-1.qcow2 is a linked clone on local storage, which is not copied
scsi1: /dev/sdx is a device or file of this node
unused0: local:105/vm-105-disk-7.raw on local storage would be copied along; move it to shared storage, or remove it
unused1: storage.cfg has no storage of gone:vm-105-disk-8
pending virtio3: local:105/vm-105-disk-9.raw on local storage would be copied along; move it to shared storage, or remove it
the snapshot 'one' has scsi0 on local storage (local:105/vm-105-disk-1.qcow2); delete it: qm delsnapshot 105 one
hostpci0: a PCI device of this node (01:00)
serial1: a serial port of this node (/dev/ttyS0)
"""
    expect(result.status == 3 and result.out == want, result)
    expect("10 in the way of a live migration" in result.err, result)
    blockers = json.loads(work.run("check-migrate", "--json", "105", prefix=prefix).out)
    expect(blockers["migratable"] is False and blockers["blockers"] == want.splitlines(), blockers)
    work.host.vm(105, vm.text)
    expect(work.run("check-migrate", "105").status == 0, "a disk on shared storage blocks")


@case
def check_migrate_to_a_node(work):
    """By the cluster's files, for one node and another. What pvesh says of the node is taken as well."""
    vm = Vm(work, SHARED)
    work.host.vm(106, "name: db\n", node="pve2")
    work.host.vm(107, "name: cache\n", node="pve3")
    work.host.vm(105, "hostpci0: mapping=gpu\nnet0: virtio,bridge=vmbr0\n" + vm.text)
    work.host.put("etc/pve/mapping/pci.cfg", "gpu\n\tlive-migration-capable 1\n"
                  "\tmap id=10de:2330,node=pve1,path=0000:01:00.0\n"
                  "\tmap id=10de:2330,node=pve2,path=0000:02:00.0\n")
    work.host.put("etc/pve/replication.cfg", "local: 106-0\n\ttarget pve3\n")
    work.host.put("etc/pve/ha/resources.cfg", "vm: 105\n\nvm: 107\n")
    work.host.put("etc/pve/ha/rules.cfg", "resource-affinity: apart\n\taffinity negative\n"
                  "\tresources vm:105,vm:107\n\n"
                  "node-affinity: where\n\tnodes pve1:2,pve2:1\n\tresources vm:105\n\tstrict 1\n")
    work.fake("dpkg-query", "printf 9.2.6")
    prefix = work.fake("pvesh", 'echo \'{"not_allowed_nodes": {"pve2": {}, "pve3": {"x": 1}}}\'')
    capable = "note: hostpci0: the mapping 'gpu' moves live with qemu-server 8.3.9 or later, if device and " \
        "driver can do it, which is not known\n"
    result = work.run("check-migrate", "105", "--target", "pve2", prefix=prefix)
    expect(result.status == 0 and result.out == "VM 105: nothing is in the way of a live migration to pve2\n" +
           capable + "note: HA moves it: qm migrate only asks ha-manager, which takes local disks along and "
           "overrides what --force does\n"
           "note: HA prefers pve1 for it (rule 'where'), and moves it there from pve2 as soon as it can\n"
           "note: whether pve2 has the network bridge vmbr0 is not known; without it the migration ends there\n"
           "note: not known of pve2: whether it is online and can be reached by SSH, has memory for the VM, "
           "and has a QEMU as new as this node's\n", result)
    result = work.run("check-migrate", "105", "--target=pve3", prefix=prefix)
    want = """\
hostpci0: the mapping 'gpu' has no device on pve3; add one (Datacenter, Resource Mappings)
HA refuses: vm:107 is on pve3, and a rule keeps them apart (ha-manager rules list)
HA moves it away from pve3 at once: the rule 'where' restricts it to pve1, pve2; change it with ha-manager \
rules set node-affinity where --nodes
Proxmox VE: not to pve3: {"x":1}
"""
    expect(result.status == 3 and result.out.startswith(want + "note: "), result)
    result = work.run("check-migrate", "105", prefix=prefix)
    expect(result.status == 0 and "note: it can only go to pve2: only pve1, pve2 have the mapping 'gpu'; pve1, "
           "pve2 have no guest that HA keeps apart from it; pve1, pve2 are of HA's rule 'where'\n" in result.out,
           result)
    for node, words in (("pve1", "pve1 is this node"), ("pve4", "the others are: pve2, pve3")):
        result = work.run("check-migrate", "105", "--target", node, prefix=prefix)
        expect(result.status != 0 and result.out == "" and words in result.err, result)


@case
def check_migrate_of_what_runs(work):
    """By the machine that the real QEMU has, which is older than 10.1; and what is only to be known."""
    vm = Vm(work, SHARED)
    work.host.vm(105, "hookscript: local:snippets/hook.pl\nvga: std,clipboard=vnc\n" + vm.text)
    with vm.qemu(bus="shared"):
        prefix = work.fake("dpkg-query", "printf 8.4.10")
        result = work.run("check-migrate", "105", prefix=prefix)
        expect(result.status == 3 and re.fullmatch(
            r"vga: clipboard=vnc keeps a machine of a version before 10\.1 from moving, and it has \d\.\d; "
            r"without it from the next start on: qm set 105 --vga std\n"
            r"note: hookscript: local:snippets/hook\.pl is a file of this node; where the target has no such "
            r"file, the migration ends there\n", result.out), result)
        work.host.vm(105, "hookscript: local:snippets/hook.pl\n" + vm.text)
        result = work.run("check-migrate", "105", prefix=prefix)
        expect(result.status == 0 and result.out.startswith("VM 105: nothing is in the way of a live "
                                                            "migration\nnote: hookscript: local:"), result)
        document = json.loads(work.run("check-migrate", "--json", "105", prefix=prefix).out)
        expect(document["migratable"] is True and len(document["remarks"]) == 1, document)
        result = work.run("check-migrate", "105", prefix=work.fake("dpkg-query", "printf 7.4-4"))
        expect(result.status == 3 and result.out.startswith("qemu-server is 7.4-4, which "), result)
        work.host.storage_cfg(STORAGE_CFG + "acme: san\n\tarray a\n")
        for answer, status, words in (("echo 'san 1'", 0, "nothing is in the way"), ("echo 'san 0'", 3,
                                      "copies no volumes of storages of the type 'acme'"), ("exit 2", 3, "is not known; only the plugin")):
            work.fake("dpkg-query", "printf 8.4.10")
            result = work.run("check-migrate", "105", prefix=work.fake("perl", answer))
            expect(result.status == status and words in result.out, f"{answer}: {result}")


@case
def check_migrate_asks_proxmox(work):
    """No pvesh here: what it is asked is recorded, what it answers is as its documentation says. Only
    where there is none is it not asked; one that fails is in the way as well."""
    vm = Vm(work)
    work.host.vm(105, vm.text.replace("scsihw", "ide2: local:105/vm-105-cloudinit.qcow2,media=cdrom\n"
                                      "scsihw", 1))
    answer = {"running": 1, "local_disks": [{"volid": "local:105/vm-105-disk-9.raw", "size": 1},
                                            {"volid": "local:105/vm-105-cloudinit.qcow2", "cdrom": 1}],
              "local_resources": ["hostpci0"], "allowed_nodes": [], "not_allowed_nodes":
              {"pve2": {"unavailable_storages": ["local-lvm"]}}}
    work.fake("dpkg-query", "printf 9.2.6")
    prefix = work.fake("pvesh", f"echo '{json.dumps(answer)}'")
    result = work.run("check-migrate", "105", prefix=prefix)
    expect(result.status == 3 and result.out == "Proxmox VE: local disk local:105/vm-105-disk-9.raw\n"
           "Proxmox VE: local resource hostpci0\n"
           'Proxmox VE: not to pve2: {"unavailable_storages":["local-lvm"]}\n', result)
    expect(work.calls() == ["dpkg-query -W -f ${Version} qemu-server",
                            "pvesh get /nodes/pve1/qemu/105/migrate --output-format json"],
           work.calls())
    for script, status, words in (
            ('echo \'{"allowed_nodes": ["pve2"], "local_disks": []}\'', 0, "nothing is in the way"),
            ("echo '{}'", 0, "nothing is in the way"),      # an older one, of a VM that runs
            ('echo \'{"allowed_nodes": []}\'', 3, "Proxmox VE: no node to go to\n"),
            ("printf '\\nno quorum\\nat x line 1\\n' >&2; exit 2", 3,
             "Proxmox VE: refuses: (pvesh, status 2) no quorum\n"),
            ("echo unexpected", 3, "Proxmox VE: answers with no JSON object\n"),
            ("", 3, "Proxmox VE: answers with no JSON object\n"),
            ("head -c 2000000 /dev/zero", 3, "Proxmox VE: cannot be asked: pvesh printed more than expected\n")):
        result = work.run("check-migrate", "105", prefix=work.fake("pvesh", script))
        expect(result.status == status and words in result.out, f"{script}: {result}")


@case
def status_of_many(work):
    vm = Vm(work, SHARED)
    work.host.vm(106, "name: off\nboot: order=virtio0\nvirtio0: local:106/vm-106-disk-0.raw\n")
    work.host.vm(107, "name: diskless\n")
    guest_disk(vm.image, **OLDER)
    with vm.qemu(bus="shared"):
        result = work.run("status")
        remarks = json.loads(work.run("status", "--json", "105").out)["vms"][0]["remarks"]
    expect([r["message"].startswith(f"the disk was changed since it was built: {NEWER}; ")
            for r in remarks if r["code"] == "older"] == [True], remarks)
    expect([r["message"].startswith("its root does not get into RAM with its 512 MiB of memory, ")
            for r in remarks if r["code"] == "memory"] == [True], remarks)
    expect("105: note: the disk was changed since it was built: " in result.out, result)
    want = """\
VMID NAME NODE RUNNING ROOT DRIVE DISK CONFIG MEMORY MIGRATABLE
105 web pve1 yes unknown scsi0 attached attached too little yes
106 off pve1 no - virtio0 attached attached - no
107 diskless pve1 no - - none - - yes
"""
    lines = [" ".join(line.split()) for line in result.out.splitlines()]
    expect(result.status == 0 and lines[:4] == want.splitlines(), result)
    expect("105: root not known: " in result.out and "106: virtio0: " in result.out, result)


if __name__ == "__main__":
    sys.exit(main(CASES, "RAMIMG_HOST_DIR", lambda name: CASES[name](Work(name))))
