# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of faults share: a volume and its stage, commits and recoveries, and how they ended.

Environment: RAMIMG (its build tree has commit_tool), RAMIMG_FAULTS_DIR (scratch).
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))

import disk  # noqa: E402
from cases import expect  # noqa: E402
from outcomes import Tally  # noqa: E402

RAMIMG = os.environ.get("RAMIMG", "")
TOOL = os.path.join(os.path.dirname(RAMIMG), "tests/faults/commit_tool")
BARE = TOOL + "_bare"
SIZE = 8 << 20  # of the disk
PIECE = 1 << 16  # a cluster of an overlay


def digest(data):
    return hashlib.sha256(data).hexdigest()


@contextlib.contextmanager
def small(path, size):
    """
    A tmpfs of so many bytes on the directory @path. Yields a function that gives it other options, and one that
    puts an empty one in its place: what was removed may be held for a moment by Landlock's rules for a program
    that has ended.
    """
    def mount(options):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"mode=700,{options}", "none", path], check=True)

    def anew(options):
        subprocess.run(["umount", path], check=True)
        mount(options)

    os.makedirs(path, exist_ok=True)
    mount(f"size={size}")
    try:
        yield lambda options: subprocess.run(["mount", "-o", f"remount,{options}", path], check=True), anew
    finally:
        subprocess.run(["umount", path], check=True)


class Work:
    """A volume, its stage, and what its disk holds before and after."""

    def __init__(self, name, form="raw"):
        self.dir = os.path.join(os.path.abspath(os.environ["RAMIMG_FAULTS_DIR"]), name)
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        self.tally = Tally(f"faults/{name}")
        self.stage = os.path.join(self.dir, "stage")
        self.config = os.path.join(self.dir, "ramimg.conf")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(f'stage: {{ dir = "{self.stage}"; }};\n')
        self.tool = TOOL
        self.words = []  # of the tool
        self.image = None
        self.use(form)

    def path(self, name):
        return os.path.join(self.dir, name)

    def use(self, form, volume=None):
        """From now on the volume is of this format, and there."""
        self.form = form
        self.volume = volume or os.path.join(self.dir, f"disk.{form}")
        self.fresh()
        self.before = self.content()
        done = self.commit()
        expect(done.returncode == 0, done.stderr)
        self.after = self.content()
        expect(self.before != self.after, "the commit changed nothing")
        self.fresh()

    def turn(self, image, other):
        """From now on the volume is a copy of one raw image, and what is committed makes another of it."""
        self.image = image
        self.form, self.volume = "raw", os.path.join(self.dir, "turned.raw")
        overlay = os.path.join(self.dir, "overlay")
        self.fresh()
        self.qemu_img("create", "-q", "-f", "qcow2", "-b", self.volume, "-F", "raw", overlay)
        piece = os.path.join(self.dir, "piece")
        with open(image, "rb") as one, open(other, "rb") as two:
            at = 0
            while data := two.read(PIECE):
                if data != one.read(PIECE):
                    with open(piece, "wb") as file:
                        file.write(data)
                    subprocess.run(["qemu-io", "-f", "qcow2", "-c",
                                    f"write -q -s {piece} {at} {len(data)}", overlay], check=True)
                at += len(data)
        self.words = ["-o", overlay]
        self.before, self.after = self.content(image), self.content(other)
        done = self.commit()
        expect(done.returncode == 0 and self.content() == self.after, done)
        self.fresh()

    def fresh(self):
        """The volume as it was, nothing staged."""
        if os.path.ismount(self.stage):
            for name in os.listdir(self.stage):
                shutil.rmtree(os.path.join(self.stage, name))
        else:
            shutil.rmtree(self.stage, ignore_errors=True)
        if self.image:
            disk.copy(self.image, self.volume)
            return
        plain = os.path.join(self.dir, "plain")
        with open(plain, "wb") as file:
            file.truncate(SIZE)
            file.write(b"\x11" * (256 << 10))
            file.seek(3 << 20)
            file.write(b"\x22" * (192 << 10))
        if self.form == "raw":
            with contextlib.suppress(FileNotFoundError):
                os.remove(self.volume)
            disk.copy(plain, self.volume)
        else:
            self.qemu_img("convert", "-f", "raw", "-O", self.form, plain, self.volume)

    def qemu_img(self, *words):
        subprocess.run(["qemu-img", *words], check=True)

    def content(self, path=None):
        """A digest of what the guest would see."""
        path = path or self.volume
        if self.form != "raw":
            plain = os.path.join(self.dir, "plain")
            self.qemu_img("convert", "-f", self.form, "-O", "raw", path, plain)
            path = plain
        with open(path, "rb") as file:
            return digest(file.read())

    def recorded(self):
        return any("commit" in files for _, _, files in os.walk(self.stage))

    def run(self, argv, fault=None, **more):
        """Run it, with a fault of strace's; fault_hit tells whether it came to that."""
        log = os.path.join(self.dir, "strace")
        self.fault_hit = False
        if fault:
            call = fault.split(":")[0]
            argv = ["strace", "-q", "-o", log, "-e", f"trace={call}", "-e", f"inject={fault}", *argv]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=120, check=False, **more)
        if fault:
            with open(log, encoding="utf-8", errors="replace") as file:
                trace = file.read()
            self.fault_hit = "(INJECTED)" in trace or "+++ killed by SIGKILL" in trace
        return done

    def committing(self, *words):
        return [self.tool, *self.words, *words, self.volume, self.stage]

    def recovering(self, *words):
        return [RAMIMG, "recover", "-c", self.config, *words, self.volume]

    def commit(self, fault=None, **more):
        return self.run(self.committing(), fault, **more)

    def recover(self, *words, fault=None, **more):
        return self.run(self.recovering(*words), fault, **more)

    def check(self, done, what, ends):
        """
        The volume is what the exit status says, and that in one of the ways of outcomes.py.

        @ends: its content where the command succeeds.
        """
        now, recorded = self.content(), self.recorded()
        said = f"{what}: status {done.returncode}, recorded {recorded}: {done.stderr}"
        if done.returncode == 0:
            expect(now == ends and not recorded, said)
        elif done.returncode in (1, 3):
            expect(now == self.before and not recorded, said)
        elif done.returncode == 4:
            # Or all is done, and only that the record is gone could not be flushed.
            expect(recorded or now == ends, said)
            # What to do is said whole, however long the volume's name is.
            expect("began and is not complete" not in done.stderr or f"--undo {self.volume}: " in done.stderr,
                   said)
        else:
            expect(done.returncode == -9, said)
            expect(recorded or now in (self.before, self.after), said)
        return "recorded" if recorded else "as it was" if now == self.before else "done"

    def end(self, what, undo):
        """What is recorded is completed or undone; what is left over goes with the next command."""
        recorded = self.recorded()
        done = self.recover("--undo") if undo else self.recover()
        expect(done.returncode == 0, f"{what}: {done.stderr}")
        if recorded:
            expect(self.content() == (self.before if undo else self.after), what)
        expect(not self.recorded(), what)
