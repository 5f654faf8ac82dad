# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Debian on xfs, which only the appliance can read: its tree by ramimg, and by guestfish's tar-out, as ramimg
read it before."""

import os
import re
import resource
import subprocess

import common
import disk
from whole import build

ROW = "bullseye-xfs"
READING = ("reading in the appliance", "packing")
TAR_OUT = """!date +at=%s.%N
tar-out / /dev/null numericowner:true xattrs:true selinux:true acls:true
!date +at=%s.%N
"""


def processor_seconds():
    """Of the children that have ended, with theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def seconds_between(said):
    """The two times that TAR_OUT tells."""
    begin, end = (float(t) for t in re.findall(r"^at=([0-9.]+)$", said, re.M))
    return end - begin


def seconds_of(phases):
    """Of the phases of a build that read the tree: there must be all of them, or it was read in another way."""
    took = {phase["name"]: phase["seconds"] for phase in phases}
    return sum(took[name] for name in READING)


def by_tar_out(image):
    done = subprocess.run(["guestfish", "--ro", "--format=raw", "-a", image, "-i"], input=TAR_OUT,
                          env=os.environ | {"LIBGUESTFS_BACKEND": "direct",
                                            "LIBGUESTFS_BACKEND_SETTINGS": "force_tcg"},
                          check=True, stdout=subprocess.PIPE, text=True)
    return seconds_between(done.stdout)


def measure(disks, rounds):
    fixture = disk.output("sh", os.path.join(common.TESTS, "matrix/make"), ROW, text=True).strip()
    image = disks.path("appliance.raw")
    results = []
    for i in range(rounds):
        disk.copy(fixture, image)
        start = processor_seconds()
        tar_out = by_tar_out(image)
        middle = processor_seconds()
        phases = build(disks, image, "gzip")["phases"]
        end = processor_seconds()
        os.unlink(image)
        results.append({"tar-out": tar_out, "tar-out cpu": middle - start, "ramimg": seconds_of(phases),
                        "ramimg cpu": end - middle})
        print(f"round {i + 1}: tar-out {tar_out:.1f} s, ramimg {results[-1]['ramimg']:.1f} s", flush=True)
    return results
