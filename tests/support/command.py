# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Running ramimg as a user would: its own process, a clean environment, a deadline."""

import contextlib
import os
import signal
import subprocess
import threading
import time

import documents

FIXTURES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "fixtures")
SLOW = float(os.environ.get("RAMIMG_TEST_SLOW", "1"))


def binary():
    path = os.environ.get("RAMIMG")
    if not path:
        raise RuntimeError("set RAMIMG to the program under test")
    return os.path.abspath(path)


def environment(tmpdir):
    """Ours without what would help libguestfs: ramimg must manage by itself.

    Temporary files go to a directory that can be looked through afterwards, but the appliance,
    which libguestfs would make again there, is the machine's own.
    """
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("LIBGUESTFS_", "RAMIMG"))}
    return clean | {"TMPDIR": tmpdir, "LIBGUESTFS_CACHEDIR": "/var/tmp"}


def fixture(name, *args):
    """The path that a script of tests/fixtures prints."""
    return subprocess.run([os.path.join(FIXTURES, name), *args], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


def quick_appliance():
    """Variables by which libguestfs makes and keeps an appliance of its own whose kernel is not packed, and which
    asks udev about nothing but disks.

    The machine's own is what users have; this one starts nine seconds of a core sooner, and is in
    nothing else different. Where there is no such kernel there are no such variables.
    """
    path = fixture("plain-kernel")
    directory, name = os.path.split(path)
    version = os.path.basename(directory).removeprefix("plain-kernel.").rpartition(".")[0]
    if name != "vmlinux":
        return {}
    variables = {"LIBGUESTFS_CACHEDIR": directory, "SUPERMIN_KERNEL": path, "SUPERMIN_KERNEL_VERSION": version,
                 "SUPERMIN_MODULES": f"/lib/modules/{version}"}
    parts = fixture("quick-appliance", path)
    return variables | ({"LIBGUESTFS_CACHEDIR": parts, "LIBGUESTFS_PATH": parts} if parts else {})


class Result:
    def __init__(self, argv, status, out, err, seconds, peak_kib):
        self.argv = argv
        self.status = status
        self.out = out
        self.err = err
        self.seconds = seconds
        self.peak_kib = peak_kib        # of ramimg itself, without its children

    def __str__(self):
        return (f"{' '.join(self.argv)}: status {self.status} after {self.seconds:.0f} s\n"
                f"--- stdout\n{self.out}\n--- stderr\n{self.err}")


class Command:
    """A running ramimg. Its stderr can be waited on, line by line."""

    def __init__(self, *args, work, config=None, prefix=(), env=()):
        self.args = [str(arg) for arg in args]
        self.argv = [*prefix, binary(), args[0]]
        if config:
            self.argv += ["--config", config]
        self.argv += [str(arg) for arg in args[1:]]
        tmpdir = os.path.join(work, "tmp")
        os.makedirs(tmpdir, exist_ok=True)
        self.start = time.monotonic()
        self.process = subprocess.Popen(self.argv, cwd=work, env=environment(tmpdir) | dict(env),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, start_new_session=True)
        self.changed = threading.Condition()
        self.streams = {}
        self.peak_kib = 0
        self.readers = [threading.Thread(target=self._read, args=pair, daemon=True) for pair in
                        (("out", self.process.stdout), ("err", self.process.stderr))]
        self.readers.append(threading.Thread(target=self._watch_memory, daemon=True))
        for thread in self.readers:
            thread.start()

    def _read(self, name, pipe):
        data = bytearray()
        with pipe:
            self.streams[name] = data
            while block := os.read(pipe.fileno(), 65536):
                with self.changed:
                    data += block
                    self.changed.notify_all()

    def _watch_memory(self):
        path = f"/proc/{self.process.pid}/status"
        while self.process.poll() is None:
            try:
                with open(path, encoding="ascii", errors="replace") as status:
                    for line in status:
                        if line.startswith("VmHWM:"):
                            self.peak_kib = int(line.split()[1])
            except OSError:
                return
            time.sleep(0.2)

    def text(self, name):
        return bytes(self.streams.get(name, b"")).decode("utf-8", "replace")

    def wait_for(self, words, seconds):
        """Wait until stderr has the words; the program must still run then."""
        until = time.monotonic() + seconds * SLOW
        with self.changed:
            while words not in self.text("err"):
                left = until - time.monotonic()
                if left <= 0 or self.process.poll() is not None:
                    break
                self.changed.wait(min(left, 1))
        if words not in self.text("err") or self.process.poll() is not None:
            raise AssertionError(f"{words!r} did not come in time: {self.finish(1)}")

    def signal(self, number):
        self.process.send_signal(number)

    def _where(self):
        """What the processes of a run that does not end are doing."""
        return b"\n--- not ended:\n" + subprocess.run(
            ["ps", "-L", "-o", "pid,tid,stat,time,wchan:24,args", "-s", str(self.process.pid)],
            stdout=subprocess.PIPE, check=False).stdout

    def finish(self, seconds):
        """Wait for the end; kill what does not end. What --json printed is checked."""
        try:
            status = self.process.wait(seconds * SLOW)
        except subprocess.TimeoutExpired:
            with self.changed:
                self.streams.setdefault("err", bytearray()).extend(self._where())
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            status = "timeout"
        took = time.monotonic() - self.start
        for thread in self.readers:
            thread.join(30)
        if status != "timeout" and status >= 0:
            documents.check_run(self.args, status, self.text("out"))
        return Result(self.argv, status, self.text("out"), self.text("err"), took, self.peak_kib)


def run(*args, seconds=900, **kwargs):
    return Command(*args, **kwargs).finish(seconds)


def open_files(pid):
    """What a process has open, by its descriptors' links; what it closes meanwhile is left out."""
    where = f"/proc/{pid}/fd"
    found = set()
    for fd in os.listdir(where):
        with contextlib.suppress(FileNotFoundError):
            found.add(os.readlink(os.path.join(where, fd)))
    return found


def users_of(path):
    """Processes that name the path in their arguments or have it open."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if int(pid) == os.getpid():
            continue
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as data:
                named = os.fsencode(path) in data.read()
            opened = path in open_files(pid)
        except OSError:
            continue
        if named or opened:
            found.append(int(pid))
    return found


def wait_unused(path, seconds):
    until = time.monotonic() + seconds * SLOW
    while users := users_of(path):
        if time.monotonic() > until:
            raise AssertionError(f"still in use by processes {users}: {path}")
        time.sleep(0.2)
