# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real Debian as Proxmox VE would start it, with a console for the test, and its way to another QEMU."""

import os
import subprocess
import sys

import common
from vm import Vm, memory_of

sys.path.insert(0, os.path.join(common.TESTS, "host"))

from pve import STORAGE_CFG, Host  # noqa: E402
from pveqemu import PveQemu  # noqa: E402
from sockets import short  # noqa: E402


class PveVm(Vm):
    def __init__(self, host, name, disk, layout="single", memory_mib=3072, cpus=1, more=(), fmt="qcow2"):
        """layout: single, single-drive or virtio (tests/host/pveqemu.py)."""
        super().__init__(common.workdir(), disk or "none", fmt, name=name)
        self.pve = PveQemu(host, 105, disk, bus="virtio" if layout == "virtio" else "single",
                           blockdev=layout != "single-drive", fmt=fmt, agent=True, run=True,
                           memory=memory_of(memory_mib), more=more)
        own = self._chardev("serial", f"logfile={self.log}") + [
            "-device", "isa-serial,chardev=serial"]
        own += self._chardev("vmqmp").copy()
        own[-1] = own[-1].replace(short(self._socket("vmqmp")), short(self._socket("qmp")))
        own += ["-mon", "chardev=vmqmp,mode=control"] + self._chardev("bulk")
        own += ["-device", "virtio-serial-pci,id=bulkbus", "-device",
                "virtserialport,bus=bulkbus.0,chardev=bulk,name=org.ramimg.bulk"]
        at = self.pve.argv.index("-m")
        self.args = (self.pve.argv[:at] + ["-smp", str(cpus), "-cpu", self.args[self.args.index("-cpu") + 1]]
                     + self.pve.argv[at:] + own + ["-vga", "std", "-no-reboot"])

    def image_open(self):
        self.pve.process = self.process
        return self.pve.holds_disk()


def host(name, conf):
    """A Proxmox VE node with this configuration of the VM 105."""
    path = common.in_workdir(name)
    subprocess.run(["rm", "-rf", path], check=True)
    made = Host(path)
    made.storage_cfg(STORAGE_CFG + "lvm: san\n\tvgname san\n\tshared 1\n\tcontent images\n")
    made.vm(105, conf)
    return made
