# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A QEMU virtual machine for tests: serial console, QMP, a bulk data port.

Everything is awaited with a deadline; a guest that hangs and a QEMU that dies raise VmError with
the end of the serial log in it. The machine looks as Proxmox VE would start it: "-machine pc" or q35 with its
bridge pci.0, SeaBIOS or OVMF, a "virtio-scsi-single" disk (controller virtioscsi0, disk scsi0), a virtio-blk one
(virtio0) or a SATA one (sata0); or with an NVMe one (nvme0), which Proxmox VE knows by "args" only; or, with no disk, a
CD-ROM drive (ide2).
TCG is always used: that KVM's device opens does not mean that it works.
"""

import base64
import gzip
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))

import emulation  # noqa: E402
from sockets import short  # noqa: E402

# Slower machines set this to stretch every deadline.
SLOW = float(os.environ.get("RAMIMG_TEST_SLOW", "1"))

BULK_PORT = "org.ramimg.bulk"
# Proxmox VE's default CPU type, x86-64-v2-AES, in QEMU's words; without AES, whose other half
# (PCLMULQDQ) Linux takes for granted and TCG then misses.
CPU = "qemu64,+popcnt,+pni,+sse4.1,+sse4.2,+ssse3," + emulation.CPU_WITHOUT
# Where the package ovmf puts it.
OVMF = "/usr/share/OVMF"
# A q35 has pcie.0; the bus that all is on comes as in qemu-server's pve-q35-4.0.cfg.
Q35_BRIDGE = ["-device", "i82801b11-bridge,id=pcidmi,bus=pcie.0,addr=1e.0",
              "-device", "pci-bridge,id=pci.0,bus=pcidmi,addr=1.0,chassis_nr=1"]


class VmError(AssertionError):
    """The machine did not do what was awaited."""


def memory_of(mib):
    """So many MiB, 128 KiB less. With RAM in multiples of 256 KiB an emulating QEMU before 9.0 forgets to look again
    at pages that it has sent (QEMU's "Fix migration dirty bitmap coherency with TCG memory access"): what the guest
    writes to them afterwards may be lost, and its kernel dies on the target. With KVM it is not so."""
    return f"{mib * 1024 - 128}K"


def deadline(seconds):
    return time.monotonic() + seconds * SLOW


def connect(path):
    """A connection to the unix socket that QEMU has made, or is making: between its bind() and listen(), of which
    only the first can be seen, it refuses."""
    until = deadline(10)
    while True:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.connect(short(path))
            return sock
        except ConnectionRefusedError:
            sock.close()
            if time.monotonic() > until:
                raise VmError(f"{path}: QEMU refuses connections for 10 s") from None
            time.sleep(0.02)


class Channel:
    """A byte stream from a unix socket, read by a thread into a buffer that can be waited on."""

    def __init__(self, path):
        self.sock = connect(path)
        self.data = bytearray()
        self.closed = False
        self.changed = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            try:
                got = self.sock.recv(65536)
            except OSError:
                got = b""
            with self.changed:
                self.data += got
                self.closed = not got
                self.changed.notify_all()
            if not got:
                return

    def wait(self, ready, until):
        """Wait until ready(data) is true and return what it gave; None on the deadline or the end."""
        with self.changed:
            while True:
                result = ready(self.data)
                left = until - time.monotonic()
                if result or self.closed or left <= 0:
                    return result or None
                self.changed.wait(left)

    def send(self, data):
        self.sock.sendall(data)

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)    # the reading thread keeps a closed one open
        except OSError:
            pass
        self.sock.close()


class Qmp:
    """A QMP session: commands with their replies, and the events seen so far."""

    def __init__(self, path):
        self.channel = Channel(path)
        self.read = 0
        self.events = []
        self.replies = []
        self._await(lambda: self.replies, deadline(60), "the QMP greeting")
        self.replies.clear()
        self.command("qmp_capabilities")

    def _pump(self, data):
        while (end := data.find(b"\n", self.read)) >= 0:
            message = json.loads(data[self.read:end])
            self.read = end + 1
            (self.events if "event" in message else self.replies).append(message)

    def _await(self, ready, until, what):
        def look(data):
            self._pump(data)
            return ready()
        result = self.channel.wait(look, until)
        if not result:
            raise VmError(f"QMP: {what} did not come")
        return result

    def command(self, name, seconds=60, **arguments):
        request = {"execute": name, "arguments": arguments}
        self.channel.send(json.dumps(request).encode() + b"\n")
        self._await(lambda: self.replies, deadline(seconds), f"the reply to {name}")
        reply = self.replies.pop(0)
        if "error" in reply:
            raise VmError(f"QMP: {name} {arguments}: {reply['error']['desc']}")
        return reply["return"]

    def wait_event(self, name, seconds, **data):
        def seen():
            return [e for e in self.events if e["event"] == name
                    and all(e.get("data", {}).get(k) == v for k, v in data.items())]
        return self._await(seen, deadline(seconds), f"event {name} {data}")[0]


class Vm:
    """Use as a context manager: leaving it kills QEMU."""

    def __init__(self, workdir, disk, fmt, memory_mib=3072, bus="scsi", name="vm", cpus=1, machine="pc",
                 variables=None, secure=False, balloon=False, more=()):
        """disk: a path; with the bus cdrom that of a disc, or None for an empty drive. balloon: the device that Proxmox
        VE gives a VM (qemu-server, config_to_command). variables: the file that OVMF keeps its variables in; without one
        there is SeaBIOS. secure: Secure Boot with Microsoft's keys, which takes machine q35 for its system management
        mode. more: further arguments of QEMU's."""
        self.dir = workdir
        self.name = name
        self.log = os.path.join(workdir, name + ".serial.log")
        self.args = ["qemu-system-x86_64", "-name", name, "-machine", machine + (",smm=on" if secure else ""),
                     "-accel", "tcg,thread=multi", "-cpu", CPU, "-smp", str(cpus),
                     "-m", str(memory_mib), "-nodefaults", "-no-user-config", "-display", "none",
                     "-vga", "std", "-no-reboot", "-rtc", "base=utc"]
        self.args += Q35_BRIDGE if machine == "q35" else []
        self.args += self._firmware(variables, secure) if variables else []
        self.args += self._chardev("serial", f"logfile={self.log}")
        self.args += ["-device", "isa-serial,chardev=serial"]
        self.args += self._chardev("qmp") + ["-mon", "chardev=qmp,mode=control"]
        # Before what takes the first slot that is free.
        self.args += ["-device", "virtio-balloon-pci,id=balloon0,bus=pci.0,addr=0x3,free-page-reporting=on"] \
            if balloon else []
        self.args += self._chardev("bulk")
        self.args += ["-device", "virtio-serial-pci,id=bulkbus",
                      "-device", f"virtserialport,bus=bulkbus.0,chardev=bulk,name={BULK_PORT}"]
        self.args += self._disc(disk) if bus == "cdrom" else self._disk(disk, fmt, bus)
        self.args += more
        self.process = None
        self.position = 0       # of the serial stream, up to which it has been looked at
        self.serial = self.bulk = self.qmp = None
        self.counter = 0

    def _socket(self, name):
        return os.path.join(self.dir, f"{self.name}.{name}.sock")

    def _chardev(self, name, more=None):
        value = f"socket,id={name},path={short(self._socket(name))},server=on,wait=off"
        return ["-chardev", value + ("," + more if more else "")]

    @staticmethod
    def _firmware(variables, secure):
        """OVMF with its variables; a file that is not there yet is made as Proxmox VE makes a new efidisk0, with
        pre-enrolled-keys=1 where Secure Boot is wanted."""
        code, template = (("OVMF_CODE_4M.secboot.fd", "OVMF_VARS_4M.ms.fd") if secure else
                          ("OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd"))
        if not os.path.exists(variables):
            shutil.copyfile(os.path.join(OVMF, template), variables)
        return (["-global", "driver=cfi.pflash01,property=secure,value=on"] if secure else []) + \
            ["-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={OVMF}/{code}",
             "-drive", f"if=pflash,unit=1,format=raw,file={variables}"]

    @staticmethod
    def _disk(disk, fmt, bus):
        slot = bus + "0"
        devices = {
            "scsi": ["-device", "virtio-scsi-pci,id=virtioscsi0,bus=pci.0,addr=0x5",
                     "-device", "scsi-hd,bus=virtioscsi0.0,channel=0,scsi-id=0,lun=0,"
                     "drive=drive-scsi0,id=scsi0,bootindex=100"],
            "virtio": ["-device", "virtio-blk-pci,drive=drive-virtio0,id=virtio0,bus=pci.0,addr=0xa,"
                       "bootindex=100"],
            "sata": ["-device", "ahci,id=ahci0,multifunction=on,bus=pci.0,addr=0x7",
                     "-device", "ide-hd,bus=ahci0.0,drive=drive-sata0,id=sata0,bootindex=100"],
            "nvme": ["-device", "nvme,serial=nvme0,drive=drive-nvme0,id=nvme0,bootindex=100"],
        }
        return ["-drive", f"file={disk},if=none,id=drive-{slot},format={fmt},cache=unsafe,discard=on"] + \
            devices[bus]

    @staticmethod
    def _disc(path):
        """`ide2: …,media=cdrom`, or `ide2: none,media=cdrom` (qemu-server's cfg2cmd/ide.conf.cmd and simple1.conf.cmd)."""
        medium = f"file={path},format=raw," if path else ""
        return ["-drive", medium + "if=none,id=drive-ide2,media=cdrom",
                "-device", "ide-cd,bus=ide.1,unit=0,drive=drive-ide2,id=ide2,bootindex=100"]

    def __enter__(self):
        for name in ("serial", "qmp", "bulk"):
            if os.path.exists(self._socket(name)):
                os.unlink(self._socket(name))
        self.stderr = open(os.path.join(self.dir, self.name + ".qemu.log"), "w+")
        self.process = subprocess.Popen(self.args, stdin=subprocess.DEVNULL,
                                        stdout=self.stderr, stderr=self.stderr)
        try:
            self.serial = self._connect("serial")
            self.qmp = Qmp(self._wait_socket("qmp"))
            self.bulk = self._connect("bulk")
        except BaseException:
            self.__exit__()
            raise
        return self

    def _wait_socket(self, name):
        until = deadline(60)
        while not os.path.exists(self._socket(name)):
            if self.process.poll() is not None or time.monotonic() > until:
                self.stderr.seek(0)
                raise VmError(f"QEMU (status {self.process.poll()}) did not make {self._socket(name)}: "
                              f"{self.stderr.read()}")
            time.sleep(0.02)
        return self._socket(name)

    def _connect(self, name):
        return Channel(self._wait_socket(name))

    def __exit__(self, *exc):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for channel in (self.serial, self.bulk, self.qmp and self.qmp.channel):
            if channel:
                channel.close()
        self.stderr.close()

    # --- the serial console

    def _fail(self, what):
        state = self.process.poll()
        alive = "QEMU runs" if state is None else f"QEMU ended with status {state}"
        tail = bytes(self.serial.data[-4000:]).decode("utf-8", "replace")
        raise VmError(f"{self.name}: {what} ({alive}); end of the serial log {self.log}:\n{tail}")

    def expect(self, pattern, seconds, what=None):
        """Wait for a regular expression on the console, after what earlier calls consumed."""
        regex = re.compile(pattern.encode() if isinstance(pattern, str) else pattern, re.S)
        match = self.serial.wait(lambda data: regex.search(data, self.position), deadline(seconds))
        if not match:
            self._fail(f"{what or 'pattern ' + repr(pattern)} not seen within {seconds * SLOW:.0f} s")
        self.position = match.end()
        return [g.decode("utf-8", "replace") if g is not None else None
                for g in (match.group(0), *match.groups())]

    def send(self, text):
        self.serial.send(text.encode())

    def console(self):
        """All that the console has shown, as text."""
        return bytes(self.serial.data).decode("utf-8", "replace")

    def login(self, password, seconds=400):
        """Log in as root and make the console fit for run()."""
        self.expect(r"login: ", seconds, "the login prompt")
        self.send("root\n")
        self.expect(r"Password: ", 60, "the password prompt")
        self.send(password + "\n")
        self.expect(r"root@\w+:[^\n]*# ", 120, "the shell prompt")
        # A shell without line editing or prompts, and a kernel and a systemd that keep their messages to
        # themselves (systemd(1): SIGRTMIN+21, of which this shell does not know the name).
        self.send("unset HISTFILE; exec env PS1= PS2= TERM=dumb LC_ALL=C.UTF-8 sh\n")
        self.send(f"stty -echo -ixon; dmesg -n 1; kill -{signal.SIGRTMIN + 21} 1; PS1=; PS2=; "
                  "echo re''ady\n")
        self.expect(r"ready\r?\n", 60, "the plain shell")
        self.run("udevadm settle")

    def run(self, command, seconds=120, check=False):
        """Run a shell command; return its status and its output (both streams, as bytes)."""
        self.counter += 1
        tag = f"{os.getpid()}-{self.counter}"
        script = base64.encodebytes(command.encode()).decode()
        self.send(f"base64 -d >/run/e2e.cmd <<'EOF'\n{script}EOF\n"
                  "sh /run/e2e.cmd </dev/null >/run/e2e.out 2>&1; "
                  f"echo \"e2e-\"\"status-{tag}: $?\"\n")
        status = int(self.expect(rf"e2e-status-{tag}: (\d+)\r?\n", seconds,
                                 f"the end of {command!r}")[1])
        output = self._fetch(tag)
        if check and status != 0:
            self._fail(f"{command!r} ended with status {status}: {output.decode('utf-8', 'replace')}")
        return status, output

    def _fetch(self, tag):
        """Get /run/e2e.out over the console, where nothing else writes since login()."""
        self.send(f"echo \"e2e-\"\"begin-{tag}\"; gzip -c /run/e2e.out | base64 -w 72; "
                  f"echo \"e2e-\"\"end-{tag}:$(sha256sum </run/e2e.out)\"\n")
        found = self.expect(rf"e2e-begin-{tag}\r?\n(.*?)e2e-end-{tag}:(\w{{64}})", 120,
                            "a command's output")
        try:
            output = gzip.decompress(base64.b64decode(found[1]))
        except (ValueError, OSError, EOFError) as damage:
            self._fail(f"a command's output came damaged ({damage}): {found[1]!r}")
        if hashlib.sha256(output).hexdigest() != found[2]:
            self._fail(f"a command's output came damaged: {found[1]!r}")
        return output

    def text(self, command, seconds=120):
        """The output of a command that must succeed, as stripped text."""
        return self.run(command, seconds, check=True)[1].decode("utf-8", "surrogateescape").strip()

    def put(self, path, data):
        """Write a small file in the guest."""
        text = base64.encodebytes(gzip.compress(data)).decode()
        self.run(f"base64 -d <<'EOF' | gzip -d >{path}\n{text}EOF\n", check=True)

    def bulk_output(self, command, seconds):
        """The standard output of a command, by the bulk port: for what is too much for a console."""
        self.run(f"set -e; ({command}) >/run/e2e.bulk", seconds, check=True)
        size, digest = self.text("stat -c %s /run/e2e.bulk; sha256sum </run/e2e.bulk").split()[:2]
        start = len(self.bulk.data)
        self.run(f"cat /run/e2e.bulk >/dev/virtio-ports/{BULK_PORT}; rm /run/e2e.bulk", seconds,
                 check=True)
        self.bulk.wait(lambda data: len(data) - start >= int(size), deadline(60))
        data = bytes(self.bulk.data[start:])
        if hashlib.sha256(data).hexdigest() != digest:
            self._fail(f"the bulk port gave {len(data)} bytes that are not the {size} sent")
        return data

    def poweroff(self, seconds=120):
        """Shut the guest down in order and wait for QEMU's end."""
        self.send("systemctl poweroff\n")
        try:
            self.process.wait(seconds * SLOW)
        except subprocess.TimeoutExpired:
            self._fail("the guest did not power off")

    def move(self, uri, bandwidth=16 << 30):
        """Migrates the guest to the address, at so many bytes a second at most; what QEMU has counted then."""
        qmp = self.qmp
        qmp.command("migrate-set-capabilities",
                    capabilities=[{"capability": "events", "state": True}])
        qmp.command("migrate-set-parameters", **{"max-bandwidth": bandwidth})
        qmp.events.clear()          # of a migration before
        qmp.command("migrate", uri=uri)
        qmp.wait_event("MIGRATION", 300, status="completed")
        # QEMU says "completed", and works out the figures right after; no event tells of them.
        until = deadline(60)
        while not (info := qmp.command("query-migrate"))["total-time"]:
            if time.monotonic() > until:
                raise VmError(f"{self.name}: no figures of the migration: {info}")
        return info

    def migrate(self, target, uri):
        """To the QEMU that waits at the address, until the guest runs there; what moved is printed."""
        info = self.move(uri)
        ram = info["ram"]
        print(f"\nmigration: downtime {info['downtime']} ms, {ram['transferred'] / 2**20:.0f} MiB "
              f"of {ram['total'] / 2**20:.0f} in {info['total-time']} ms, "
              f"{ram['transferred'] / 2**20 / info['total-time'] * 1000:.0f} MiB/s "
              "(by hand on hardware: 73 ms, 457 MiB/s)")
        # Before that it would take what is sent to its console, and forget it with the state that it then loads.
        target.qmp.wait_event("RESUME", 60)
        self.__exit__()
