# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Proxmox VE host as a virtual machine, for what the kernel of the machine may not have.

Its root is an initramfs of this machine's own programs and Debian's kernel (linux-image-amd64); it runs
a list of shell scripts, the steps, and shows each one's output and status on the serial console.
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

import emulation  # noqa: E402

SLOW = float(os.environ.get("RAMIMG_TEST_SLOW", "1"))

PROGRAMS = ("dash", "cat", "cut", "dd", "dmsetup", "grep", "insmod", "ln", "losetup", "ls", "lvm",
            "mkdir", "mke2fs", "mkfifo", "mount", "qemu-img",
            "qemu-io", "qemu-nbd", "rm", "sha256sum", "tr", "udevadm",
            "umount", "vgchange", "thin_check")
MODULES = ("virtio_pci", "virtio_blk", "dm_mod", "dm_thin_pool", "dm_snapshot", "loop", "ext4")
RULES = ("50-udev-default.rules", "55-dm.rules", "56-lvm.rules", "60-block.rules",
         "60-persistent-storage.rules", "60-persistent-storage-dm.rules", "95-dm-notify.rules")

INIT = """\
#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs tmpfs /run
while read -r module; do insmod "$module"; done </modules
/usr/lib/systemd/systemd-udevd --daemon --resolve-names=never
udevadm trigger --action=add
udevadm settle
for step in /steps/*; do
	echo "@begin ${step##*/}"
	sh "$step" </dev/null 2>&1
	printf '\\n@status %s\\n' $?
done
echo b >/proc/sysrq-trigger
"""


class Step:
    def __init__(self, number, script, status, text):
        self.number = number
        self.script = script
        self.status = status
        self.text = text

    def __str__(self):
        return f"step {self.number}: status {self.status}\n$ {self.script}\n{self.text}"


def kernel():
    """The newest of Debian's kernels here that has its modules."""
    found = [path for path in glob.glob("/boot/vmlinuz-*-amd64")
             if os.path.exists(f"/lib/modules/{path[len('/boot/vmlinuz-'):]}/modules.dep")]
    if not found:
        raise AssertionError("no Debian kernel with modules here; install linux-image-amd64")
    return max(found, key=lambda path: [int(n) for n in re.findall(r"\d+", path)])


class VmHost:
    """Lay out .root (tests/host/pve.py helps), add steps, run."""

    def __init__(self, directory, disk_mib=512):
        self.dir = directory
        self.root = os.path.join(directory, "root")
        self.log = os.path.join(directory, "serial.log")
        self.disk = os.path.join(directory, "disk.raw")
        self.steps = []
        self.kernel = kernel()
        for name in ("proc", "sys", "dev", "run", "steps", "tmp", "var/tmp"):
            os.makedirs(os.path.join(self.root, name))
        for name in ("bin", "sbin", "lib", "lib64"):
            os.makedirs(os.path.join(self.root, "usr", name))
            os.symlink(f"usr/{name}", os.path.join(self.root, name))
        with open(self.disk, "wb") as disk:
            disk.truncate(disk_mib << 20)

    def copy(self, path, to=None):
        """A file as it is, links followed, to its own place or another."""
        place = os.path.join(self.root, (to or path).lstrip("/"))
        os.makedirs(os.path.dirname(place), exist_ok=True)
        if not os.path.exists(place):
            shutil.copy(path, place)

    def program(self, path, to=None):
        """A program with its shared libraries."""
        self.copy(path, to)
        found = subprocess.run(["ldd", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               text=True, check=False).stdout
        for library in re.findall(r"(/\S+) \(0x", found):
            self.copy(library)

    def put(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o755)

    def step(self, script):
        """Add a script; its result is that number of run()'s list."""
        self.put(f"steps/{len(self.steps):03}", script + "\n")
        self.steps.append(script)
        return len(self.steps) - 1

    def _modules(self):
        version = self.kernel[len("/boot/vmlinuz-"):]
        listed = []
        for name in MODULES:
            out = subprocess.run(["modprobe", "--set-version", version, "--show-depends", name],
                                 stdout=subprocess.PIPE, text=True, check=True).stdout
            listed += [path for path in re.findall(r"^insmod (\S+)", out, re.M) if path not in listed]
        for path in listed:
            self.copy(path)
        self.put("modules", "".join(path + "\n" for path in listed))

    def _fill(self):
        search = os.environ["PATH"] + ":/usr/sbin:/sbin"
        for name in PROGRAMS:
            path = shutil.which(name, path=search)
            if not path:
                raise AssertionError(f"no program {name} here")
            self.program(path, os.path.join("/usr/sbin", name))
        os.symlink("dash", os.path.join(self.root, "usr/sbin/sh"))
        os.symlink("/usr/sbin/sh", os.path.join(self.root, "usr/bin/sh"))
        for name in ("pvcreate", "vgcreate", "lvcreate", "lvchange", "lvs"):
            os.symlink("lvm", os.path.join(self.root, "usr/sbin", name))
        os.makedirs(os.path.join(self.root, "usr/lib/systemd"))
        os.symlink("/usr/sbin/udevadm", os.path.join(self.root, "usr/lib/systemd/systemd-udevd"))
        for rule in RULES:
            self.copy("/lib/udev/rules.d/" + rule, "/usr/lib/udev/rules.d/" + rule)
        for helper in ("/etc/lvm/lvm.conf", "/etc/mke2fs.conf"):
            self.copy(helper)
        self.put("etc/lvm/lvmlocal.conf", "activation { monitoring = 0 }\n")     # no dmeventd here
        self._modules()
        self.put("init", INIT)

    def _initramfs(self):
        path = os.path.join(self.dir, "initramfs")
        names = subprocess.run(["find", ".", "-print0"], cwd=self.root, stdout=subprocess.PIPE,
                               check=True).stdout
        with open(path, "wb") as out:
            subprocess.run(["cpio", "--null", "--create", "--format=newc", "--quiet",
                            "--owner=+0:+0"], cwd=self.root, input=names, stdout=out, check=True)
        return path

    def run(self, seconds):
        """Boot it, and wait for its end; the results of all steps."""
        self._fill()
        argv = ["qemu-system-x86_64", "-machine", "pc", "-accel", "tcg", "-m", "1536", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
                "-serial", f"file:{self.log}", "-kernel", self.kernel,
                "-initrd", self._initramfs(), "-append", "console=ttyS0 panic=-1 quiet " + emulation.KERNEL_LINE,
                "-drive", f"file={self.disk},format=raw,if=none,id=d0,cache=unsafe",
                "-device", "virtio-blk-pci,drive=d0"]
        start = time.monotonic()
        try:
            done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=seconds * SLOW, check=False)
            end = f"QEMU ended with status {done.returncode}: {done.stdout.decode()}"
        except subprocess.TimeoutExpired:
            end = f"not ended after {seconds * SLOW:.0f} s"
        return self._results(f"{end} ({time.monotonic() - start:.0f} s)")

    def _results(self, end):
        with open(self.log, encoding="utf-8", errors="replace", newline="") as log:
            text = log.read().replace("\r\n", "\n")
        found = re.findall(r"^@begin (\d+)\n(.*?)\n@status (\d+)$", text, re.M | re.S)
        if len(found) != len(self.steps):
            raise AssertionError(f"{len(found)} of {len(self.steps)} steps ended; {end}; the end of "
                                 f"{self.log}:\n{text[-3000:]}")
        return [Step(int(number), self.steps[int(number)], int(status), shown)
                for number, shown, status in found]
