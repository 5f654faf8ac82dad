# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boot a small guest's disk in QEMU: this machine's kernel and initrd, ramimg's segment appended."""
import json
import os
import re
import selectors
import shutil
import subprocess
import sys
import time

import loader_pack

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.join(HERE, "../support"))

import emulation  # noqa: E402

ROOT_UUID = "6f6d2b0c-3c1e-4a39-9d3e-6a61d0b7a001"
BOOT_UUID = "6f6d2b0c-3c1e-4a39-9d3e-6a61d0b7a002"
DATA_UUID = "6f6d2b0c-3c1e-4a39-9d3e-6a61d0b7a003"
SWAP_UUID = "6f6d2b0c-3c1e-4a39-9d3e-6a61d0b7a004"
DEADLINE = 400 * float(os.environ.get("RAMIMG_TEST_SLOW", "1"))


def kernel_and_initrd(whole, modules=()):
    """This machine's newest kernel, with its initrd as they are, or unpacked with the small one, which has these
    modules, too."""
    name = subprocess.run([os.path.join(HERE, "../fixtures/small-initrd"), *modules], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()
    kernel = os.path.basename(name).removeprefix("small-initrd.").rpartition(".")[0]
    if whole:
        return f"/boot/vmlinuz-{kernel}", f"/boot/initrd.img-{kernel}"
    plain = subprocess.run([os.path.join(HERE, "../fixtures/plain-kernel"), kernel], check=True, text=True,
                           stdout=subprocess.PIPE).stdout.strip()
    return plain, name


def memory_sizes(kernel, base, ramload):
    """What a build notes of kernel and initrd in the manifest for the memory that they take."""
    listed = subprocess.run(["lsinitramfs", "-l", base], check=True, text=True, stdout=subprocess.PIPE).stdout
    files = [line.split(None, 8) for line in listed.splitlines() if line.startswith("-")]
    with open(kernel, "rb") as f:
        head = f.read(0x264)
    if head[0x202:0x206] != b"HdrS":
        raise SystemExit(f"{kernel} does not say its size")
    ours = os.path.getsize(ramload) + (64 << 10)
    unpacked = sum(int(f[4]) for f in files)
    return {"kernel_bytes": int.from_bytes(head[0x260:0x264], "little"),
            "initrd_bytes": os.path.getsize(base) + ours,
            "initrd_unpacked_bytes": unpacked + 3072 * len(listed.splitlines()) + ours,
            "shed_bytes": sum(int(f[4]) for f in files if re.match(r"(usr/)?lib/(modules|firmware)/", f[8]))}


def make_tree(directory, init):
    """A root just large enough to boot."""
    tree = os.path.join(directory, "tree")
    for d in ("sbin", "dev", "proc", "sys", "run", "etc", "boot", "usr/bin", "var/big"):
        os.makedirs(os.path.join(tree, d))
    shutil.copy(init, os.path.join(tree, "sbin/init"))
    with open(os.path.join(tree, "etc/fstab"), "w") as f:
        f.write("none / tmpfs defaults 0 0\n")
    # Without it systemd does not take it for a system.
    with open(os.path.join(tree, "etc/os-release"), "w") as f:
        f.write("ID=test\n")
    sample = os.path.join(tree, "usr/bin/sample")
    with open(sample, "w") as f:
        f.write("sample\n")
    os.chown(sample, 0, 123456)
    os.chmod(sample, 0o6755)
    os.setxattr(sample, "security.capability", bytes.fromhex("0100000200200000" + "0" * 24))
    os.setxattr(sample, "user.note", b"a tmpfs of Linux 6.1 has no room for this")
    os.utime(sample, ns=(1, 1234567890987654321))
    with open(os.path.join(tree, "var/big/data"), "wb") as f:
        f.write(os.urandom(1 << 20) * 24)
    return tree


def add_programs(tree, *names):
    """Programs of this machine's, with their libraries; sh is dash."""
    for name in ("bin", "lib", "lib64"):
        os.makedirs(os.path.join(tree, "usr", name), exist_ok=True)
        os.symlink("usr/" + name, os.path.join(tree, name))
    paths = [shutil.which(name) for name in names]
    shown = subprocess.run(["ldd", *paths], check=True, text=True, stdout=subprocess.PIPE).stdout
    # "libc.so.6 => /lib/…/libc.so.6 (0x…)", and the loader itself without the arrow.
    for path in {*paths, *re.findall(r"(?:=> |^\s+)(/\S+) \(0x", shown, re.M)}:
        to = os.path.join(tree, path.lstrip("/"))
        os.makedirs(os.path.dirname(to), exist_ok=True)
        shutil.copy(path, to)
    os.symlink("dash", os.path.join(tree, "usr/bin/sh"))


def ext4(path, megabytes, uuid, tree):
    with open(path, "wb") as f:
        f.truncate(megabytes << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-U", uuid, "-d", tree, path], check=True)


def lvm(path, megabytes, uuid, tree):
    """The same on a logical volume, which takes no device mapper: lvm2 writes what it would, and the file system goes to
    where the volume begins."""
    inside, extent = path + ".root", 4
    ext4(inside, megabytes - 2 * extent, uuid, tree)
    with open(path, "wb") as f:
        f.truncate(megabytes << 20)
    device = subprocess.run(["losetup", "--find", "--show", path], check=True, text=True,
                            stdout=subprocess.PIPE).stdout.strip()
    config = f'devices {{ filter=["a|^{device}$|","r|.*|"] use_devicesfile=0 }} backup {{ backup=0 archive=0 }} ' \
             "global { use_lvmpolld=0 event_activation=0 }"

    def call(*command):
        return subprocess.run(["lvm", *command, "--config", config, "--driverloaded", "n"], check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout

    try:
        call("pvcreate", "-q", device)
        call("vgcreate", "-q", "-s", f"{extent}m", "test-vg", device)
        call("lvcreate", "-q", "-y", "-an", "-Zn", "-Wn", "-l", "100%FREE", "-n", "the-root", "test-vg")
        begin = int(call("pvs", "--noheadings", "--units", "b", "--nosuffix", "-o", "pe_start", device))
        size = int(call("lvs", "--noheadings", "--units", "b", "--nosuffix", "-o", "lv_size", "test-vg"))
    finally:
        subprocess.run(["losetup", "--detach", device], check=True)
    if os.path.getsize(inside) > size:
        raise SystemExit(f"the volume has {size} bytes, which is less than its file system")
    subprocess.run(["dd", f"if={inside}", f"of={path}", "bs=1M", f"seek={begin}", "oflag=seek_bytes",
                    "conv=notrunc,sparse", "status=none"],
                   check=True)
    os.unlink(inside)


def sector_of(image, path, part):
    """A sector of the file `path` in an ext4 image, that share of the file behind its beginning."""
    blocks = subprocess.run(["debugfs", "-R", f"blocks {path}", image], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, check=True, text=True).stdout.split()
    sizes = re.search(r"Block size:\s+(\d+)", subprocess.run(
        ["dumpe2fs", "-h", image], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
        text=True).stdout)
    return int(blocks[int(len(blocks) * part)]) * int(sizes[1]) // 512


def put_grubenv(directory, *lines):
    """A GRUB environment block as `grub/grubenv` below a directory."""
    os.makedirs(os.path.join(directory, "grub"))
    text = "".join(line + "\n" for line in ("# GRUB Environment Block", *lines))
    with open(os.path.join(directory, "grub/grubenv"), "wb") as f:
        f.write(text.encode().ljust(1024, b"#"))


def place_and_lines(image, path):
    """The blocks that a file of an ext4 image has, and its lines up to the padding."""
    blocks, data = (subprocess.run(["debugfs", "-R", f"{what} {path}", image], check=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
                    for what in ("blocks", "cat"))
    if len(data) != 1024:
        raise SystemExit(f"{path} has {len(data)} bytes")
    return blocks, data.rstrip(b"#").decode().splitlines()[1:]


def initrd(directory, base, script, ramload, manifest, without=(), hook="scripts/ramimg", more=None, hooks=None):
    """The base initrd, padded, and one newc segment without entries for what the base has; `hooks` are further ones."""
    stage = os.path.join(directory, "segment")
    os.makedirs(os.path.join(stage, os.path.dirname(hook)))
    os.makedirs(os.path.join(stage, "ramimg"))
    shutil.copy(script, os.path.join(stage, hook))
    shutil.copy(ramload, os.path.join(stage, "ramimg/ramload"))
    os.chmod(os.path.join(stage, "ramimg/ramload"), 0o755)
    shutil.copy(manifest, os.path.join(stage, "ramimg/manifest"))
    for name, path in (more or {}).items():
        os.makedirs(os.path.join(stage, "ramimg", os.path.dirname(name)), exist_ok=True)
        shutil.copy(path, os.path.join(stage, "ramimg", name))
    for name, path in (hooks or {}).items():
        os.makedirs(os.path.join(stage, os.path.dirname(name)))
        shutil.copy(path, os.path.join(stage, name))
    names = [n for n in (hook, *(hooks or {}), "ramimg", "ramimg/ramload", "ramimg/manifest",
                         *(["ramimg/modules"] if more else []), *("ramimg/" + name for name in more or {}))
             if n not in without]
    segment = subprocess.run(["cpio", "--quiet", "-o", "-H", "newc"], cwd=stage, check=True,
                             input="".join(n + "\n" for n in names).encode(),
                             stdout=subprocess.PIPE).stdout
    with open(base, "rb") as f:
        data = f.read()
    out = os.path.join(directory, "initrd")
    with open(out, "wb") as f:
        f.write(data + bytes(4 + -len(data) % 4) + segment)
    return out


# What initramfs-tools, dracut and systemd say when the boot goes no further, and the shells of ramimg.break.
HELP = re.compile(rb"\(initramfs\)|Dropping to debug shell|emergency mode|Press Enter (for|to)")
SHELL = re.compile(rb"ramimg\.break at .*?(\(initramfs\)|\n(load|release):[^\n]*# )[^\n]*", re.S)

DISK_DEVICES = {
    "scsi": ["-device", "virtio-scsi-pci", "-device", "scsi-hd,drive=d0"],
    "lsi": ["-device", "lsi", "-device", "scsi-hd,drive=d0"],
    "ide": ["-device", "ide-hd,bus=ide.0,drive=d0"],
    "virtio": ["-device", "virtio-blk-pci,drive=d0"],
    "sata": ["-device", "ich9-ahci,id=ahci", "-device", "ide-hd,bus=ahci.0,drive=d0"],
    "nvme": ["-device", "nvme,serial=1,drive=d0"],
}


def drive(image, bad_sector):
    if bad_sector is None:
        return f"file={image}"
    rules = image + ".blkdebug"
    with open(rules, "w") as f:
        f.write(f'[inject-error]\nevent = "read_aio"\nerrno = "5"\nsector = "{bad_sector}"\n')
    return f"file=blkdebug:{rules}:{image}"


def args(kernel, initrd_path, disks, memory=1024, extra_cmdline="", bad_sector=None, typed=(), cpus=1,
         words="boot=ramimg toram noresume"):
    """QEMU's, for one boot of these disks."""
    argv = ["qemu-system-x86_64", "-accel", emulation.ACCELERATOR, "-m", str(memory), "-smp", str(cpus),
            "-display", "none", "-no-reboot", "-nic", "none", "-serial", "stdio",
            "-monitor", "none", "-kernel", kernel, "-initrd", initrd_path, "-append",
            f"{words} root=UUID={ROOT_UUID} ro console=tty0 "
            f"console=ttyS0,115200 {emulation.KERNEL_LINE} {'' if typed else 'panic=-1'} {extra_cmdline}"]
    for i, (image, bus) in enumerate(disks):
        argv += ["-drive", drive(image, bad_sector) + f",format=raw,if=none,id=d{i}"]
        argv += [a.replace("d0", f"d{i}").replace("ahci.0", f"ahci.{i}")
                 for a in DISK_DEVICES[bus]]
    return argv


class Boot:
    """One boot: everything on the serial console, and the facts that init told."""

    def __init__(self, kernel, initrd_path, disks, memory=1024, extra_cmdline="",
                 bad_sector=None, typed=(), cpus=1, words="boot=ramimg toram noresume"):
        self.text = run(args(kernel, initrd_path, disks, memory, extra_cmdline, bad_sector, typed, cpus, words),
                        list(typed))
        self.lines = [re.sub(r"\r", "", line) for line in self.text.split("\n")]
        if self.facts("left"):
            raise SystemExit(f"what the initramfs started did not end: {self.facts('left')}\n" + self.text)

    def facts(self, name):
        start = f"fact {name}: "
        return [line.split(start, 1)[1] for line in self.lines if start in line]

    def status(self):
        return json.loads("\n".join(self.facts("status")))

    def kernel_version(self):
        return tuple(int(n) for n in re.search(r"Linux version (\d+)\.(\d+)", self.text).groups())

    def root_type(self):
        return [m.split()[2] for m in self.facts("mount") if m.split()[1] == "/"][-1:]

    def said(self):
        return [line.split("ramimg: ", 1)[1] for line in self.text.replace("\r", "\n").split("\n")
                if "ramimg: " in line]


def run(args, typed):
    """Run QEMU until the guest powers off. A guest that does not is a failure.

    `typed` has a line for each shell that ramimg.break is to bring up."""
    end = time.monotonic() + DEADLINE
    out, heard, stuck = b"", 0, False
    with subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as vm:
        with selectors.DefaultSelector() as sel:
            sel.register(vm.stdout, selectors.EVENT_READ)
            while time.monotonic() < end:
                if not sel.select(timeout=end - time.monotonic()):
                    continue
                piece = os.read(vm.stdout.fileno(), 65536)
                if not piece:
                    break
                out += piece
                if stuck := not typed and HELP.search(out, heard) is not None:
                    break
                prompt = SHELL.search(out, heard)
                if typed and prompt:
                    vm.stdin.write(typed.pop(0).encode() + b"\n")
                    vm.stdin.flush()
                    heard = prompt.end()
        if vm.poll() is None and (stuck or time.monotonic() >= end):
            vm.kill()
    text = out.decode("utf-8", "replace")
    if "fact end" not in text:
        late = f"did not come to init's end within {DEADLINE:.0f} s"
        why = "asks for help" if stuck else late if time.monotonic() >= end else "ended before its init did"
        raise SystemExit(f"the guest {why}; the end of its console:\n" + text[-6000:])
    return text


def run_to_its_end(argv):
    """What the console says of a guest that ends by itself, and never comes to its init."""
    result = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            timeout=DEADLINE, check=True)
    return result.stdout.decode("utf-8", "replace")


def pack(directory, tree, compression="gzip", data=None, **fields):
    tar = loader_pack.tar_tree(tree, "--exclude=./boot/*", "--exclude=./lost+found") + \
        loader_pack.identity()
    fields.setdefault("archive_fs", ROOT_UUID)
    fields.setdefault("release_fs", ROOT_UUID)
    fields.setdefault("release", "yes")
    return loader_pack.Archive(directory, tar, compression, data, **fields)
