# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""This machine's kernel lets go of disks and their controllers: `unplug.py MACHINE`, which is pc, q35, or
q35-without-acpi, as Proxmox VE starts a q35 that was made before QEMU 6.1 (qemu-server QemuServer.pm, the -global of
bridges). One boot, to a shell of the initramfs; of each kind that `detach` takes out there is a disk.
"""

import os
import subprocess
import sys
import tempfile
import time

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[1:1] = [os.path.join(TESTS, name) for name in ("support", "host", "e2e")]

import emulation  # noqa: E402
import initrd_vm  # noqa: E402
from pveqemu import BRIDGES  # noqa: E402
from sockets import short  # noqa: E402
from vm import Channel, Qmp, deadline  # noqa: E402

SCSI = "scsi-hd,bus={}.0,channel=0,scsi-id=0,lun={},drive=d{},id={}"
# Of each what is unplugged, in that order, and QEMU's words for it; the drives are d0 to d3.
DEVICES = (
    (("scsi0", "virtioscsi0"), ("virtio-scsi-pci,id=virtioscsi0,bus=pci.3,addr=0x1",
                                SCSI.format("virtioscsi0", 0, 0, "scsi0"))),
    (("scsi1", "scsihw0"), ("lsi,id=scsihw0,bus=pci.0,addr=0x6", "scsi-hd,bus=scsihw0.0,scsi-id=1,drive=d1,id=scsi1")),
    (("scsi7", "scsihw1"), ("lsi53c810,id=scsihw1,bus=pci.0,addr=0x7",
                            "scsi-hd,bus=scsihw1.0,scsi-id=0,drive=d2,id=scsi7")),
    (("virtio0",), ("virtio-blk-pci,drive=d3,id=virtio0,bus=pci.0,addr=0xa",)),
)
OPTIONS = {"q35-without-acpi": ["-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off"]}
# As the loader lets go of them (loader/detach.c).
LET_GO = """\
until set -- /sys/block/[sv]d*; [ $# = 4 ]; do udevadm settle; done
for d in /sys/block/sd*/device/delete; do echo 1 >$d; done
for d in /sys/block/vd*; do echo 1 >$(readlink -f $d/device/..)/remove; done
for d in /sys/block/[sv]d*; do echo "left: $d"; done; echo "disks "gone
"""


def arguments(work, machine, kernel, initrd):
    kind = machine.partition("-")[0]
    args = ["qemu-system-x86_64", "-accel", "tcg", "-machine", kind, "-m", "1024", "-nodefaults", "-no-user-config",
            "-display", "none", "-no-reboot", "-kernel", kernel, "-initrd", initrd,
            "-append", f"console=ttyS0 {emulation.KERNEL_LINE} break=premount", *OPTIONS.get(machine, ()), *BRIDGES[kind]]
    for name in ("qmp", "serial"):
        args += ["-chardev", f"socket,id={name},path={short(os.path.join(work, name))},server=on,wait=off"]
    args += ["-mon", "chardev=qmp,mode=control", "-serial", "chardev:serial", "-S"]
    for at, (_, devices) in enumerate(DEVICES):
        image = os.path.join(work, f"d{at}")
        with open(image, "wb") as file:
            file.truncate(1 << 20)
        args += ["-drive", f"file={image},format=raw,if=none,id=d{at}"]
        for device in devices:
            args += ["-device", device]
    return args


def await_words(serial, words, seconds):
    if not serial.wait(lambda data: words in data, deadline(seconds)):
        raise SystemExit(f"{words} did not come:\n{bytes(serial.data[-3000:]).decode('utf-8', 'replace')}")


def connect(process, work):
    """QEMU makes its sockets soon after its start."""
    paths = [os.path.join(work, name) for name in ("serial", "qmp")]
    until = deadline(60)
    while not all(map(os.path.exists, paths)):
        if process.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"QEMU (status {process.poll()}) made no sockets")
        time.sleep(0.02)
    return Channel(paths[0]), Qmp(paths[1])


def unplug(serial, qmp):
    qmp.command("cont")
    await_words(serial, b"(initramfs)", 200)
    serial.send(LET_GO.encode())
    await_words(serial, b"\ndisks gone", 60)
    left = [line for line in bytes(serial.data).splitlines() if line.startswith(b"left: ") and b"[sv]" not in line]
    if left:
        raise SystemExit(f"the kernel has disks: {left}")
    for names, _ in DEVICES:
        for name in names:
            started = time.monotonic()
            qmp.command("device_del", id=name)
            qmp.wait_event("DEVICE_DELETED", 60, device=name)
            print(f"{name}: {time.monotonic() - started:.1f} s")


def main(machine):
    kernel, initrd = initrd_vm.kernel_and_initrd(whole=True)
    with tempfile.TemporaryDirectory(prefix="unplug-") as work:
        process = subprocess.Popen(arguments(work, machine, kernel, initrd), stdin=subprocess.DEVNULL)
        try:
            unplug(*connect(process, work))
        finally:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main(sys.argv[1])
