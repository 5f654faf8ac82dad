# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reading and packing a tree without an appliance: against tar on the mounted tree, against reading the
image itself, and as the tree grows."""

import contextlib
import os
import random
import statistics
import subprocess
import threading
import time

import disk

MIB = 1 << 20
GROWTH = [(1, 40000), (2, 40000), (4, 40000), (8, 40000)]     # GiB, files
FILES = [20000, 50000, 100000, 200000, 400000]                # of 1 KiB


@contextlib.contextmanager
def mounted(image, offset, where, options="ro"):
    os.makedirs(where, exist_ok=True)
    subprocess.run(["mount", "-o", f"loop,offset={offset},{options}", image, where], check=True)
    try:
        yield where
    finally:
        subprocess.run(["umount", where], check=True)


def drop_caches():
    subprocess.run(["sync"], check=True)
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as knob:
        knob.write("3")


class Peak(threading.Thread):
    """The most memory that a process and its children had, the peaks of all that lived at once together."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.most, self.done = pid, 0, threading.Event()

    def _family(self):
        yield self.pid
        with contextlib.suppress(OSError), \
                open(f"/proc/{self.pid}/task/{self.pid}/children", encoding="ascii") as text:
            yield from map(int, text.read().split())

    def run(self):
        while not self.done.wait(0.01):
            peaks = 0
            for pid in list(self._family()):
                with contextlib.suppress(OSError), open(f"/proc/{pid}/status", encoding="utf-8",
                                                        errors="replace") as text:
                    for line in text:
                        if line.startswith("VmHWM:"):
                            peaks += int(line.split()[1])
            self.most = max(self.most, peaks)

    def kib(self):
        self.done.set()
        self.join()
        return self.most


def timed(*argv, shell=None):
    """Seconds, memory's peak in KiB and what came out. @shell: a pipe, of programs that are peers."""
    start = time.perf_counter()
    argv = ("bash", "-o", "pipefail", "-c", shell) if shell else argv
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as process:
        peak = Peak(process.pid)
        peak.start()
        out = process.stdout.read()
        if process.wait() != 0:
            raise RuntimeError(f"{argv} failed")
    return time.perf_counter() - start, peak.kib(), out.decode()


def compare(disks, program, rounds):
    """Reading and packing the Debian's root, warm, in turn with the peers; each on all cores."""
    image, root, out = disks.fixture, disks.path("root"), disks.path("packed")
    offset = disk.partition_offset(image, 1)
    results = []
    with mounted(image, offset, root):
        for i in range(rounds + 1):
            disk.warm(image)
            row = {"read": timed(program, image)[0],
                   "cat": timed(shell=f"cat '{_used(disks, image)}' >/dev/null")[0],
                   "zstd": timed(program, image, "zstd", out)[0],
                   "tar zstd": timed(shell=f"tar -C '{root}' -cf - . | "
                                           f"zstd -q -T0 -3 -f -o '{out}'")[0],
                   "gzip": timed(program, image, "gzip", out)[0],
                   "tar gzip": timed("tar", "-C", root, "-czf", out, ".")[0],
                   "squashfs": timed(program, image, "squashfs", out)[0],
                   "mksquashfs": timed("mksquashfs", root, out, "-noappend", "-quiet", "-no-progress", "-comp", "zstd",
                                       "-Xcompression-level", "3", "-b", "128K")[0]}
            print(f"round {i}:", ", ".join(f"{k} {v:.2f} s" for k, v in row.items()), flush=True)
            results.append(row)
    os.unlink(out)
    os.unlink(disks.path("used"))
    return results[1:]


def _used(disks, image):
    """A file with what lies in an image and nothing of its holes, warm."""
    path = disks.path("used")
    if not os.path.exists(path):
        with open(image, "rb", buffering=0) as data, open(path, "wb", buffering=0) as out:
            at = 0
            with contextlib.suppress(OSError):
                while True:
                    at = os.lseek(data.fileno(), at, os.SEEK_DATA)
                    hole = os.lseek(data.fileno(), at, os.SEEK_HOLE)
                    os.lseek(data.fileno(), at, os.SEEK_SET)
                    while at < hole:
                        at += out.write(data.read(min(hole - at, MIB)))
    disk.warm(path)
    return path


def grow(path, mount, gib, files):
    """An ext4 image with so many files of together so many bytes, a third of them random."""
    size = int(gib * (1 << 30))
    with open(path, "wb") as image:
        image.truncate(size + size // 4 + files * 8192 + (256 << 20))
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-N", str(files + files // 50 + 1000), "-F", path],
                   check=True)
    source = random.Random(files)
    noise = source.randbytes(4 * MIB)
    each = size // files
    with mounted(path, 0, mount, "rw"):
        for i in range(files):
            where = os.path.join(mount, f"{i // 500:04}")
            if i % 500 == 0:
                os.mkdir(where)
            with open(os.path.join(where, f"{i:07}"), "wb") as out:
                left = each
                while left > 0:
                    piece = min(left, 3 * MIB)
                    at = source.randrange(len(noise) - MIB)
                    out.write((noise[at:at + (piece + 2) // 3] * 3)[:piece])
                    left -= piece


def growth(disks, program):
    rows = []
    image, mount = disks.path("grown.raw"), disks.path("grown")
    out = "/dev/shm/ramimg-bench-packed"    # a disk may write more slowly than we pack
    for gib, files in [*GROWTH, *((n / (1 << 20), n) for n in FILES)]:
        grow(image, mount, gib, files)
        subprocess.run(["sync"], check=True)    # writing it out is not to be measured
        disk.warm(image)
        runs = [timed(program, image, "gzip", out) for _ in range(3 if gib >= 1 else 7)]
        seconds = statistics.median(float(said.split()[1]) for _, _, said in runs)
        peak = max(kib for _, kib, _ in runs)
        rows.append({"gib": gib, "files": files, "seconds": seconds, "peak_kib": peak})
        print(f"{gib:.3g} GiB in {files} files: {seconds:.2f} s, {peak / 1024:.0f} MiB of memory",
              flush=True)
        os.unlink(image)
    os.unlink(out)
    return rows
