# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A QEMU started as Proxmox VE starts it: its devices' names and places, its sockets, its pid file.

Facts from qemu-server's own tests of command lines (cfg2cmd/scsihw-virtio-scsi-single.conf.cmd and its
neighbours): i440fx with the bridges pci.1 to pci.3, q35 with those of pve-q35-4.0.cfg, the disk as throttle and
raw nodes with -blockdev (machine version 10.0 and later) or as a -drive before.
"""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import threading
import time

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "support"))
sys.path.insert(0, os.path.join(TESTS, "e2e"))

from command import open_files  # noqa: E402
from sockets import short  # noqa: E402
from vm import Qmp, deadline  # noqa: E402


def node(volid, key="scsi0"):
    return hashlib.sha256(f"drive={key},volid={volid}".encode()).hexdigest()[:30]


# The buses that disks are on, which are called the same on both machines.
BRIDGES = {
    "pc": ["-device", "pci-bridge,id=pci.3,chassis_nr=3,bus=pci.0,addr=0x5"],
    "q35": ["-device", "i82801b11-bridge,id=pcidmi,bus=pcie.0,addr=1e.0",
            "-device", "pci-bridge,id=pci.0,bus=pcidmi,addr=1.0,chassis_nr=1",
            "-device", "pci-bridge,id=pci.3,bus=pcidmi,addr=4.0,chassis_nr=4"],
}


def await_start(process, monitor, *others):
    """Until a QEMU has all that its command line asks for. It makes pid file and sockets before it opens the disks, and
    greets on a monitor when it has done everything.
    """
    until = deadline(60)
    while missing := [path for path in (monitor, *others) if not os.path.exists(path)]:
        if process.poll() is not None or time.monotonic() > until:
            raise AssertionError(f"QEMU (status {process.poll()}) did not make {missing}")
        time.sleep(0.02)
    Qmp(monitor).channel.close()


class PveQemu:
    """Use as a context manager. @bus: a value of scsihw; "single" for virtio-scsi-single; "shared": virtio-scsi-pci
    with a CD-ROM on it; "virtio": no SCSI disk. @blockdev: as from version 10.0 on.

    It starts stopped, unless @run: SeaBIOS would read the disk again and again.
    """

    def __init__(self, host, vmid, disk, bus="single", blockdev=True, fmt="raw", agent=False, run=False,
                 more=(), memory=128, volid="san:vm-105-disk-1", machine="pc"):
        self.host = host
        self.vmid = vmid
        self.disk = disk
        self.pidfile = host.path(f"var/run/qemu-server/{vmid}.pid")
        self.key = "virtio0" if bus == "virtio" else "scsi0"
        self.argv = ["qemu-system-x86_64", "-accel", "tcg,thread=multi", "-machine", machine,
                     "-m", str(memory), "-nodefaults", "-no-user-config", "-display", "none",
                     "-pidfile", self.pidfile]
        # Proxmox VE has two monitors as well; the second is the tests' own here.
        for name in ("qmp", "second"):
            self.argv += self.socket(name) + ["-mon", f"chardev={name},mode=control"]
        self.argv += BRIDGES[machine]
        if agent:
            self.argv += self.socket("qga")
            self.argv += ["-device", "virtio-serial-pci,id=qga0,bus=pci.0,addr=0x8",
                          "-device", "virtserialport,chardev=qga,name=org.qemu.guest_agent.0"]
        if disk:
            self.argv += self._drive(disk, fmt, volid, blockdev) + self._device(bus)
        self.argv += list(more) + ([] if run else ["-S"])
        self.process = None

    def path(self, name):
        return self.host.path(f"var/run/qemu-server/{self.vmid}.{name}")

    def socket(self, name):
        return ["-chardev", f"socket,id={name},path={short(self.path(name))},server=on,wait=off"]

    def _drive(self, disk, fmt, volid, blockdev):
        if not blockdev:
            return ["-drive", f"file={disk},if=none,id=drive-{self.key},format={fmt},cache=none,"
                    "aio=threads,detect-zeroes=on"]
        name = node(volid, self.key)
        throttle = {"id": f"throttle-drive-{self.key}", "limits": {}, "qom-type": "throttle-group"}
        graph = {"driver": "throttle", "node-name": f"drive-{self.key}",
                 "throttle-group": f"throttle-drive-{self.key}",
                 "file": {"driver": fmt, "node-name": "f" + name, "detect-zeroes": "on",
                          "file": {"driver": "file", "filename": disk, "node-name": "e" + name,
                                   "aio": "threads"}}}
        return ["-object", json.dumps(throttle), "-blockdev", json.dumps(graph)]

    def _device(self, bus):
        scsi = ("scsi-hd,bus={0}.0,channel=0,scsi-id=0,lun=0,drive=drive-scsi0,id=scsi0,"
                "device_id=drive-scsi0,bootindex=100,write-cache=on")
        if bus == "virtio":
            return ["-object", "iothread,id=iothread-virtio0",
                    "-device", "virtio-blk-pci,drive=drive-virtio0,id=virtio0,bus=pci.0,addr=0xa,"
                    "iothread=iothread-virtio0,bootindex=100,write-cache=on"]
        if bus != "single":
            kind = "virtio-scsi-pci" if bus == "shared" else bus
            # On these a disk's number is its target.
            disk = scsi.replace("channel=0,scsi-id=0,lun=0", "scsi-id=0") if bus.startswith("lsi") else scsi
            second = ["-device", "scsi-cd,bus=scsihw0.0,channel=0,scsi-id=0,lun=1,id=scsi1"]
            return ["-device", f"{kind},id=scsihw0,bus=pci.0,addr=0x6",
                    "-device", disk.format("scsihw0"), *(second if bus == "shared" else ())]
        return ["-object", "iothread,id=iothread-virtioscsi0",
                "-device", "virtio-scsi-pci,id=virtioscsi0,bus=pci.3,addr=0x1,"
                "iothread=iothread-virtioscsi0",
                "-device", scsi.format("virtioscsi0")]

    def __enter__(self):
        for path in (self.path("qmp"), self.path("second"), self.path("qga"), self.pidfile):
            if os.path.exists(path):
                os.unlink(path)
        self.process = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL)
        await_start(self.process, self.path("second"), self.path("qmp"), self.pidfile)
        return self

    def __exit__(self, *exc):
        self.process.kill()
        self.process.wait()

    def wait_for_bios(self):
        """Until the BIOS has read the disk, found nothing to boot and halts."""
        qmp = Qmp(self.path("second"))
        until = deadline(60)
        while not any(b["stats"]["rd_operations"] for b in qmp.command("query-blockstats")):
            if time.monotonic() > until:
                raise AssertionError("the BIOS did not look at the disk")
            time.sleep(0.05)
        qmp.channel.close()

    @contextlib.contextmanager
    def answering(self):
        """As if a guest let go of PCI devices: at a reset QEMU ejects those that it was asked for."""
        done = threading.Event()

        def answer():
            qmp = Qmp(self.path("second"))
            while not done.wait(0.2):
                qmp.command("system_reset")
            qmp.channel.close()

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def holds_disk(self):
        """Whether the process has the image open."""
        return os.path.realpath(self.disk) in open_files(self.process.pid)
