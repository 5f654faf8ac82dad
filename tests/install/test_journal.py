# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What ramimg says where its output is the journal's, as in a service: entries with fields.

    test_journal.py --list         the names of the cases
    test_journal.py NAME...        run them; without a name, all

Environment: RAMIMG (the program), RAMIMG_INSTALL_DIR (scratch). A socket below the host's root stands for the journal's.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "support"))
sys.path.insert(0, os.path.join(TESTS, "host"))
sys.dont_write_bytecode = True

from cases import CASES, case, expect, main  # noqa: E402
from command import binary  # noqa: E402
from pve import Host  # noqa: E402


def entry(data):
    """An entry's fields, by the native protocol."""
    fields = {}
    while data:
        head, _, data = data.partition(b"\n")
        name, equals, value = head.partition(b"=")
        if not equals:
            size = int.from_bytes(data[:8], "little")
            value, data = data[8:8 + size], data[8 + size:]
            expect(data[:1] == b"\n", f"no line end behind {value!r}")
            data = data[1:]
        expect(name not in fields, f"{name!r} twice")
        fields[name.decode()] = value.decode()
    return fields


class Work:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="ramimg-journal-")     # a socket's path has 107 bytes
        self.host = Host(os.path.join(self.dir, "h"))
        self.host.vm(105, "name: web\nboot: order=scsi0\nscsi0: local:105/vm-105-disk-1.qcow2,size=8G\n")
        self.path = self.host.path("run/systemd/journal/socket")
        os.makedirs(os.path.dirname(self.path))
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.bind(self.path)

    def close(self):
        self.socket.close()
        shutil.rmtree(self.dir)

    def run(self, *args, stream=None, out=None):
        """Its status, its standard error (and output, unless that is @out) and the journal's entries."""
        with open(os.path.join(self.dir, "stderr"), "w+b") as err:
            st = os.fstat(err.fileno())
            env = os.environ | {"JOURNAL_STREAM": stream or f"{st.st_dev}:{st.st_ino}", "HOME": self.dir}
            status = subprocess.run([binary(), args[0], "--pve-root", self.host.root, *args[1:]], env=env, stderr=err,
                                    stdout=out or err, stdin=subprocess.DEVNULL, check=False, timeout=50).returncode
            err.seek(0)
            plain = err.read().decode()
        entries = []
        while True:
            try:
                entries.append(entry(self.socket.recv(1 << 16)))
            except BlockingIOError:
                return status, plain, entries


@case
def errors_and_warnings(work):
    work.host.put("etc/ramimg.conf", "")
    work.host.put("etc/ramimg/ramimg.conf", "")
    status, plain, entries = work.run("detach", "105")
    expect(status != 0 and plain == "" and len(entries) == 2, (status, plain, entries))
    for found, priority, words in zip(entries, ("4", "3"), ("etc/ramimg.conf is not read", "VM 105")):
        expect(found.pop("MESSAGE").find(words) >= 0, found)
        expect(found == {"PRIORITY": priority, "SYSLOG_IDENTIFIER": "ramimg", "RAMIMG_COMMAND": "detach", "VMID": "105"},
               found)


@case
def vm_of_a_volume(work):
    """By its name, and a path by the configuration that names it; a file that is no VM's has none."""
    path = work.host.image("105/vm-105-disk-1.qcow2")
    other = os.path.join(work.dir, "other.raw")
    for target, vmid in (("vm-105-disk-1", "105"), (path, "105"), (other, None), ("local:106/vm-106-disk-0.raw", "106")):
        status, plain, entries = work.run("inspect", "--config", "/dev/null/none", target)
        expect(status == 2 and plain == "" and [e.get("VMID") for e in entries] == [vmid], (target, status, entries))


@case
def results(work):
    """What standard output gets is an entry, too, where it is the journal's; otherwise it is left alone."""
    status, plain, entries = work.run("config", "show", "105")
    expect(status == 0 and plain == "" and len(entries) == 1, (status, plain, entries))
    expect(entries[0]["PRIORITY"] == "6" and entries[0]["VMID"] == "105", entries)
    expect(entries[0]["MESSAGE"].startswith("SETTING ") and len(entries[0]["MESSAGE"].splitlines()) > 20, entries)
    status, plain, entries = work.run("config", "show", "105", out=subprocess.DEVNULL)
    expect(status == 0 and plain == "" and entries == [], (status, plain, entries))


@case
def another_stream(work):
    """JOURNAL_STREAM of a service whose output somebody has sent elsewhere; and a journal that is gone."""
    status, plain, entries = work.run("detach", "106", stream="1:2")
    expect(status == 5 and plain == "ramimg: VM 106 does not exist\n" and entries == [], (status, plain, entries))
    os.unlink(work.path)
    status, plain, entries = work.run("detach", "106")
    expect(status == 5 and plain == "ramimg: VM 106 does not exist\n" and entries == [], (status, plain, entries))
    with open(work.path, "wb"):
        pass
    status, plain, entries = work.run("detach", "106")
    expect(status == 5 and plain == "ramimg: VM 106 does not exist\n" and entries == [], (status, plain, entries))


def run_case(name):
    work = Work()
    try:
        CASES[name](work)
    finally:
        work.close()


if __name__ == "__main__":
    sys.exit(main(CASES, "RAMIMG_INSTALL_DIR", run_case))
