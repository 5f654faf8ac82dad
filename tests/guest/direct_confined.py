# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
A direct reader at work is as confined as its row in docs/confinement.md says, by the kernel's word. As root.
"""
import ctypes
import os
import re
import socket
import struct
import subprocess
import tempfile
import unittest

RAMIMG = os.environ["RAMIMG"]
SANITIZED = os.environ.get("SANITIZED", "") != ""
DOC = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))),
                   "docs", "confinement.md")
OPEN, FILESYSTEMS, DONE, ERROR, ITEMS = 1, 2, 100, 101, 103
SHARED = 8 * 128 << 10
NAMES = {"address space": "Max address space", "cpu time": "Max cpu time", "open files": "Max open files",
         "file size": "Max file size", "core file size": "Max core file size", "processes": "Max processes"}


def row(process):
    """The process's row of the table, by the column's name."""
    with open(DOC, encoding="utf-8") as f:
        lines = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in f
                 if line.startswith("|")]
    return dict(zip(lines[0], next(line for line in lines if line[0] == process), strict=True))


class Reader:
    """A reader as ramimg starts it: 3 is the socket, 4 the image, 5 the shared memory."""

    def __init__(self, image, size, before):
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(60)
        shared = os.memfd_create("shared", 0)
        os.ftruncate(shared, SHARED)
        high = [os.dup2(fd, 100 + i, inheritable=True) for i, fd in enumerate((theirs.fileno(), image, shared))]

        def place():
            for i, fd in enumerate(high):
                os.dup2(fd, 3 + i)
        # More is inherited than it is to keep: 100 to 102.
        self.process = subprocess.Popen([*before, RAMIMG, "read-direct"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={},
                                        preexec_fn=place, close_fds=False)
        theirs.close()
        for fd in (shared, *high):
            os.close(fd)
        self.size = size

    def ask(self, op, payload=b""):
        self.socket.sendall(struct.pack("=II", len(payload), op) + payload)
        frames = []
        while not frames or frames[-1][0] not in (DONE, ERROR):
            n, kind = struct.unpack("=II", self.take(8))
            frames.append((kind, self.take(n)))
        return frames

    def take(self, n):
        got = self.socket.recv(n, socket.MSG_WAITALL) if n else b""
        if len(got) != n:
            raise EOFError(f"{len(got)} of {n} bytes")
        return got

    def open(self):
        return self.ask(OPEN, struct.pack("=QI", self.size, 0))

    def proc(self, name):
        with open(f"/proc/{self.process.pid}/{name}", encoding="ascii") as f:
            return f.read()

    def end(self):
        self.socket.close()
        said = self.process.communicate(timeout=60)[1].decode()
        return self.process.returncode, said


class Confined(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="ramimg-confined-")
        cls.addClassCleanup(scratch.cleanup)
        path = os.path.join(scratch.name, "image")
        subprocess.run(["mke2fs", "-q", "-t", "ext4", path, "8M"], check=True, capture_output=True)
        cls.size = os.path.getsize(path)
        cls.image = os.open(path, os.O_RDONLY)
        cls.addClassCleanup(os.close, cls.image)

    def start(self, image=None, before=()):
        r = Reader(self.image if image is None else image, self.size, before)
        self.addCleanup(r.process.stderr.close)
        self.addCleanup(r.process.wait)
        self.addCleanup(r.process.kill)
        self.addCleanup(r.socket.close)
        return r

    def serving(self):
        r = self.start()
        kind, payload = r.open()[-1]
        self.assertEqual(kind, DONE, payload)
        frames = r.ask(FILESYSTEMS)
        self.assertEqual([kind for kind, _ in frames], [ITEMS, DONE])
        self.assertIn(b"ext4", frames[0][1])
        return r

    def test_status(self):
        want = row("direct reader")
        status = dict(line.split(":\t", 1) for line in self.serving().proc("status").splitlines())
        for name in ("Uid", "Gid"):
            self.assertEqual(status[name].split(), [want["user and group"]] * 4)
        self.assertEqual((status["Groups"].split(), want["groups"]), ([], "none"))
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            self.assertEqual((int(status[name], 16), want["capabilities"]), (0, "none"), name)
        self.assertEqual((status["Seccomp"], want["system calls"]), ("2", "a list"))
        self.assertEqual((status["NoNewPrivs"], status["Threads"]), ("1", "1"))

    def test_limits(self):
        want = {NAMES[name]: n for name, n in re.findall(r"([a-z ]+?) (\d+)(?:, |$)", row("direct reader")["limits"])}
        self.assertEqual(sorted(want), sorted(NAMES.values()))
        if SANITIZED:
            want["Max address space"] = "unlimited"
        limits = self.serving().proc("limits")
        for name, n in want.items():
            line = next(line for line in limits.splitlines() if line.startswith(name + " "))
            self.assertEqual(line[len(name):].split()[:2], [n, n], name)

    def test_descriptors(self):
        first, last = map(int, row("direct reader")["open descriptors"].split(" to "))
        r = self.serving()
        self.assertEqual(sorted(map(int, os.listdir(f"/proc/{r.process.pid}/fd"))), list(range(first, last + 1)))
        self.assertEqual(r.proc("oom_score_adj"), "1000\n")
        # A directory of the process's own, in which nothing can be made.
        self.assertEqual(os.readlink(f"/proc/{r.process.pid}/root"), f"/proc/{r.process.pid}/fdinfo")

    def test_landlock(self):
        """It says whether the kernel has it; whether it is in force is unit/host/confine's."""
        r = self.start()
        said = struct.unpack("=I", r.open()[-1][1])[0]
        libc = ctypes.CDLL(None)
        self.assertEqual((said, row("direct reader")["Landlock"]),
                         (int(libc.syscall(444, None, 0, 1) > 0), "nothing"))

    def test_before_the_first_byte(self):
        """The image is a server that has greeted, and has not sent a byte of the disk."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            r = self.start(image=theirs.fileno())
            r.socket.sendall(struct.pack("=IIQI", 12, OPEN, 0, 1))
            ours.settimeout(60)
            ours.sendall(b"NBDMAGICIHAVEOPT\0\3")
            self.assertEqual(len(ours.recv(4, socket.MSG_WAITALL)), 4)
            self.assertIn("\nSeccomp:\t2\n", r.proc("status"))
            self.assertIn("\nUid:\t65534\t", r.proc("status"))

    def test_end(self):
        """Its orderly end takes no system call that is not on the list."""
        self.assertEqual(self.serving().end(), (0, ""))

    def test_cannot_be_confined(self):
        """Root without the right to become anybody: it says why, and reads nothing."""
        r = self.start(before=["setpriv", "--bounding-set=-setuid", "--inh-caps=-setuid"])
        self.assertRaises((EOFError, ConnectionError), r.open)
        status, said = r.end()
        self.assertEqual(status, 1)
        self.assertIn("confining the process: becoming user 65534: Operation not permitted", said)


if __name__ == "__main__":
    unittest.main()
