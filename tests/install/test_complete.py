# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Completion in bash, zsh and fish, by the shells themselves: keys are typed into a terminal, and what the command gets is
looked at. fish is asked what it would offer.

    test_complete.py --list         the names of the cases
    test_complete.py NAME...        run them; without a name, all

Environment: RAMIMG (the program), RAMIMG_SHARE (what is installed below share/), RAMIMG_INSTALL_DIR (scratch).
"""

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "support"))
sys.path.insert(0, os.path.join(TESTS, "host"))
sys.dont_write_bytecode = True

from cases import CASES, case, expect, main  # noqa: E402
from command import SLOW, binary, run  # noqa: E402
from pve import Host  # noqa: E402

SHARE = os.path.abspath(os.environ.get("RAMIMG_SHARE", "share"))
BASH = f"{SHARE}/bash-completion/completions/ramimg"
FISH = f"{SHARE}/fish/vendor_completions.d/ramimg.fish"
# What is typed, with tabs, and what the command gets.
TYPED = (
    ("bui\t", ["build"]),
    ("build vm-105\t", ["build", "vm-105-disk-1"]),
    ("build local:105/vm\t", ["build", "local:105/vm-105-disk-1.qcow2"]),
    ("build -n 20\t", ["build", "-n", "206"]),
    ("build ima\t", ["build", "image.raw"]),
    ("build --unt\t x", ["build", "--untested", "x"]),
    ("build --format qc\t x", ["build", "--format", "qcow2", "x"]),
    ("-z zs\t inspect x", ["-z", "zstd", "inspect", "x"]),
    ("build --out somew\t", ["build", "--out", "somewhere"]),
    ("detach 10\t", ["detach", "105"]),
    ("config s\t 10\t", ["config", "show", "105"]),
    ("help doc\t", ["help", "doctor"]),
    ("--vers\t", ["--version"]),
)


class Work:
    """A host with two VMs, and a ramimg that notes what it is called with; its candidates are the real one's."""

    def __init__(self, name):
        self.dir = os.path.join(os.path.abspath(os.environ["RAMIMG_INSTALL_DIR"]), name)
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(os.path.join(self.dir, "bin"))
        os.makedirs(os.path.join(self.dir, "here", "somewhere"))
        with open(os.path.join(self.dir, "here", "image.raw"), "wb"):
            pass
        self.host = Host(os.path.join(self.dir, "host"))
        self.host.vm(105, "name: web\nscsi0: local:105/vm-105-disk-1.qcow2,size=8G\nide2: local:iso/x.iso,media=cdrom\n"
                          "\n[PENDING]\nscsi1: local:105/other.raw\n\n[snap]\nscsi3: local:105/vm-105-disk-7.raw\n")
        self.host.vm(206, "name: $(touch bad)\nscsi0: /dev/sdx\n")
        self.host.vm(307, "name: away\n", node="pve2")
        self.called = os.path.join(self.dir, "called")
        wrapper = os.path.join(self.dir, "bin", "ramimg")
        with open(wrapper, "w", encoding="utf-8") as text:
            text.write(f'#!/bin/sh\nif [ "$1" = candidates ]; then\n\texec {binary()} "$@" --pve-root {self.host.root}\nfi\n'
                       f'printf "%s\\n" "$@" END >{self.called}.new\nmv {self.called}.new {self.called}\n')
        os.chmod(wrapper, 0o755)
        self.env = {"PATH": f"{self.dir}/bin:/usr/bin:/bin", "HOME": self.dir, "TERM": "vt100", "LC_ALL": "C.UTF-8"}


class Terminal:
    def __init__(self, work, argv, ready):
        self.work = work
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(os.path.join(work.dir, "here"))
            os.execvpe(argv[0], argv, work.env)
        self.seen = b""
        self.type(ready + "; PS1=REA\"\"DY; echo UP\"\"NOW\n")
        self.wait(lambda: b"UPNOW" in self.seen)

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def wait(self, condition):
        until = time.monotonic() + 30 * SLOW
        while not condition():
            expect(time.monotonic() < until, f"it did not come: {self.seen[-2000:]!r}")
            if select.select([self.fd], [], [], 0.05)[0]:
                self.seen += os.read(self.fd, 65536)

    def run(self, keys):
        """The words that ramimg is called with."""
        path = self.work.called
        if os.path.exists(path):
            os.unlink(path)
        self.type(f"ramimg {keys}\n")
        self.wait(lambda: os.path.exists(path))
        with open(path, encoding="utf-8") as text:
            return text.read().splitlines()[:-1]

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def type_all(work, argv, ready):
    terminal = Terminal(work, argv, ready)
    try:
        for keys, want in TYPED:
            got = terminal.run(keys)
            got = [word.rstrip("/") for word in got]      # zsh takes the slash away again
            expect(got == want, f"{keys!r} became {got}, not {want}: {terminal.seen[-2000:]!r}")
    finally:
        terminal.close()
    expect(not os.path.exists(os.path.join(work.dir, "here", "bad")), "a VM's name was run")


@case
def bash(work):
    type_all(work, ["bash", "--noprofile", "--norc", "-i"],
             f". /usr/share/bash-completion/bash_completion; . {BASH}")


@case
def zsh(work):
    type_all(work, ["zsh", "-f", "-i"],
             f"fpath=({SHARE}/zsh/vendor-completions $fpath); autoload -Uz compinit; compinit -u -D")


@case
def fish(work):
    """What fish offers is what stands in front of the tab in the same rows."""
    for keys, want in TYPED:
        typed = keys.split("\t")[0]
        done = subprocess.run(["fish", "--no-config", "-c", f"source {FISH}; complete -C 'ramimg {typed}'"], text=True,
                              cwd=os.path.join(work.dir, "here"), env=work.env, check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        offered = [line.split("\t")[0].rstrip("/") for line in done.stdout.splitlines()]
        word = want[len(typed.split()) - 1]
        expect(done.returncode == 0 and offered == [word], f"{typed!r}: {offered}, not {word}: {done}")


@case
def options_in_each_shell(work):
    """Each command's options, as its help has them, are in the three files."""
    with open(BASH, encoding="utf-8") as text:
        in_bash = text.read()
    with open(FISH, encoding="utf-8") as text:
        in_fish = text.read()
    with open(f"{SHARE}/zsh/vendor-completions/_ramimg", encoding="utf-8") as text:
        in_zsh = text.read()
    general = run("--help", work=work.dir).out
    commands = re.findall(r"^  ([a-z-]+) ", general.partition("Commands:")[2].partition("Options:")[0], re.M)
    expect(len(commands) > 11, general)
    for name in commands:
        wanted = re.findall(r"^ {2,6}(?:-\w, )?--([a-z-]+)", run(name, "--help", work=work.dir).out, re.M)
        block = re.search(rf"^\t{name}\)\n(.*?)^\t\t;;", in_bash, re.M | re.S)[1]
        expect(re.search(r"'(--.*?)'", block)[1].split() == [f"--{option}" for option in wanted], f"{name}: {block}")
        block = re.search(rf"^\t{name}\)\n(.*?)^\t\t;;", in_zsh, re.M | re.S)[1]
        expect(re.findall(r"--([a-z-]+)=?(?:\}'|)\[", block.replace("}'[", "[")) == wanted, f"{name}: {block}")
        found = re.findall(rf"seen_subcommand_from {name}' (?:-s \w )?-l ([a-z-]+)", in_fish)
        expect(found == wanted, f"{name}: {found}, not {wanted}")


@case
def candidates(work):
    """Only what the configuration says of this node's VMs; a host without Proxmox VE has none, and none is no error."""
    def ask(*args):
        result = run("candidates", *args, work=work.dir)
        expect(result.status == 0 and result.err == "", result)
        return result.out.splitlines()
    root = ["--pve-root", work.host.root]
    expect(ask(*root, "vmids") == ["105\tweb", "206\tVM"], ask(*root, "vmids"))
    expect(ask(*root, "targets") == ["105\tweb", "vm-105-disk-1\tweb scsi0", "local:105/vm-105-disk-1.qcow2\tweb scsi0",
                                     "local:105/other.raw\tweb scsi1", "206\tVM"], ask(*root, "targets"))
    work.host.put("etc/pve/storage.cfg", "\0garbage")
    ask(*root, "targets")
    expect(ask("--pve-root", work.dir, "targets") == [], "a host that is none")
    expect(ask() == [] or os.path.exists("/etc/pve"), "this host")


if __name__ == "__main__":
    sys.exit(main(CASES, "RAMIMG_INSTALL_DIR", lambda name: CASES[name](Work(name))))
