# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boot a tiny initrd with ramimg's archive at its end: `segment_boot.py COMPRESSION plain|early`."""
import os
import secrets
import selectors
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

import emulation  # noqa: E402

DEADLINE = 120 * float(os.environ.get("RAMIMG_TEST_SLOW", "1"))
PACKERS = {
    "none": ["cat"],
    "gzip": ["gzip", "-nc"],
    "xz": ["xz", "--check=crc32", "-c"],
    "zstd": ["zstd", "-q", "-c"],
    "lz4": ["lz4", "-l", "-c"],
}


def kernel():
    fixture = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fixtures/plain-kernel")
    return subprocess.run([fixture], check=True, text=True, stdout=subprocess.PIPE).stdout.strip()


def cpio(directory, names):
    return subprocess.run(["cpio", "--quiet", "-o", "-H", "newc", "-R", "0:0"], cwd=directory,
                          input="\n".join(names).encode() + b"\n", stdout=subprocess.PIPE, check=True).stdout


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)


def base(directory, compression, early, odd):
    """/init, what makes it one of initramfs-tools, a symbolic link /sbin as after usrmerge."""
    tree = os.path.join(directory, "tree")
    for d in ("usr/sbin", "scripts", "dev"):
        os.makedirs(os.path.join(tree, d))
    shutil.copy(os.environ["SEGMENT_INIT"], os.path.join(tree, "init"))
    for name in ("scripts/local", "scripts/functions", "usr/sbin/tool"):
        write(os.path.join(tree, name), b"stock\n")
    # The compressed length shall not be a multiple of four by chance.
    write(os.path.join(tree, "noise"), os.urandom(5000 + odd))
    os.symlink("usr/sbin", os.path.join(tree, "sbin"))
    os.mknod(os.path.join(tree, "dev/console"), 0o600 | 0o020000, os.makedev(5, 1))
    data = subprocess.run(PACKERS[compression], stdout=subprocess.PIPE, check=True, input=cpio(tree, [
        ".", "init", "noise", "dev", "dev/console", "usr", "usr/sbin", "usr/sbin/tool", "sbin", "scripts",
        "scripts/local", "scripts/functions"])).stdout
    if early:
        os.makedirs(os.path.join(directory, "early/kernel/x86/microcode"))
        write(os.path.join(directory, "early/kernel/x86/microcode/x.bin"), b"early\n")
        data = cpio(os.path.join(directory, "early"), [
            "kernel", "kernel/x86", "kernel/x86/microcode", "kernel/x86/microcode/x.bin"]) + data
    return data


def odd_base(directory, compression, early):
    """One whose length leaves a remainder by four, where the compression can have one."""
    for odd in range(16):
        work = os.path.join(directory, str(odd))
        data = base(work, compression, early, odd)
        if len(data) % 4 or compression in ("none", "xz"):
            return data
    raise SystemExit("every length was a multiple of four")


def boot(initrd):
    args = ["qemu-system-x86_64", "-accel", "tcg", "-m", "256", "-display", "none", "-no-reboot",
            "-nic", "none", "-monitor", "none", "-serial", "stdio", "-kernel", kernel(), "-initrd", initrd,
            "-append", "console=ttyS0,115200 panic=-1 quiet " + emulation.KERNEL_LINE]
    end, out = time.monotonic() + DEADLINE, b""
    with subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as vm, selectors.DefaultSelector() as sel:
        sel.register(vm.stdout, selectors.EVENT_READ)
        while time.monotonic() < end:
            if not sel.select(timeout=end - time.monotonic()):
                continue
            piece = os.read(vm.stdout.fileno(), 65536)
            if not piece:
                break
            out += piece
        if vm.poll() is None and time.monotonic() >= end:
            vm.kill()
    text = out.decode("utf-8", "replace").replace("\r", "")
    if "fact end" not in text:
        raise SystemExit(f"the kernel did not come to /init's end within {DEADLINE:.0f} s:\n" + text[-4000:])
    return [line.split("fact ", 1)[1] for line in text.split("\n") if line.startswith("fact ")]


def main():
    compression, early = sys.argv[1], sys.argv[2] == "early"
    token = "token=" + secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="segment-boot-") as directory:
        manifest, first, out = (os.path.join(directory, n) for n in ("manifest", "base", "out"))
        write(manifest, token.encode() + b"\n")
        write(first, odd_base(directory, compression, early))
        subprocess.run([os.environ["SEGMENT_APPEND"], first, out, manifest], check=True)
        got = boot(out)
    want = [
        "/ramimg mode 40755 size 0 read 0 ",
        f"/ramimg/manifest mode 100644 size {len(token) + 1} read {len(token) + 1} {token}",
        "/ramimg/ramload mode 100755 size 11 read 11 no program",
        "/scripts/ramimg mode 100644 size 19 read 19 mountroot() { :; }",
        "/scripts/local mode 100644 size 6 read 6 stock",
        "/sbin mode 120777 size 8 read 8 usr/sbin",
        "/sbin/tool mode 100644 size 6 read 6 stock",
        "/kernel/x86/microcode/x.bin mode 100644 size 6 read 6 early" if early
        else "/kernel/x86/microcode/x.bin absent",
        "end",
    ]
    if got != want:
        raise SystemExit("got\n" + "\n".join(got) + "\nwant\n" + "\n".join(want))


main()
