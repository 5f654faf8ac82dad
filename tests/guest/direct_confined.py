# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Each process that parses what a guest wrote is, at work, as confined as its row in docs/confinement.md says, by the
kernel's word. As root.
"""
import ctypes
import io
import os
import socket
import struct
import subprocess
import sys
import tarfile
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))

from confinement import NAMES, in_force, limits, row  # noqa: E402

RAMIMG = os.environ["RAMIMG"]
SANITIZED = os.environ.get("SANITIZED", "") != ""
OPEN, FILESYSTEMS, TREE, INITRD_CHECK = 1, 2, 18, 20
DONE, ERROR, BEAT, ITEMS, ENTRY = 100, 101, 102, 103, 105
SHARED = 8 * 128 << 10


class Process:
    """A process as ramimg starts it: 3 is the socket, 4 what it reads, 5 the shared memory."""

    def __init__(self, command, given, payload, before):
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(60)
        self.payload = payload
        high = [os.dup2(fd, 100 + i, inheritable=True) for i, fd in enumerate((theirs.fileno(), *given))]

        def place():
            for i, fd in enumerate(high):
                os.dup2(fd, 3 + i)
        # More is inherited than it is to keep: 100 and above.
        self.process = subprocess.Popen([*before, RAMIMG, command], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={},
                                        preexec_fn=place, close_fds=False)
        theirs.close()
        for fd in high:
            os.close(fd)

    def ask(self, op, payload=b""):
        self.socket.sendall(struct.pack("=II", len(payload), op) + payload)
        frames = [self.frame()]
        while frames[-1][0] not in (DONE, ERROR):
            frames.append(self.frame())
        return frames

    def frame(self):
        n, kind = struct.unpack("=II", self.take(8))
        return kind, self.take(n)

    def take(self, n):
        got = self.socket.recv(n, socket.MSG_WAITALL) if n else b""
        if len(got) != n:
            raise EOFError(f"{len(got)} of {n} bytes")
        return got

    def open(self):
        return self.ask(OPEN, self.payload)

    def proc(self, name):
        with open(f"/proc/{self.process.pid}/{name}", encoding="ascii") as f:
            return f.read()

    def end(self):
        self.socket.close()
        said = self.process.communicate(timeout=60)[1].decode()
        return self.process.returncode, said


class Confined:
    """What is asked of each; the subclass says how it is started, and its row."""

    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="ramimg-confined-")
        self.addCleanup(self.scratch.cleanup)

    def start(self, given, payload, before=()):
        r = Process(self.command, given, payload, before)
        self.addCleanup(r.process.stderr.close)
        self.addCleanup(r.process.wait)
        self.addCleanup(r.process.kill)
        self.addCleanup(r.socket.close)
        return r

    def shared(self):
        fd = os.memfd_create("shared", 0)
        self.addCleanup(os.close, fd)
        os.ftruncate(fd, SHARED)
        return fd

    def opened(self, path):
        fd = os.open(path, os.O_RDONLY)
        self.addCleanup(os.close, fd)
        return fd

    def serving(self):
        r = self.begin()
        kind, payload = r.open()[-1]
        self.assertEqual(kind, DONE, payload)
        self.work(r)
        return r

    def test_status(self):
        want = row(self.row)
        status = dict(line.split(":\t", 1) for line in self.serving().proc("status").splitlines())
        for name in ("Uid", "Gid"):
            self.assertEqual(status[name].split(), [want["user and group"]] * 4)
        self.assertEqual((status["Groups"].split(), want["groups"]), ([], "none"))
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            self.assertEqual((int(status[name], 16), want["capabilities"]), (0, "none"), name)
        self.assertEqual((status["Seccomp"], want["system calls"]), ("2", "a list"))
        self.assertEqual((status["NoNewPrivs"], status["Threads"]), ("1", "1"))

    def test_limits(self):
        want = limits(self.row)
        self.assertEqual(sorted(want), sorted(NAMES.values()))
        if SANITIZED:
            want["Max address space"] = "unlimited"
        text = self.serving().proc("limits")
        for name, n in want.items():
            self.assertEqual(in_force(text, name), [n, n], name)

    def test_descriptors(self):
        first, last = map(int, row(self.row)["open descriptors"].split(" to "))
        r = self.serving()
        self.assertEqual(sorted(map(int, os.listdir(f"/proc/{r.process.pid}/fd"))), list(range(first, last + 1)))
        self.assertEqual(r.proc("oom_score_adj"), "1000\n")
        # A directory of the process's own, in which nothing can be made.
        self.assertEqual(os.readlink(f"/proc/{r.process.pid}/root"), f"/proc/{r.process.pid}/fdinfo")

    def test_landlock(self):
        """It says whether the kernel has it; whether it is in force is unit/host/confine's."""
        said = struct.unpack("=I", self.begin().open()[-1][1])[0]
        libc = ctypes.CDLL(None)
        self.assertEqual((said, row(self.row)["Landlock"]),
                         (int(libc.syscall(444, None, 0, 1) > 0), "nothing"))

    def test_without_landlock(self):
        """A kernel without it: all else is in force, and it works."""
        r = self.begin(before=["strace", "-qq", "-o", os.path.join(self.scratch.name, "trace"),
                               "-e", "inject=landlock_create_ruleset:error=ENOSYS"])
        self.assertEqual(r.open()[-1], (DONE, struct.pack("=I", 0)))
        self.work(r)
        with open(f"/proc/{r.process.pid}/task/{r.process.pid}/children", encoding="ascii") as f:
            pid = int(f.read())
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            status = f.read()
        self.assertIn("\nSeccomp:\t2\n", status)
        self.assertIn("\nUid:\t65534\t", status)
        self.assertEqual(r.end(), (0, ""))

    def test_end(self):
        """Its orderly end takes no system call that is not on the list."""
        self.assertEqual(self.serving().end(), (0, ""))

    def test_cannot_be_confined(self):
        """Root without the right to become anybody: it says why, and reads nothing."""
        r = self.begin(before=["setpriv", "--bounding-set=-setuid", "--inh-caps=-setuid"])
        self.assertRaises((EOFError, ConnectionError), r.open)
        status, said = r.end()
        self.assertEqual(status, 1)
        self.assertIn("confining the process: becoming user 65534: Operation not permitted", said)


class DirectReader(Confined, unittest.TestCase):
    command, row = "read-direct", "direct reader"

    def begin(self, image=None, before=()):
        path = os.path.join(self.scratch.name, "image")
        subprocess.run(["mke2fs", "-q", "-t", "ext4", path, "8M"], check=True, capture_output=True)
        return self.start((self.opened(path) if image is None else image, self.shared()),
                          struct.pack("=QI", os.path.getsize(path), 0), before)

    def work(self, r):
        frames = r.ask(FILESYSTEMS)
        self.assertEqual([kind for kind, _ in frames], [ITEMS, DONE])
        self.assertIn(b"ext4", frames[0][1])

    def test_before_the_first_byte(self):
        """The image is a server that has greeted, and has not sent a byte of the disk."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            r = self.begin(image=theirs.fileno())
            r.socket.sendall(struct.pack("=IIQI", 12, OPEN, 0, 1))
            ours.settimeout(60)
            ours.sendall(b"NBDMAGICIHAVEOPT\0\3")
            self.assertEqual(len(ours.recv(4, socket.MSG_WAITALL)), 4)
            self.assertIn("\nSeccomp:\t2\n", r.proc("status"))
            self.assertIn("\nUid:\t65534\t", r.proc("status"))


class InitrdReader(Confined, unittest.TestCase):
    command, row = "parse-initrd", "initrd's reader"

    def begin(self, before=()):
        tree = os.path.join(self.scratch.name, "tree")
        os.makedirs(os.path.join(tree, "scripts"))
        for name in ("init", "scripts/local", "scripts/functions"):
            with open(os.path.join(tree, name), "w", encoding="ascii"):
                pass
        path = os.path.join(self.scratch.name, "initrd")
        subprocess.run(f"find . | cpio --quiet -o -H newc | zstd -q >{path}", shell=True, check=True, cwd=tree)
        return self.start((self.opened(path),), struct.pack("=Q", os.path.getsize(path)), before)

    def work(self, r):
        kind, payload = r.ask(INITRD_CHECK)[-1]
        self.assertEqual(kind, DONE, payload)
        self.assertEqual(struct.unpack("=IIIIIQQQ", payload), (3, 0, 0, 0, 0, 5, 0, 0))


class TarReader(Confined, unittest.TestCase):
    command, row = "parse-tar", "tar's reader"

    def begin(self, before=()):
        out, self.pipe = os.pipe()
        r = self.start((out, self.shared()), b"", before)
        os.close(out)
        return r

    @staticmethod
    def stream():
        """Two entries, in an order of tar's own: names that are converted, and an attribute."""
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name in ("ä", "b"):
                info = tarfile.TarInfo(name)
                info.pax_headers = {"SCHILY.xattr.user.ö": "x"}
                tar.addfile(info)
        return out.getvalue()

    def work(self, r):
        os.write(self.pipe, self.stream())
        os.close(self.pipe)
        frames = r.ask(TREE)
        self.assertEqual([kind for kind, _ in frames], [ENTRY, ENTRY, DONE], frames)
        self.assertIn("ä".encode() + b"\0", frames[0][1])

    def test_amid_the_stream(self):
        """It waits for more, says so, and is as confined as ever."""
        r = self.begin()
        self.assertEqual(r.open()[-1][0], DONE)
        os.write(self.pipe, self.stream()[:3000])
        r.socket.sendall(struct.pack("=II", 0, TREE))
        self.assertEqual(r.frame()[0], ENTRY)
        self.assertEqual(r.frame(), (BEAT, b""))
        self.assertIn("\nSeccomp:\t2\n", r.proc("status"))
        os.close(self.pipe)
        kind, payload = r.frame()
        self.assertEqual(kind, ERROR)
        self.assertIn(b"the tar stream is damaged or cut short", payload)


if __name__ == "__main__":
    unittest.main()
