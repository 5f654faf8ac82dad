#!/usr/bin/env python3
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A whole build of a made-up guest under what ramimg-rebuild@.service takes away from it: capabilities, system calls,
address families, namespaces, writing to /usr, /boot and /etc, and the appliance in a cache of its own.

Its devices and its private /tmp and /home are left out: the test's own files may be there. Takes root.
Environment: RAMIMG (the program), RAMIMG_GUEST_DIR (scratch).
"""

import ctypes
import os
import re
import shutil
import subprocess
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
UNIT = os.path.join(os.path.dirname(TESTS), "templates", "ramimg-rebuild@.service")
sys.path.insert(0, os.path.join(TESTS, "support"))
sys.dont_write_bytecode = True

from cases import expect  # noqa: E402
from command import run  # noqa: E402

NAMESPACES = (0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000, 0x00020000)
EQUAL, MASKED_EQUAL = 4, 7          # enum scmp_compare
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
EPERM = 1
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38


def lines(name):
    with open(UNIT, encoding="utf-8") as text:
        return " ".join(re.findall(rf"^{name}=(.*)$", text.read(), re.M)).split()


def capabilities():
    """The numbers of those that it keeps."""
    names = subprocess.run(["capsh", "--decode=ffffffffffffffff"], check=True, text=True,
                           stdout=subprocess.PIPE).stdout.strip().partition("=")[2].split(",")
    return {names.index(name.lower()) for name in lines("CapabilityBoundingSet")}


def calls(group):
    """The system calls of a group such as @clock, and of those in it."""
    said = subprocess.run(["systemd-analyze", "syscall-filter", group], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    for word in (line.strip() for line in said.splitlines()[1:]):
        if word.startswith("@"):
            yield from calls(word)
        elif word and not word.startswith("#"):
            yield word


class Compare(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


class Filter:
    def __init__(self):
        self.lib = ctypes.CDLL("libseccomp.so.2")
        self.lib.seccomp_init.restype = ctypes.c_void_p
        self.context = ctypes.c_void_p(self.lib.seccomp_init(ALLOW))

    def refuse(self, name, *compares):
        number = self.lib.seccomp_syscall_resolve_name(name.encode())
        if number < 0:
            return      # another processor's
        array = (Compare * len(compares))(*compares)
        rc = self.lib.seccomp_rule_add_array(self.context, ERRNO | EPERM, number, len(compares), array)
        expect(rc == 0, f"{name}: {rc}")

    def load(self):
        expect(self.lib.seccomp_load(self.context) == 0, "the filter is not taken")


def shut_in(argv):
    """Take all of it away from this process, which has mounts of its own, and become the program."""
    for path in ("/usr", "/boot", "/etc"):
        subprocess.run(["mount", "--bind", path, path], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", path], check=True)
    kept = capabilities()
    refused = [name for group in lines("SystemCallFilter") for name in calls(group.lstrip("~"))]
    families = {getattr(__import__("socket"), name) for name in lines("RestrictAddressFamilies")}
    rules = Filter()
    for name in refused:
        rules.refuse(name)
    for family in set(range(46)) - families:
        rules.refuse("socket", Compare(0, EQUAL, family, 0))
    for name in ("unshare", "setns"):
        rules.refuse(name)
    for flag in NAMESPACES:
        rules.refuse("clone", Compare(0, MASKED_EQUAL, flag, flag))
    libc = ctypes.CDLL(None)
    with open("/proc/sys/kernel/cap_last_cap", encoding="ascii") as last:
        for number in set(range(int(last.read()) + 1)) - kept:
            expect(libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0, f"capability {number}")
    expect(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs")
    os.umask(int(lines("UMask")[0], 8))
    rules.load()
    os.execvp(argv[0], argv)


def main():
    work = os.path.join(os.path.abspath(os.environ["RAMIMG_GUEST_DIR"]), "rebuild-sandbox")
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(os.path.join(work, "cache"))
    image, config = os.path.join(work, "guest.raw"), os.path.join(work, "ramimg.conf")
    with open(config, "w", encoding="utf-8") as text:
        text.write(f'stage: {{ dir = "{work}/stage"; }};\n')
    subprocess.run(["sh", os.path.join(TESTS, "guests", "make"), "good", image], check=True)
    inside = ["unshare", "--mount", sys.executable, os.path.abspath(__file__), "--inside"]
    for probe in (": >/usr/ramimg-probe", ": >/etc/ramimg-probe", "unshare --uts true",
                  "python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'"):
        done = subprocess.run([*inside, "sh", "-c", probe], check=False, stderr=subprocess.PIPE, text=True)
        expect(done.returncode != 0 and re.search("Read-only|not permitted|denied", done.stderr), f"{probe}: {done}")
    env = {"LIBGUESTFS_CACHEDIR": os.path.join(work, "cache")}
    for command in (("build", "--out", os.path.join(work, "out")), ("verify",)):
        result = run(*command, image, work=work, config=config, prefix=inside, env=env, seconds=300)
        expect(result.status == 0, result)
    expect(os.listdir(os.path.join(work, "cache")), "the appliance is not in its cache")
    shutil.rmtree(work)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        shut_in(sys.argv[2:])
    main()
