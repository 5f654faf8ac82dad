# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
QEMU's programs, as ramimg starts them, are as confined as their rows in docs/confinement.md say, by the kernel's
word. As root.
"""
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))

from confinement import in_force, limits, row  # noqa: E402

RAMIMG = os.environ["RAMIMG"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# capabilities(7), by the kernel's numbers
CAPABILITIES = {"chown": 0, "dac_override": 1, "dac_read_search": 2, "fowner": 3, "kill": 5, "setgid": 6, "setuid": 7,
                "setpcap": 8, "sys_chroot": 18, "sys_ptrace": 19}


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


class Tools(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="ramimg-tools-")
        cls.addClassCleanup(scratch.cleanup)
        cls.dir = scratch.name
        cls.raw, cls.qcow2 = os.path.join(cls.dir, "a.raw"), os.path.join(cls.dir, "a.qcow2")
        subprocess.run([os.path.join(ROOT, "tests", "guests", "make"), "good", cls.raw], check=True)
        subprocess.run(["qemu-img", "convert", "-O", "qcow2", cls.raw, cls.qcow2], check=True)
        cls.config = os.path.join(cls.dir, "conf")
        with open(cls.config, "w", encoding="ascii") as f:
            f.write(f'stage: {{ dir = "{cls.dir}/stage"; }};\nreader: {{ direct = false; }};\n')

    def compare(self, name, pid):
        """The process @pid with the row of @name."""
        want = row(name)
        status = dict(line.split(":\t", 1) for line in read(f"/proc/{pid}/status").splitlines())
        for field in ("Uid", "Gid"):
            self.assertEqual(status[field].split(), [re.match(r"\d+", want["user and group"])[0]] * 4, field)
        self.assertEqual(status["Groups"].split(), re.findall(r"\d+", want["groups"]))
        for field in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            self.assertEqual((int(status[field], 16), want["capabilities"]), (0, "none"), field)
        self.assertEqual((status["Seccomp"], status["NoNewPrivs"]), ("2", "1"))
        self.assertIn("list of what fails", want["system calls"])
        text = read(f"/proc/{pid}/limits")
        for field, n in limits(name).items():
            self.assertEqual(in_force(text, field), [n, n], field)
        return status

    def stand_in(self, name):
        """
        A program called @name, to be the first in PATH: it waits for a line from a FIFO before it is what it is
        called. @return its directory and the FIFO.
        """
        place = tempfile.mkdtemp(dir=self.dir)
        os.chmod(place, 0o755)
        fifo = os.path.join(place, "go")
        os.mkfifo(fifo)
        path = os.path.join(place, name)
        with open(path, "w", encoding="ascii") as f:
            f.write(f'#!/bin/sh\nread -r go <{fifo}\nPATH=${{PATH#*:}} exec {name} "$@"\n')
        os.chmod(path, 0o755)
        return place, fifo

    def waiting(self, name):
        """The number of a @name that waits, among the processes below ramimg; who opens the FIFO has met it."""
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                argv = read(f"/proc/{pid}/cmdline").split("\0")
            except OSError:
                continue
            if len(argv) > 2 and argv[1].endswith("/" + name) and self.dir in argv[1]:
                return int(pid)
        return None

    def check_ramimg(self, child):
        """All threads of the process that started @child, with the row that names capabilities."""
        parent = re.search(r"\nPPid:\t(\d+)", read(f"/proc/{child}/status"))[1]
        want = sum(1 << CAPABILITIES[name] for name in re.findall(r"[a-z_]+", row("ramimg itself")["capabilities"]))
        sets = []
        for task in os.listdir(f"/proc/{parent}/task"):
            status = dict(line.split(":\t", 1) for line in read(f"/proc/{parent}/task/{task}/status").splitlines())
            self.assertEqual({int(status[name], 16) for name in ("CapInh", "CapAmb")}, {0})
            self.assertEqual(status["CapPrm"], status["CapEff"])
            self.assertEqual(status["CapPrm"], status["CapBnd"])
            if task == parent:
                self.assertEqual(status["NoNewPrivs"], "1")
            sets.append((int(status["CapPrm"], 16)))
        # The other is the console's, which needs none.
        self.assertEqual(sorted(sets), [0, want])

    def check_each(self, name, starts, also=None):
        place, fifo = self.stand_in(name)
        env = os.environ | {"PATH": f"{place}:{os.environ['PATH']}"}
        seen = 0
        with subprocess.Popen([RAMIMG, "inspect", self.qcow2], env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT) as p:
            ended = os.pidfd_open(p.pid)
            self.addCleanup(os.close, ended)
            while not select.select([ended], [], [], 0)[0]:
                try:
                    go = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
                except OSError:  # nobody waits at it yet
                    select.select([ended], [], [], 0.01)
                    continue
                with os.fdopen(go, "w", encoding="ascii") as f:
                    pid = self.waiting(name)
                    self.compare(name, pid)
                    if also:
                        also(pid)
                    seen += 1
                    f.write("go\n")
                # It has read the line once it is no longer the script; the next one may be there already.
                while self.waiting(name) == pid and not select.select([ended], [], [], 0.01)[0]:
                    pass
            said = p.stdout.read().decode()
            self.assertEqual(p.wait(), 0, said)
        self.assertGreaterEqual(seen, starts)

    def test_qemu_img(self):
        self.check_each("qemu-img", 2)

    def test_qemu_nbd(self):
        self.check_each("qemu-nbd", 1, self.check_ramimg)

    def test_the_appliances_qemu(self):
        """From its start on it can gain nothing, and it is nobody before it runs what is in the appliance."""
        with subprocess.Popen([RAMIMG, "--config", self.config, "inspect", self.raw], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT) as p:
            ended = os.pidfd_open(p.pid)
            self.addCleanup(os.close, ended)
            found = None
            while not found and not select.select([ended], [], [], 0.05)[0]:
                for pid in filter(str.isdigit, os.listdir("/proc")):
                    try:
                        argv, status = read(f"/proc/{pid}/cmdline"), read(f"/proc/{pid}/status")
                    except OSError:
                        continue
                    if self.dir in argv and "-runas" in argv and "\nUid:\t65534\t" in status:
                        found = int(pid)
            self.assertTrue(found, "no QEMU was seen")
            self.compare("the appliance's QEMU", found)
            p.send_signal(signal.SIGTERM)
            said = p.communicate()[0].decode()
            self.assertNotEqual(p.returncode, 0, said)


class Link(unittest.TestCase):
    """ramimg under the link's name becomes what is written next to it, and nothing else."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="ramimg-link-")
        self.addCleanup(scratch.cleanup)
        self.link = os.path.join(scratch.name, "ramimg-confined")
        os.symlink(RAMIMG, self.link)

    def run_it(self, records, *argv):
        if records is not None:
            with open(self.link + ".files", "wb") as f:
                f.write(b"".join(r.encode() + b"\0" for r in records))
        return subprocess.run([self.link, *argv], capture_output=True, text=True, timeout=60, check=False)

    def test_arguments_and_files(self):
        directory = os.path.dirname(self.link)
        script = 'echo "$#" "$1" "$2"; : >"$TMPDIR/made"; read -r x </etc/hostname || echo refused'
        got = self.run_it(["p/bin/sh", "alast", f"3{directory}"], "-c", script, "0", "first")
        self.assertEqual(got.stdout, "2 first last\nrefused\n", got.stderr)
        self.assertTrue(os.path.exists(os.path.join(directory, "made")))

    def test_refusals(self):
        for records, why in ((None, "No such file or directory"), (["-"], "it names no program"),
                             (["p/no/such/program"], "cannot run /no/such/program")):
            got = self.run_it(records, "-c", "echo it ran")
            self.assertEqual((got.returncode, got.stdout), (1, ""), got.stderr)
            self.assertIn(why, got.stderr)


if __name__ == "__main__":
    unittest.main()
