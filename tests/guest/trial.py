# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`ramimg test` on a small guest: a disk with GRUB, this machine's kernel and a root that asks for a login.

`trial.py --list`, or a name."""
import glob
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree

import grub_count
import initrd_vm as vm

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[1:1] = [os.path.join(TESTS, "support"), os.path.join(TESTS, "host")]

import command  # noqa: E402
import confinement  # noqa: E402
import documents  # noqa: E402
import emulation  # noqa: E402
from pve import Host  # noqa: E402

ENV = {name: os.environ.get(name, "") for name in ("RAMIMG", "RAMLOAD", "TRIAL_INIT", "INITRAMFS_SCRIPT")}
GRUB = "/usr/lib/grub/i386-pc"
SLOW = float(os.environ.get("RAMIMG_TEST_SLOW", "1"))
TIMEOUT = int(240 * SLOW)
KERNEL = f"linux /boot/vmlinuz root=UUID={vm.ROOT_UUID} ro noresume panic=-1 console=tty0 console=ttyS0,115200 " \
         + emulation.KERNEL_LINE
CONFIG = f"""set timeout=0
menuentry 'RAM' {{
	{KERNEL} boot=ramimg
	initrd /boot/initrd
}}
"""
# As a build leaves it: the RAM entry, behind the guest's own, is DEFAULT.
DEFAULT = f"ramimg-{vm.ROOT_UUID}"
MENU = f"""### BEGIN /etc/grub.d/00_header ###
{grub_count.HEADER.format(default=DEFAULT)}set timeout=0
### END /etc/grub.d/00_header ###
menuentry 'Test' --id stock {{
	{KERNEL}
	initrd /boot/initrd.stock
}}
### BEGIN ramimg ###
menuentry 'RAM-Test' --id '{DEFAULT}' {{
	{KERNEL} boot=ramimg
	initrd /boot/initrd
}}
### END ramimg ###
"""


def of_children(pid):
    """The processes that a process has started, with theirs."""
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, encoding="utf-8", errors="replace") as f:
                fields = f.read().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            child = int(path.split("/")[2])
            found += [child, *of_children(child)]
    return found


class Trial(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="trial-")
        self.addCleanup(shutil.rmtree, self.dir)
        self.tree = vm.make_tree(self.dir, ENV["TRIAL_INIT"])
        self.image, self.console = self.path("disk.raw"), self.path("console.log")
        with open(self.path("conf"), "w", encoding="utf-8") as out:
            out.write(f'stage: {{ dir = "{self.path("stage")}"; }};\nappliance: {{ kvm = "no"; }};\n')

    def path(self, name):
        return os.path.join(self.dir, name)

    def make_disk(self, damage=False, menu=CONFIG, **fields):
        """A disk that boots by its first sector, as a built one does."""
        plain, base = vm.kernel_and_initrd(whole=False)
        version = os.path.basename(base).removeprefix("small-initrd.").rpartition(".")[0]
        archive = vm.pack(self.dir, self.tree, **fields)
        boot = os.path.join(self.tree, "boot")
        if damage:
            with open(archive.path, "r+b") as f:
                f.seek(len(archive.data) * 2 // 3)
                f.write(bytes([archive.data[len(archive.data) * 2 // 3] ^ 0x10]))
        shutil.copy(archive.path, boot)
        shutil.copy(f"/boot/vmlinuz-{version}", os.path.join(boot, "vmlinuz"))
        shutil.copy(vm.initrd(self.dir, base, ENV["INITRAMFS_SCRIPT"], ENV["RAMLOAD"], archive.manifest),
                    os.path.join(boot, "initrd"))
        shutil.copy(base, os.path.join(boot, "initrd.stock"))
        os.makedirs(os.path.join(boot, "grub"))
        with open(os.path.join(boot, "grub/grub.cfg"), "w", encoding="utf-8") as out:
            out.write(menu)
        self.install()

    def install(self):
        root, core = self.path("root"), self.path("core")
        vm.ext4(root, 256, vm.ROOT_UUID, self.tree)
        subprocess.run(["grub-mkimage", "-O", "i386-pc", "-p", "(hd0,msdos1)/boot/grub", "-o", core, "biosdisk",
                        "part_msdos", "ext2", "normal", "configfile", "linux", "loadenv", "test"], check=True)
        with open(self.image, "wb") as out:
            out.truncate((256 + 2) << 20)
        subprocess.run(["sfdisk", "-q", self.image], input=b"label: dos\nstart=1MiB, size=256MiB, type=83\n",
                       check=True)
        with open(self.image, "r+b") as out, open(os.path.join(GRUB, "boot.img"), "rb") as first, \
                open(core, "rb") as rest, open(root, "rb") as partition:
            out.write(first.read(440))
            out.seek(512)       # boot.img's and diskboot.img's own default: the sectors right behind
            out.write(rest.read())
            out.seek(1 << 20)
            shutil.copyfileobj(partition, out)

    @staticmethod
    def digest(path):
        with open(path, "rb") as f:
            return hashlib.file_digest(f, "sha256").hexdigest()

    def args(self, *more):
        if "--pve-root" not in more:
            more = "--ram", "1024", *more, self.image       # the last of a kind counts
        return [ENV["RAMIMG"], "test", "--config", self.path("conf"), "--console", self.console, "--timeout",
                str(TIMEOUT), *more]

    def left(self):
        """What is in the stage."""
        return os.listdir(self.path("stage")) if os.path.exists(self.path("stage")) else []

    def run_test(self, *more, path=""):
        """Run it to its end; return the run and its checks, by their names; the document is kept. The disk is as before, and nothing is left."""
        before = self.digest(self.image)
        result = subprocess.run(self.args("--json", *more), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, check=False, timeout=TIMEOUT * 3.5,
                                env=command.environment(self.dir) | command.quick_appliance()
                                | {"PATH": path + os.environ["PATH"]})
        self.assertEqual(self.digest(self.image), before)
        self.assertEqual(self.left(), [])
        self.document = json.loads(result.stdout)
        documents.check(self.document)
        self.assertEqual(self.document["format"], "ramimg.test/1", result.stderr)
        return result, {c["name"]: (c["state"], c["detail"]) for c in self.document["checks"]}

    def states(self, checks):
        return {name: state for name, (state, _) in checks.items()}

    def test_passes(self):
        """Into RAM, and without its disk; of what takes an agent it says that there is none."""
        self.make_disk()
        result, checks = self.run_test("--junit", self.path("junit.xml"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.states(checks), {
            "loader": "passed", "system": "passed", "release": "passed", "unplug": "passed", "units": "skipped",
            "files": "skipped", "memory": "skipped"})
        self.assertRegex(checks["loader"][1], r"^the root is in RAM: 2\d\.\d MiB, loaded in ")
        self.assertEqual(checks["release"][1], "the guest has let go of sda")
        self.assertEqual(checks["unplug"][1], "the disk and its controller are unplugged")
        self.assertEqual(checks["system"][1], "the console asks for a login; there is no guest agent")
        with open(self.console, "rb") as f:
            self.assertIn(b"trial login: ", f.read())
        suite = xml.etree.ElementTree.parse(self.path("junit.xml")).getroot().find("testsuite")
        self.assertEqual((suite.get("tests"), suite.get("failures"), suite.get("skipped")), ("7", "0", "3"))
        self.assertEqual([c.get("name") for c in suite.findall("testcase")], list(checks))

    def boots_from_the_disk(self, menu):
        os.symlink("usr/bin", os.path.join(self.tree, "bin"))       # or it is taken for no system
        self.make_disk(menu=menu)
        result, checks = self.run_test("--boot", "disk")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.states(checks), {
            "loader": "skipped", "system": "passed", "root": "passed", "release": "skipped", "unplug": "skipped",
            "units": "skipped", "files": "skipped", "memory": "skipped"}, result.stderr)
        self.assertEqual(checks["root"][1], "the loader has not run; there is no guest agent to ask for more")
        self.assertEqual(checks["loader"][1], "the entry that boots from the disk has no loader")
        self.assertEqual(self.document["boot"], "disk")
        with open(self.console, "rb") as f:
            self.assertNotIn(b"boot=ramimg", f.read())
        return result

    def test_boot_disk(self):
        """GRUB boots the guest's own entry, though its default is the RAM entry: it is told so in the overlay alone."""
        result = self.boots_from_the_disk(MENU)
        self.assertIn("ending the appliance", result.stderr)

    def test_boot_disk_by_itself(self):
        """As grub.default = false leaves it: there is nothing to be told, and no appliance."""
        result = self.boots_from_the_disk(MENU.replace(f'default="{DEFAULT}"', 'default="stock"'))
        self.assertNotIn("appliance", result.stderr)

    def test_least_ram(self):
        """It works with what is found, and does not with 16 MiB less, for the reason that is told."""
        self.make_disk()
        result, checks = self.run_test("--ram", "224", "--least-ram")
        self.assertEqual(result.returncode, 0, result.stderr)
        least = self.document["least_ram_bytes"] >> 20
        print(f"least: {least} MiB\n{result.stderr}")
        self.assertEqual((least % 16, checks["unplug"][0]), (0, "passed"))
        self.assertTrue(96 <= least <= 224, least)
        told = dict(re.findall(r"^with (\d+) MiB: (.*)$", result.stderr, re.M))
        self.assertNotIn(told.get(str(least - 16)), (None, "it works"), result.stderr)
        self.assertIn(told.get(str(least)), ("it works", None), result.stderr)      # None: it is what it began with
        self.assertEqual(self.document["machine"]["memory_bytes"], 224 << 20)

    def test_too_little_ram(self):
        """The loader's own words, by the status port; the checks behind it are not made, nor is the command."""
        self.make_disk(reserve_bytes=4 << 30)
        result, checks = self.run_test("--exec", "true")
        self.assertEqual(result.returncode, 1)
        self.assertEqual(self.states(checks), {"loader": "failed", **{name: "skipped" for name in (
            "release", "unplug", "system", "units", "files", "memory", "exec")}})
        self.assertRegex(checks["loader"][1], "^it booted from the disk: not enough RAM: needs .* to spare, ")
        self.assertEqual(checks["system"][1], "not tried: loader failed")
        self.assertRegex(result.stderr, "disk.raw: 1 of 8 checks failed: loader\n$")

    def test_damaged(self):
        self.make_disk(damage=True)
        result, checks = self.run_test()
        self.assertEqual(result.returncode, 1)
        self.assertRegex(checks["loader"][1], "^it booted from the disk: /boot/ram.tar.gz: damaged: ")

    def test_command_without_an_agent(self):
        """What was asked for and cannot be done has failed. The disk is kept here, and on a controller of which it cannot
        be unplugged."""
        self.make_disk(release="no")
        result, checks = self.run_test("--exec", "true")
        self.assertEqual(result.returncode, 1)
        self.assertEqual(checks["exec"], ("failed", "there is no guest agent to ask (package qemu-guest-agent)"))
        self.assertEqual(checks["release"], ("skipped", "the disk was built to be kept (release.disk = false)"))

    def make_idle(self, says=""):
        """A disk whose first sector writes a text to the console and then does no more: a jump to itself."""
        # xor ax, ax; mov ds, ax; mov si, the text; mov dx, 0x3f8; cld; next: lodsb; test al, al; jz $; out dx, al; jmp next
        code = bytes.fromhex("31c0 8ed8 be137c baf803 fc ac 84c0 74fe ee ebf8")
        assert code[5:7] == (0x7c00 + len(code)).to_bytes(2, "little")
        with open(self.image, "wb") as out:
            out.write((code + says.encode() + b"\0").ljust(510, b"\0") + b"\x55\xaa")
            out.truncate(1 << 20)

    def test_time_is_up(self):
        """A disk that does not boot at all, and no answer from anybody; with a network card, too."""
        self.make_idle()
        for more in (), ("--net",):
            result, checks = self.run_test("--timeout", "4", *more)
            self.assertEqual(result.returncode, 1)
            self.assertEqual(checks["loader"][0], "failed")
            self.assertRegex(checks["loader"][1], "^4 seconds have gone by, and the loader has said nothing: ")

    def test_given_up(self):
        """A prompt that only a person would answer is not waited at."""
        self.make_idle("\r\nYou are in emergency mode. After logging in, type")
        result, checks = self.run_test()
        self.assertEqual(result.returncode, 1)
        self.assertEqual(checks["loader"][0], "failed")
        self.assertRegex(checks["loader"][1], "^the guest has stopped in systemd's emergency mode, and the loader has said ")

    def test_kvm_at_a_loss(self):
        """KVM passes for usable, and then QEMU says that it is at a loss: its machine stands still, and is not waited for.
        Where there is none to be opened, that is said, too."""
        self.make_idle()
        os.mkdir(self.path("bin"))
        with open(self.path("bin/qemu-system-x86_64"), "w", encoding="utf-8") as out:
            out.write(f"""#!/bin/bash
case "$*" in *debugcon*|*" -kernel "*) echo "No bootable device, Kernel panic"; while :; do :; done ;; esac
echo "KVM internal error. Suberror: 1" >&2
args=("${{@/#kvm/tcg}}")
exec {shutil.which("qemu-system-x86_64")} "${{args[@]/,+aes/}}"
""")
            os.fchmod(out.fileno(), 0o755)
        if not os.access("/dev/kvm", os.R_OK | os.W_OK):
            result = subprocess.run(self.args("--kvm", "yes"), stderr=subprocess.PIPE, text=True, check=False, timeout=60 * SLOW)
            self.assertEqual(result.returncode, 1)
            self.assertIn("KVM does not work here, and appliance.kvm (or --kvm) is \"yes\"", result.stderr)
            return
        result, checks = self.run_test("--kvm", "yes", path=self.path("bin") + ":")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertTrue(self.document["machine"]["kvm"])
        self.assertRegex(checks["loader"][1], r"^KVM does not work here \(KVM internal error\. Suberror: 1; --kvm no ")

    def test_of_a_vm(self):
        """The machine is that of the VM's configuration, with a copy of its firmware's variables; the lock is held."""
        host = Host(self.path("pve"))
        conf = ("memory: 640\ncores: 3\nmachine: q35\nbios: ovmf\nboot: order=sata0\n"
                "efidisk0: local:105/vm-105-disk-1.raw,efitype=4m,size=4M\n"
                "scsihw: virtio-scsi-single\nsata0: local:105/vm-105-disk-0.raw\n")
        host.vm(105, conf)
        self.image = host.image("105/vm-105-disk-0.raw")
        variables = host.image("105/vm-105-disk-1.raw", 4 << 20)
        before = self.digest(variables)
        for name in ("105", "vm-105-disk-0", self.image):
            result, checks = self.run_test("--pve-root", self.path("pve"), "--timeout", "2", name)
            self.assertEqual((result.returncode, checks["loader"][0]), (1, "failed"), result.stderr)
            self.assertEqual(self.document["machine"], {
                "memory_bytes": 640 << 20, "cpus": 3, "kvm": False, "firmware": "uefi", "bus": "sata"})
        self.assertEqual(self.digest(variables), before)
        host.vm(105, conf.replace("sata0", "scsi0").replace("bios: ovmf\n", ""))
        self.run_test("--pve-root", self.path("pve"), "--timeout", "1", "--ram", "512", "105")
        self.assertEqual(self.document["machine"], {
            "memory_bytes": 512 << 20, "cpus": 3, "kvm": False, "firmware": "bios", "bus": "virtio-scsi"})

    def test_no_trial(self):
        """Refused before anything is started, each with its status."""
        self.make_idle()
        for more, status, said in ((("--ram", "12"), 2, '--ram: "12" is not a number from 64 to 4194304'),
                                   (("--timeout", "1m"), 2, '--timeout: "1m" is not a number from 1 to 86400'),
                                   (("--boot", "disk", "--least-ram"), 2, "--least-ram is about a root in RAM"),
                                   (("--boot", "disk"), 3, "no partition and no file system on the disk"),
                                   (("--console", self.path("none/console")), 1, "the console's file: ")):
            result = subprocess.run(self.args(*more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                    check=False, timeout=60 * SLOW)
            self.assertEqual(result.returncode, status, result.stderr)
            self.assertIn(said, result.stderr)
            self.assertEqual(self.left(), [])

    def check_confined(self, pids):
        """The machine's QEMU has what its row in docs/confinement.md says."""
        want = confinement.row("a trial's QEMU")
        for pid in pids:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                if b"ramimg-test" not in f.read():
                    continue
            with open(f"/proc/{pid}/status", encoding="utf-8") as f:
                status = dict(line.rstrip("\n").split(":\t", 1) for line in f)
            self.assertEqual((want["capabilities"], want["groups"], status["Groups"].strip()), ("none", "none", ""))
            self.assertEqual({status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")}, {"0" * 16})
            self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))
            return
        self.fail(f"none of {pids} is the machine's")

    def started(self):
        """The program as soon as its machine's console shows something, with its children."""
        process = subprocess.Popen(self.args(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        until = time.monotonic() + TIMEOUT
        while not (os.path.exists(self.console) and os.path.getsize(self.console)):
            self.assertIsNone(process.poll())
            self.assertLess(time.monotonic(), until, "the console shows nothing")
            time.sleep(0.05)
        children = of_children(process.pid)
        self.assertNotEqual(children, [])
        return process, children

    def await_end(self, pids):
        until = time.monotonic() + 20 * SLOW
        while alive := [pid for pid in pids if os.path.exists(f"/proc/{pid}")]:
            self.assertLess(time.monotonic(), until, f"{alive} are still there")
            time.sleep(0.02)

    def test_killed(self):
        """By SIGTERM it leaves nothing; by SIGKILL no process, and the next run removes what is left."""
        self.make_disk()
        process, children = self.started()
        self.check_confined(children)
        process.terminate()
        _, said = process.communicate(timeout=60 * SLOW)
        self.assertEqual(process.returncode, 1, said)
        self.assertIn("interrupted", said)
        self.await_end(children)
        self.assertEqual(self.left(), [])
        os.unlink(self.console)
        process, children = self.started()
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60 * SLOW)
        self.await_end(children)
        self.assertEqual(len(self.left()), 1)
        self.run_test("--timeout", "1")


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        print("\n".join(sorted(n[5:] for n in dir(Trial) if n.startswith("test_"))))
    else:
        unittest.main(argv=[sys.argv[0], *[f"Trial.test_{n}" for n in sys.argv[1:]]])
