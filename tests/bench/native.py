# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The loader on this machine, without a VM: a warm archive into a tmpfs, against decompressing alone and
against cp -a of the same tree from tmpfs to tmpfs; and a warm image, with its mounts, against cat of it into a tmpfs."""

import contextlib
import os
import re
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


def load_image(m, image):
    """Seconds that the loader takes to have the image at m.root, which is as before then."""
    read_whole(image.path)
    m.mount_disk()
    took, result = timed(lambda: m.run("load", image, "--ours", m.path("ramimg"), "--layers", m.path("layers")))
    if result.returncode != 0:
        raise RuntimeError(f"ramload: {m.console()}{result.stderr}")
    subprocess.run(["umount", m.root], check=True)
    return took


def measure_image(ramload, path, files, rounds):
    """Rounds of both, as above. @files: what the initrd has for the loader, by name."""
    image = types.SimpleNamespace(path=os.path.abspath(path), manifest=None)
    results = []
    with machine(ramload) as m:
        os.mkdir(m.path("ramimg"))
        os.mkdir(m.path("scratch"))
        for name, data in files.items():
            with open(m.path("ramimg/" + name), "wb") as out:
                # This machine's kernel has no use for the guest's modules, and has its own.
                out.write(re.sub(rb"(?m)^modules=.*\n", b"", data) if name == "manifest" else data)
        image.manifest = m.path("ramimg/manifest")
        for name in ["loop-control", *(f"loop{i}" for i in range(256))]:
            os.symlink("/dev/" + name, m.path("dev/" + name))
        for _ in range(rounds + 1):
            row = {"load": load_image(m, image)}
            read_whole(image.path)
            with tmpfs(m.path("scratch")) as scratch:
                row["cat"] = timed(lambda to=scratch: subprocess.run(
                    ["sh", "-c", 'cat "$0" >"$1/image"', image.path, to], check=True))[0]
            results.append(row)
    return results[1:]
