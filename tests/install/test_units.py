# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The units of the nightly rebuild, without a systemd that runs them.

    test_units.py --list         the names of the cases
    test_units.py NAME...        run them; without a name, all

Environment: RAMIMG (the program), RAMIMG_INSTALL_DIR (scratch).
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TEMPLATES = os.path.join(os.path.dirname(TESTS), "templates")
sys.path.insert(0, os.path.join(TESTS, "support"))
sys.path.insert(0, os.path.join(TESTS, "host"))
sys.dont_write_bytecode = True

from cases import CASES, case, expect, main  # noqa: E402
from command import binary, run  # noqa: E402
from pve import Host  # noqa: E402

# What systemd-analyze makes of the service in its tenths; it is the lower the better.
EXPOSURE = 45


def unit(kind):
    with open(os.path.join(TEMPLATES, f"ramimg-rebuild@.{kind}"), encoding="utf-8") as text:
        return text.read()


def lines(kind, name):
    """The values of a unit's lines of that name."""
    return re.findall(rf"^{name}=(.*)$", unit(kind), re.M)


class Work:
    def __init__(self, name):
        self.dir = os.path.join(os.path.abspath(os.environ["RAMIMG_INSTALL_DIR"]), name)
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        for kind in ("service", "timer"):
            with open(os.path.join(self.dir, f"ramimg-rebuild@.{kind}"), "w", encoding="utf-8") as text:
                text.write(unit(kind).replace("ExecStart=ramimg ", f"ExecStart={binary()} "))

    def analyze(self, *args):
        done = subprocess.run(["systemd-analyze", *args], cwd=self.dir, text=True, check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=os.environ | {"SYSTEMD_UNIT_PATH": f"{self.dir}:"})
        return done.returncode, done.stdout


@case
def units_are_understood(work):
    """Each section, name and value; that the service is the timer's."""
    status, said = work.analyze("verify", "--man=no", "ramimg-rebuild@105.timer", "ramimg-rebuild@105.service")
    expect(status == 0 and said == "", said)
    with open(os.path.join(work.dir, "ramimg-rebuild@.service"), "a", encoding="utf-8") as text:
        text.write("ProtectNothing=true\n")
    _, said = work.analyze("verify", "--man=no", "ramimg-rebuild@105.service")
    expect("ProtectNothing" in said, f"what is wrong is not seen: {said}")


@case
def service_is_confined(work):
    status, said = work.analyze("security", "--offline=true", f"--threshold={EXPOSURE}", "ramimg-rebuild@.service")
    expect(status == 0, said)
    status, said = work.analyze("security", "--offline=true", "--threshold=20", "ramimg-rebuild@.service")
    expect(status != 0, f"the threshold is not looked at: {said}")


@case
def time_is_one(work):
    status, said = work.analyze("calendar", *lines("timer", "OnCalendar"))
    expect(status == 0, said)
    for name in ("RandomizedDelaySec",):
        status, said = work.analyze("timespan", *lines("timer", name))
        expect(status == 0, said)
    expect(lines("timer", "Persistent") == ["true"], unit("timer"))


def start(work, host, instance, *more):
    """What the service does for that instance, which is escaped, on that host."""
    target = subprocess.run(["systemd-escape", "--unescape", "--", instance], check=True, text=True,
                            stdout=subprocess.PIPE).stdout.rstrip("\n")
    words = [word.replace("%i", instance).replace("%I", target).replace("/var/lib/ramimg", work.dir)
             for word in shlex.split(lines("service", "ExecStart")[0])]
    expect(words[:2] == ["ramimg", "build"], words)
    return run("build", "--pve-root", host.root, *more, *words[2:], work=work.dir, seconds=50)


def is_left_alone(work, host, words):
    for instance in ("105", "vm\\x2d105\\x2ddisk\\x2d1", "local:105-vm\\x2d105\\x2ddisk\\x2d1.raw",
                     host.path("var/lib/vz/images/105/vm-105-disk-1.raw").replace("-", "\\x2d").replace("/", "-")):
        result = start(work, host, instance)
        expect(result.status == 0 and re.fullmatch(f"not built: {words}\n", result.out) and result.err == "", result)
        result = start(work, host, instance, "--json")
        skipped = json.loads(result.out)
        expect(skipped["format"] == "ramimg.skipped/1" and skipped["vmid"] == 105 and re.fullmatch(words, skipped["why"]),
               result)


@case
def vm_that_is_in_use(work):
    """It is left alone, whatever it is called by; one that is off is not."""
    host = Host(os.path.join(work.dir, "host"))
    config = "boot: order=scsi0\nscsi0: local:105/vm-105-disk-1.raw\n"
    host.image("105/vm-105-disk-1.raw", 0)
    host.vm(105, config)
    pidfile = host.path("var/run/qemu-server/105.pid")
    with subprocess.Popen(["kvm", "-c", "read x", "-pidfile", pidfile], executable="/bin/sh",
                          stdin=subprocess.PIPE) as kvm:
        host.put("var/run/qemu-server/105.pid", f"{kvm.pid}\n")
        is_left_alone(work, host, rf"VM 105 is running \(process {kvm.pid}\).*")
        kvm.stdin.close()
    result = start(work, host, "105")
    expect(result.status not in (0, 2) and "vm-105-disk-1" in result.err and result.out == "", result)
    result = start(work, host, "106")
    expect(result.status == 5 and result.err == "ramimg: VM 106 does not exist\n", result)
    os.unlink(host.path("etc/pve/nodes/pve1/qemu-server/105.conf"))
    host.vm(105, config, node="pve2")
    for instance in ("105", "vm\\x2d105\\x2ddisk\\x2d1"):
        result = start(work, host, instance)
        expect(result.status == 0 and result.out.startswith("not built: VM 105 is on the node 'pve2'"), result)


if __name__ == "__main__":
    sys.exit(main(CASES, "RAMIMG_INSTALL_DIR", lambda name: CASES[name](Work(name))))
