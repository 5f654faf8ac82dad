# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `ramimg doctor` says of this host, against what really becomes of an appliance here.

    test_doctor.py --list        the names of the cases
    test_doctor.py NAME...       run them; without a name, all

Environment: RAMIMG (the program), RAMIMG_GUEST_DIR (scratch).
"""

import json
import os
import shutil
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "support"))

from cases import CASES, case, expect, main  # noqa: E402
from command import run  # noqa: E402


class Scratch:
    """A directory with a stage of its own, and a configuration that names it."""

    def __init__(self, name):
        self.dir = os.path.join(os.environ["RAMIMG_GUEST_DIR"], name)
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        self.stage = os.path.join(self.dir, "stage")
        with open(os.path.join(self.dir, "ramimg.conf"), "w", encoding="utf-8") as text:
            text.write(f'stage: {{ dir = "{self.stage}"; }};\nreader: {{ direct = false; }};\n')

    def run(self, *args, **more):
        return run(*args, config=os.path.join(self.dir, "ramimg.conf"), work=self.dir, **more)


@case
def doctor_launch(at):
    """It starts, with KVM or without, and nothing stays."""
    result = at.run("doctor", "--launch", "--json", seconds=400)
    expect(result.status == 0, result)
    said = json.loads(result.out)
    expect(said["can_build"] and all(c["state"] != "missing" for c in said["checks"]), result)
    expect(said["launch"]["started"] and 0.5 < said["launch"]["seconds"] <= result.seconds, result)
    expect(isinstance(said["launch"]["kvm"], bool), result)
    expect(os.listdir(at.stage) in ([], ["kvm-hangs"]), os.listdir(at.stage))


@case
def doctor_no_kernel(at):
    """Without a kernel: found beforehand; and what libguestfs comes to has nothing to do with KVM."""
    image = os.path.join(at.dir, "disk.raw")
    with open(image, "wb") as disk:
        disk.truncate(1 << 20)
    lacks = {"SUPERMIN_KERNEL": os.path.join(at.dir, "no-kernel"), "SUPERMIN_KERNEL_VERSION": "1.0",
             "LIBGUESTFS_CACHEDIR": at.dir}
    want = f"kernel: {at.dir}/no-kernel cannot be read: No such file or directory; unset SUPERMIN_KERNEL"
    build = at.run("build", image, env=lacks, seconds=60)
    expect(build.status == 1 and build.err.startswith(f"ramimg: {want}"), build)
    doctor = at.run("doctor", "--json", env=lacks, seconds=60)
    kernel = next(c for c in json.loads(doctor.out)["checks"] if c["name"] == "kernel")
    expect(doctor.status == 1 and kernel["state"] == "missing", doctor)
    inspect = at.run("inspect", image, env=lacks, seconds=120)
    # That KVM has hung here before is no blame.
    blamed = [line for line in inspect.err.splitlines() if "KVM" in line and "within the last hour" not in line]
    expect(inspect.status == 1 and not blamed, inspect)
    expect("libguestfs cannot make its appliance (`ramimg doctor` says what is missing): " in inspect.err and
           "supermin" in inspect.err, inspect)


def run_case(name):
    at = Scratch(name)
    CASES[name](at)
    shutil.rmtree(at.dir)


if __name__ == "__main__":
    sys.exit(main(CASES, "RAMIMG_GUEST_DIR", run_case))
