#!/usr/bin/env python3
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""record.py RAMIMG: runs the sessions below in a terminal and writes them as NAME.cast beside this, and memory.tsv.

The programs are the real ones, and so is the guest, the Debian of tests/fixtures, started by a QEMU with the arguments that
Proxmox VE gives it (tests/host/pveqemu.py), emulated. The Proxmox VE host is made up: in a mount namespace of its own this
machine has an /etc/pve with a VM 105, whose disk is on a storage that is said to be shared, and there is a `qm` that
knows `qm start 105` and no more. Takes root, tests/packages/disk and test, and some minutes.
"""

import json
import os
import pty
import shlex
import shutil
import subprocess
import sys
import tempfile
import termios
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.join(os.path.dirname(os.path.dirname(HERE)), "tests")
sys.dont_write_bytecode = True  # nothing is to appear in the source tree
for folder in ("host", "e2e", "support"):
    sys.path.insert(0, os.path.join(TESTS, folder))

from pve import STORAGE_CFG, Host  # noqa: E402
from pveqemu import PveQemu  # noqa: E402
from vm import CPU  # noqa: E402

COLUMNS, ROWS = 100, 25
PROMPT = "root@pve1:~# "
TITLE = "a real run on a made-up Proxmox VE host: waiting is cut short, the clock is real"
VOLID = "nas:105/vm-105-disk-1.qcow2"
CONF = ("agent: 1\nboot: order=scsi0\ncores: 2\nmemory: 2048\nname: web\nreboot: 0\nscsi0: " + VOLID +
        ",iothread=1,size=4G\nscsihw: virtio-scsi-single\n")
SESSIONS = (
    ("look", ("ramimg inspect 105", "ramimg build --dry-run 105")),
    ("session", ("ramimg list 105", "ramimg build 105", "qm start 105", "ramimg detach --wait 105", "ramimg status 105",
                 "ramimg check-migrate 105")),
    ("back", ("ramimg attach 105", "ramimg status 105")),
)
# Those whose end is in memory.tsv.
MARKS = ("qm start 105", "ramimg detach --wait 105")
# What is mounted over, so that nothing of this machine's is written to: a layer above each of these.
LAYERS = ("/etc", "/var/lib", "/mnt")


def enter(scratch):
    """The made-up host, in a namespace that ends with this process."""
    for path in LAYERS:
        upper, work = (os.path.join(scratch, path.replace("/", "_"), name) for name in ("upper", "work"))
        os.makedirs(upper)
        os.makedirs(work)
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o",
                        f"lowerdir={path},upperdir={upper},workdir={work}", path], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    os.makedirs("/run/lock")
    host = Host("/")
    host.storage_cfg(STORAGE_CFG + "dir: nas\n\tpath /mnt/pve/nas\n\tshared 1\n\tcontent images\n\n")
    host.vm(105, CONF)
    os.makedirs("/etc/pve/nodes/pve2/qemu-server")
    host.put("etc/ramimg/ramimg.conf", 'appliance: { kvm = "no"; };\n')
    return host


def make_disk():
    fixture = subprocess.run(["sh", os.path.join(TESTS, "fixtures", "debian-disk")], check=True, text=True,
                             stdout=subprocess.PIPE).stdout.strip()
    path = "/mnt/pve/nas/images/105/vm-105-disk-1.qcow2"
    os.makedirs(os.path.dirname(path))
    subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", fixture, path], check=True)
    return path


def make_qm(host, disk, where):
    """A `qm` that starts the VM as Proxmox VE does, and nothing else."""
    qemu = PveQemu(host, 105, disk, fmt="qcow2", agent=True, run=True, memory=2048, volid=VOLID,
                   more=["-smp", "2", "-cpu", CPU, "-daemonize", "-device",
                         "virtio-balloon-pci,id=balloon0,bus=pci.0,addr=0x3,free-page-reporting=on"])
    path = os.path.join(where, "qm")
    with open(path, "w", encoding="utf-8") as file:
        file.write('#!/bin/sh\n[ "$*" = "start 105" ] || exit 1\nexec ' + shlex.join(qemu.argv) + "\n")
    os.chmod(path, 0o755)
    return qemu


def guest_memory(pid):
    """How much of the guest's memory, QEMU's largest mapping, the host has given so far, in MiB."""
    with open(f"/proc/{pid}/smaps", encoding="ascii") as file:
        figures = [int(line.split()[1]) for line in file if line.startswith(("Size:", "Rss:"))]
    return max(zip(figures[::2], figures[1::2]))[1] // 1024


class Memory(threading.Thread):
    """That figure each second, from QEMU's first second on."""

    def __init__(self, pidfile):
        super().__init__(daemon=True)
        self.pidfile, self.begun = pidfile, None
        self.figures, self.done = [], threading.Event()

    def run(self):
        while not self.done.wait(1):
            try:
                with open(self.pidfile, encoding="ascii") as file:
                    mib = guest_memory(int(file.read()))
            except (OSError, ValueError):
                continue
            self.begun = self.begun or time.monotonic()
            self.figures.append([time.monotonic() - self.begun, mib, ""])

    def say(self, what):
        if self.figures and what in MARKS:
            self.figures[-1][2] = what


class Terminal:
    """A shell in a terminal; what it shows goes into the recording as it comes."""

    def __init__(self, home, path):
        inputrc = os.path.join(home, ".inputrc")
        with open(inputrc, "w", encoding="ascii") as file:
            file.write("set enable-bracketed-paste off\n")
        env = {"PATH": path, "HOME": home, "TERM": "xterm-256color", "LANG": "C.UTF-8", "PS1": PROMPT,
               "INPUTRC": inputrc, "HISTFILE": ""}
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(home)
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"], env)
        termios.tcsetwinsize(self.fd, (ROWS, COLUMNS))
        self.lock, self.seen, self.events = threading.Lock(), "", None
        self.changed = threading.Condition(self.lock)
        threading.Thread(target=self._read, daemon=True).start()
        self.prompt()

    def _read(self):
        pending = b""
        while True:
            try:
                pending += os.read(self.fd, 65536)
            except OSError:
                return
            text = pending.decode("utf-8", "ignore")
            pending = pending[len(text.encode()):]
            with self.changed:
                self.seen += text
                self.event("o", text)
                self.changed.notify_all()

    def event(self, kind, text):
        if self.events is not None:
            self.events.append((round(time.monotonic() - self.begun, 3), kind, text))

    def prompt(self, seconds=1200):
        """Until the shell asks for the next command."""
        with self.changed:
            if not self.changed.wait_for(lambda: self.seen.endswith(PROMPT), seconds):
                raise AssertionError(f"no prompt after {seconds} s: {self.seen[-2000:]}")
            self.event("m", "$")

    def type(self, command):
        """As somebody types who knows what he wants."""
        for letter in command:
            os.write(self.fd, letter.encode())
            time.sleep(0.045)
        time.sleep(0.3)
        with self.changed:
            self.event("m", command)
            self.seen = ""
        os.write(self.fd, b"\n")

    def record(self, name, commands, memory):
        with self.changed:
            self.begun, self.events = time.monotonic(), []
            self.event("o", PROMPT)
            self.event("m", "$")
        for command in commands:
            time.sleep(1)
            self.type(command)
            self.prompt()
            memory.say(command)
        with self.changed:
            events, self.events = self.events, None
        with open(os.path.join(HERE, f"{name}.cast"), "w", encoding="utf-8") as file:
            head = {"version": 2, "width": COLUMNS, "height": ROWS, "title": TITLE}
            file.write("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in (head, *events)))
        os.write(self.fd, b"clear\n")
        time.sleep(1)


def main():
    program = os.path.abspath(sys.argv[1])
    if os.environ.get("RAMIMG_RECORD") != "inside":
        argv = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private",
                sys.executable, *sys.argv]
        sys.exit(subprocess.run(argv, env=os.environ | {"RAMIMG_RECORD": "inside"}, check=False).returncode)
    scratch = tempfile.mkdtemp(prefix="ramimg-record-", dir=os.path.dirname(program))
    try:
        host = enter(scratch)
        home = os.path.join(scratch, "root")
        tools = os.path.join(scratch, "tools")
        os.makedirs(home)
        os.makedirs(tools)
        qemu = make_qm(host, make_disk(), tools)
        memory = Memory(qemu.pidfile)
        memory.start()
        shell = Terminal(home, f"{tools}:{os.path.dirname(program)}:{os.environ['PATH']}")
        for name, commands in SESSIONS:
            shell.record(name, commands, memory)
        memory.done.set()
        with open(os.path.join(HERE, "memory.tsv"), "w", encoding="utf-8") as file:
            file.write("What a VM of 2 GiB has of the host's memory while it loads itself into RAM\nMiB\n")
            file.write("".join(f"{second:.0f}\t{mib}" + (f"\t{what}" if what else "") + "\n"
                               for second, mib, what in memory.figures))
        subprocess.run(["sh", "-c", 'kill "$(cat "$1")"', "-", qemu.pidfile], check=False)
    finally:
        for path in (*LAYERS, "/run"):
            subprocess.run(["umount", "-l", path], check=False)
        shutil.rmtree(scratch, ignore_errors=True)


main()
