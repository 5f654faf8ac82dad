# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The loader on this machine, without a VM: a warm archive into a tmpfs, against decompressing alone and
against cp -a of the same tree from tmpfs to tmpfs."""

import contextlib
import os
import subprocess
import sys
import time
import types

import common

sys.path.insert(0, os.path.join(common.TESTS, "guest"))

from loader_run import machine  # noqa: E402

THREADS = 2


@contextlib.contextmanager
def tmpfs(path):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=90%,nr_inodes=0,mode=0755", "bench", path],
                   check=True)
    try:
        yield path
    finally:
        subprocess.run(["umount", path], check=True)


def read_whole(path):
    with open(path, "rb", buffering=0) as data:
        while data.read(1 << 20):
            pass


def timed(function):
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def load(m, archive):
    """Seconds that the loader takes into m.root, a tmpfs."""
    read_whole(archive.path)
    took, result = timed(lambda: m.run("load", archive, "--no-mount"))
    if result.returncode != 0:
        raise RuntimeError(f"ramload: {m.console()}{result.stderr}")
    return took


def unpack(program, archive):
    read_whole(archive.path)
    return timed(lambda: subprocess.run([program, archive.path, str(THREADS)], check=True,
                                        stdout=subprocess.DEVNULL))[0]


def copy(source, target):
    return timed(lambda: subprocess.run(["cp", "-a", source + "/.", target], check=True))[0]


def measure(ramload, unpacker, path, manifest, rounds):
    """Rounds of all three, one after the other; the first round is not counted."""
    archive = types.SimpleNamespace(path=os.path.abspath(path), manifest=os.path.abspath(manifest))
    results = []
    with machine(ramload) as m:
        tree, scratch = m.path("tree"), m.path("scratch")
        os.mkdir(tree)
        os.mkdir(scratch)
        with tmpfs(tree):
            m.root, real = tree, m.root
            load(m, archive)
            m.root = real
            for _ in range(rounds + 1):
                with tmpfs(m.root):
                    loaded = load(m, archive)
                unpacked = unpack(unpacker, archive)
                with tmpfs(scratch):
                    copied = copy(tree, scratch)
                results.append({"load": loaded, "unpack": unpacked, "copy": copied})
                print("load {load:.2f} s, unpack {unpack:.2f} s, copy {copy:.2f} s".format(
                    **results[-1]), flush=True)
    return results[1:]
