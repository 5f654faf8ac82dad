# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run ramload as an ordinary process, every path of the boot redirected into a directory."""
import contextlib
import ctypes
import json
import os
import shutil
import subprocess
import tempfile


CLONE_NEWNS = 0x20000


def _mount_alone():
    """What is mounted from here on nobody else sees, and it goes with this process."""
    if ctypes.CDLL(None).unshare(CLONE_NEWNS) != 0:
        raise SystemExit("no mount namespace of its own: these tests take root")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)


_mount_alone()


class Machine:
    """A directory that stands for a booting machine: its disk's root, consoles, /run."""

    def __init__(self, ramload, directory, meminfo=(8 << 20, 4 << 20), cmdline="quiet"):
        self.ramload = ramload
        self.dir = directory
        self.root = self.path("root")
        self.aside = self.path("run/ramimg/disk")
        self.status_file = self.path("run/ramimg/status")
        for d in ("root", "run", "sys/class/tty/console", "dev", "proc/self"):
            os.makedirs(self.path(d))
        self.write("sys/class/tty/console/active", "con0 con1\n")
        self.write("dev/con0", "")
        self.write("dev/con1", "")
        self.write("proc/cmdline", cmdline + "\n")
        self.write("proc/meminfo", "MemTotal: %d kB\nMemFree: 1 kB\nMemAvailable: %d kB\n" % meminfo)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(self.path(name), "w") as f:
            f.write(text)

    def mount_disk(self):
        """A file system on root, as the initrd leaves it: here a tmpfs with one file in it."""
        subprocess.run(["mount", "-t", "tmpfs", "disk", self.root], check=True)
        self.write("root/on-disk", "")

    def args(self, command, archive, *options):
        args = [self.ramload, *([command] if isinstance(command, str) else command),
                "--manifest", archive.manifest if archive else "/nonexistent", "--root", self.root,
                "--aside", self.aside, "--status", self.status_file, "--sys", self.path("sys"),
                "--dev", self.path("dev"), "--proc", self.path("proc"), "--meminfo",
                self.path("proc/meminfo"), *options]
        if archive and "--archive" not in options and command in ("load", "check"):
            args += ["--archive", archive.path]
        return args

    def run(self, command, archive, *options):
        return subprocess.run(self.args(command, archive, *options), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=300, check=False)

    def console(self, n=0):
        with open(self.path("dev/con%d" % n)) as f:
            return f.read()

    def status(self):
        with open(self.status_file) as f:
            return json.load(f)

    def check_disk_is_back(self):
        """The root is the disk's again, with nothing above it, and the status says so."""
        found = self.mounts(), os.listdir(self.root), self.status()["result"]
        if found != ([("root", "tmpfs", "disk")], ["on-disk"], "disk"):
            raise AssertionError(f"{found}\n{self.console()}")

    def mounts(self):
        """(mount point below the machine's directory, type, source), in mounting order."""
        with open("/proc/self/mountinfo") as f:
            rows = [line.split() for line in f]
        return [(os.path.relpath(r[4], self.dir), r[r.index("-") + 1], r[r.index("-") + 2])
                for r in rows if r[4].startswith(self.dir + "/")]


class Packed:
    """An archive and its manifest by ramimg's own packer, out of a tar stream."""

    def __init__(self, directory, tar, compression):
        self.path = os.path.join(directory, "packed")
        self.manifest = os.path.join(directory, "packed.manifest")
        subprocess.run([os.environ["LOADER_PACKER"], compression, self.path, self.manifest],
                       input=tar, check=True)


@contextlib.contextmanager
def machine(ramload, **options):
    """A Machine in a scratch directory, gone at the end with whatever is mounted in it."""
    directory = tempfile.mkdtemp(prefix="ramload-test-")
    m = Machine(ramload, directory, **options)
    try:
        yield m
    finally:
        for point, _, _ in reversed(m.mounts()):
            subprocess.run(["umount", "-l", os.path.join(m.dir, point)], check=False)
        shutil.rmtree(directory)
