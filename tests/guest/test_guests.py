# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""ramimg on small made-up guests: what is built, what is refused, and how.

    test_guests.py --list       the names of the cases
    test_guests.py NAME...      run them; without a name, all

Environment: RAMIMG (the program), RAMIMG_GUEST_DIR (scratch). Each refusal checks the exit status,
the words, and that the disk has not changed by a byte; each build reads the disk back from outside.
"""

import difflib
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "support"))

sys.path[1:1] = [os.path.join(TESTS, "host"), os.path.join(TESTS, "e2e")]

import common as listing  # noqa: E402
import disk  # noqa: E402
import documents  # noqa: E402
from cases import expect, main  # noqa: E402
from command import Command, quick_appliance, run, wait_unused  # noqa: E402
from pve import Host  # noqa: E402

MAKE = os.path.join(TESTS, "guests", "make")
KERNEL = "6.1.0-9-amd64"
ROOT_UUID = "11111111-2222-4333-8444-555555555501"
CASES = {}


def case(*guests):
    """A test of a made-up guest (variants of tests/guests/make), by the name of the function."""
    def register(function):
        name = function.__name__.replace("_", "-")
        CASES[name] = (function, guests[0] if guests else "good")
        return function
    return register


class Work:
    """The scratch directory of one case, with its guest."""

    def __init__(self, name, guest):
        self.dir = os.path.join(os.path.abspath(os.environ["RAMIMG_GUEST_DIR"]), name)
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        self.image = self.path("guest.raw")
        self.out = self.path("artifacts")
        self.config = self.path("ramimg.conf")
        with open(self.config, "w", encoding="utf-8") as text:
            text.write(f'stage: {{ dir = "{self.path("stage")}"; }};\n')
        self.env = quick_appliance()
        subprocess.run(["sh", MAKE, guest, self.image], check=True, env=os.environ | self.env)

    def path(self, name):
        return os.path.join(self.dir, name)

    def run(self, *args, **kwargs):
        # Less than the test may take as a whole, so that it is this that tells of a hang.
        return run(*args, work=self.dir, config=self.config, env=self.env, seconds=420, **kwargs)

    def build(self, *options, target=None, **kwargs):
        return self.run("build", "--out", self.out, *options, target or self.image, **kwargs)

    def start_build(self, *options, target=None):
        return Command("build", "--out", self.out, *options, target or self.image, work=self.dir,
                       config=self.config, env=self.env)

    def digest(self, path=None):
        with open(path or self.image, "rb") as data:
            return hashlib.file_digest(data, "sha256").hexdigest()


def refused(work, words, status=3, **kwargs):
    """Build the guest: it must be refused, and nothing be left of the attempt. Returns what was said."""
    before = work.digest()
    result = work.build(**kwargs)
    expect(result.status == status, f"status {status} expected: {result}")
    expect(re.search(words, result.err), f"the words {words!r} expected: {result}")
    expect(result.err.strip().splitlines()[-1].startswith("ramimg: "), f"not the last line: {result}")
    expect(work.digest() == before, "the disk changed")
    files = {os.path.join(where, name) for where, _, names in os.walk(work.dir) for name in names}
    left = {path for path in files - {work.image, work.config} if not path.endswith(".lock")}
    expect(not left, f"left behind: {left}")
    return result.err


# --- what cannot be built

REFUSALS = {
    "no-kernel": r"no kernel in /boot",
    "no-modules": rf"{re.escape(KERNEL)}.*modules|modules.*{re.escape(KERNEL)}",
    "no-grub": r"no GRUB 2.*/boot/grub/grub\.cfg",
    "mkinitcpio": rf"the initrd /boot/initrd\.img-{re.escape(KERNEL)}: made by mkinitcpio; ramimg can extend",
    "no-fstab": r"/etc/fstab is missing",
    "fstab-crlf": r"/etc/fstab: line 2, column \d+: a carriage return, as DOS ends lines",
    "fstab-no-root": r"/etc/fstab: no entry for /",
    "fstab-two-roots": r"/etc/fstab: two entries for / \(lines 2 and 4\)",
    "grubcfg-no-40custom": r"/boot/grub/grub\.cfg: .*40_custom",
    "initrd-empty": rf"vmlinuz-{re.escape(KERNEL)} .*initrd",
    "initrd-absent": rf"vmlinuz-{re.escape(KERNEL)} .*initrd",
    "boot-full": r"grows beyond the [0-9.]+ [KM]iB that the guest's file system at /boot has free for it",
    "lvm-spans": r"the volume group vg is on several disks: its physical volume \w{6}-[-\w]{31} is not on this one",
    "raid-member": r"/dev/sda2 is a member of a software RAID \(linux_raid_member\)",
    "luks-root": r"encrypted \(LUKS on /dev/sda1\)",
    "windows": r"it is a Windows, or its data \(NTFS on /dev/sda1\); ramimg builds Linux guests",
    "two-oses": r"several operating systems on the disk \(.* on /dev/sda1, .* on /dev/sda2\)",
    "damaged-fs": r"/dev/sda1 \(ext4\) is damaged beyond what e2fsck -p can fix; run e2fsck -f on it",
    "no-partition": r"no partition and no file system",
    "no-os": r"no operating system on the disk",
    "btrfs-pool": r"/dev/sda1 is a btrfs on several devices; ramimg builds one that is on a single device",
}


def register_refusals():
    for guest, words in REFUSALS.items():
        def test(work, words=words):
            refused(work, words)
        test.__name__ = guest
        case(guest)(test)


# --- what can

GRUBENV = "/boot/grub/grubenv"


def environment(root, path=GRUBENV):
    """The lines of GRUB's environment block, which must be one."""
    data = root.read(path)
    expect(len(data) == 1024 and data.startswith(b"# GRUB Environment Block\n"), data)
    return data.rstrip(b"#").decode().splitlines()[1:]


def check_built(work, prefix="/boot", boot_partition=1, root_partition=1, image=None,
                words=("boot=ramimg", "toram"), hook="scripts/ramimg", archive=None):
    """What every build leaves, read from outside. Returns the root and what was in the archive. @archive: where that is,
    if not where all have it."""
    root = disk.Ext4(image or work.image, root_partition)
    boot = disk.Ext4(image or work.image, boot_partition)
    inside = "" if boot_partition != root_partition else "/boot"
    custom, cfg = root.read("/etc/grub.d/40_custom"), boot.read(f"{inside}/grub/grub.cfg").decode()
    body = re.search(r"### BEGIN /etc/grub.d/40_custom ###\n(.*?)### END /etc/grub.d/40_custom", cfg, re.S)[1]
    expect(b"".join(custom.splitlines(True)[2:]).decode() == body, "grub.cfg is not what 40_custom prints")
    entry = re.search(r"### BEGIN ramimg ###\n(.*?)### END ramimg ###\n", body, re.S)[1]
    expect("menuentry 'RAM-Debian GNU/Linux' --class debian" in entry, entry)
    linux = re.search(r"^\tlinux\t(\S+) (.*)$", entry, re.M)
    expect(linux[1] == f"{prefix}/vmlinuz-{KERNEL}", entry)
    arguments = linux[2].split()
    for argument in (*words, "quiet", "splash", "console=ttyS0", "ro"):
        expect(argument in arguments, f"{argument} missing: {linux[0]}")
    expect([a for a in arguments if a.startswith("boot=")] == [w for w in words if w.startswith("boot=")], linux[0])
    expect(not any(argument.startswith("resume=") for argument in arguments), linux[0])
    expect(re.search(rf"^\tinitrd\t{prefix}/initrd.img-ramboot$", entry, re.M), entry)
    expect(boot.attributes(f"{inside}/grub/grub.cfg")[1] == "0600", "mode of grub.cfg")
    expect(root.attributes("/etc/grub.d/40_custom")[1] == "0755", "mode of 40_custom")
    expect(boot.check() == "" and root.check() == "", "e2fsck finds errors")
    check_initrd(boot.read(f"{inside}/initrd.img-{KERNEL}"), boot.read(f"{inside}/initrd.img-ramboot"), hook)
    names = archive_names(boot.read(archive or f"{inside}/ram.tar.gz"))
    # As tar --sort=name walks: by the bytes of the names, each directory before what is in it. Then what is ramimg's.
    if names[-1] == CLOUD_INIT:
        names.pop()
    expect(names == sorted(names, key=lambda name: os.fsencode(name).split(b"/")), names)
    return root, entry, names


def check_initrd(original, built, hook):
    """The kernel's own initrd, zeros up to a multiple of four, one more cpio archive."""
    expect(built.startswith(original), "the initrd does not begin with the kernel's own")
    segment = built[len(original):].lstrip(b"\0")
    expect((len(built) - len(segment)) % 4 == 0, "the segment does not begin at a multiple of 4")
    names = subprocess.run(["cpio", "-t", "--quiet"], input=segment, check=True,
                           stdout=subprocess.PIPE).stdout.decode().split()
    wanted = {hook, "ramimg/ramload", "ramimg/manifest"}
    expect(wanted <= set(names), f"members: {names}")
    # An entry for a directory of the base would replace it, even where that is a symlink.
    expect(set(names) - wanted <= {"ramimg"}, f"members: {names}")


def archive_names(data):
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(data))) as tar:
        return [re.sub(r"^\./", "", member.name) for member in tar]


def check_timings(work, text, printed):
    """The table of --timings, and the same phases in what --json prints; all else but VM and place is in manifest.json."""
    rows = dict(re.findall(r"^(\S.*?) +([0-9]+\.[0-9]{2})(?:  .*)?$", text, re.M))
    document = json.loads(printed)
    with open(os.path.join(work.out, "manifest.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    expect(manifest == {name: value for name, value in document.items() if name not in ("vm", "artifacts")} |
           {"phases": []}, "manifest.json")
    expect(document["artifacts"] == work.out, document["artifacts"])
    documents.check(manifest)
    phases = {phase["name"]: phase for phase in document["phases"]}
    expect(list(phases) == [name for name in rows if name != "from first to last"], text)
    expect("starting the appliance" in phases and "committing" in phases, phases)
    for name, phase in phases.items():
        expect(abs(phase["seconds"] - float(rows[name])) < 0.02, f"{name}: {phase} but {rows[name]}")
    expect(phases["packing"]["bytes"] > 200000 and phases["inspecting"]["bytes"] == 0, phases)
    expect(sum(map(float, rows.values())) <= 2.1 * float(rows["from first to last"]), text)


def built(work, *options, **kwargs):
    result = work.build(*options)
    expect(result.status == 0, result)
    expect("slower way" not in result.err, f"not by the hand-over disk: {result}")
    return check_built(work, **kwargs)


@case("good+no-grubenv")
def boot_counting(work):
    """GRUB has what it needs to count; inspect tells, verify clears."""
    root, entry, _ = built(work)
    expect("save_env ramimg_failed" in entry and "load_env ramimg_failed" in entry, entry)
    expect(entry.count(f"'ramimg-{ROOT_UUID}'") == 3 and '\n  set default="0"\n' in entry, entry)
    expect(environment(root) == [], environment(root))
    set_environment(work, "mine=1", "ramimg_failed=2")
    facts = json.loads(work.run("inspect", "--json", work.image).out)
    expect(facts["failed_ram_boots"] == 2, facts)
    clears_nothing_broken(work)
    result = work.run("verify", work.image)
    expect(result.status == 0 and "failed twice in a row and is not the default" in result.out, result)
    expect("\ncleared: " in result.out, result)
    expect(environment(disk.Ext4(work.image)) == ["mine=1"], "after verify")
    says_what_is_older(work)
    expect(disk.Ext4(work.image).check() == "", "e2fsck finds errors")


@case("good+no-grubenv")
def boot_counting_reverted(work):
    """Revert takes all of it back, and not what another has put there."""
    built(work)
    set_environment(work, "mine=1", "ramimg_failed=2")
    result = work.run("revert", work.image)
    expect(result.status == 0, result)
    # Made by ramimg, but not its own any more.
    expect(environment(disk.Ext4(work.image)) == ["mine=1"], "after revert")
    expect("ramimg" not in disk.Ext4(work.image).names("/var/lib"), "state is left")


def says_what_is_older(work):
    """GRUB has counted and verify has cleared, which is no change; a kernel that is installed is one, and no fault."""
    expect(not json.loads(work.run("verify", "--json", work.image).out)["older"], "a count made it old")
    some = os.path.join(work.dir, "some")
    with open(some, "w", encoding="utf-8") as file:
        file.write("some")
    for name in ("vmlinuz", "initrd.img"):
        disk.Ext4(work.image).put(some, f"/boot/{name}-99.1")
    result = work.run("verify", work.image)
    expect(result.status == 0 and "\nOLD  age             the RAM set is older than the disk: kernel 99.1 was installed; "
           in result.out, result)


def clears_nothing_broken(work):
    """A disk that is not whole keeps its count, and so does one that may only be read."""
    os.chmod(work.image, 0o444)
    before = work.digest()
    result = work.run("verify", "--json", work.image)
    expect(result.status == 3 and "the count of failed boots is not cleared: " in result.err, result)
    verdict = json.loads(result.out)
    expect(verdict["good"] and not verdict["cleared"] and "is read-only" in verdict["not_cleared"], verdict)
    expect("cleared:" not in result.out and "failed twice in a row" in result.out, result)
    os.chmod(work.image, 0o644)
    expect(work.digest() == before, "the disk changed")
    root = disk.Ext4(work.image)
    whole = root.read("/boot/ram.tar.gz")[:7]
    root.overwrite("/boot/ram.tar.gz", b"damaged")
    damaged = work.digest()
    result = work.run("verify", work.image)
    expect(result.status == 1 and "cleared:" not in result.out, result)
    expect(work.digest() == damaged, "the disk changed")
    root.overwrite("/boot/ram.tar.gz", whole)
    expect(work.digest() == before, "the disk is not as it was")


def set_environment(work, *lines):
    """What GRUB and an administrator would have written, where the file lies on the disk."""
    data = ("# GRUB Environment Block\n" + "".join(line + "\n" for line in lines)).encode()
    disk.Ext4(work.image).overwrite(GRUBENV, data.ljust(1024, b"#"))


@case("fstab-no-final-newline+gpt+initrd-microcode")
def gpt_and_microcode(work):
    root, entry, _ = built(work, boot_partition=2, root_partition=2)
    expect("insmod part_gpt" in entry and "set root='hd0,gpt2'" in entry, entry)
    expect(root.read("/etc/fstab") == b"# comment\nnone / tmpfs defaults 0 0", root.read("/etc/fstab"))


@case("dracut")
def dracut(work):
    """What made the initrd that is extended counts, and not that initramfs-tools' files are there, too. (entry-files
    builds one of dracut's.)"""
    facts = json.loads(work.run("inspect", "--json", work.image).out)
    expect(facts["initramfs"] == "dracut" and facts["refused"] is None, facts)
    planned = work.build("--dry-run", "--json")
    expect(planned.status == 0, planned)


FEDORA = "6.8.5-301.fc40.x86_64"
MACHINE = "0123456789abcdef0123456789abcdef"


def fedora_boot(work):
    return disk.Ext4(work.image, 2)


@case("fedora")
def entry_files(work):
    """A menu of entry files: refused until somebody says to go on; then built, and known to verify."""
    said = refused(work, rf"not tested on Fedora Linux 40 .*entry files \(BLS\), and its SELinux is permissive; "
                         r"go on with --untested")
    facts = json.loads(work.run("inspect", "--json", work.image).out)
    expect(facts["entry_files"] and facts["refused"] in said and facts["initramfs"] == "dracut", facts)
    boot = fedora_boot(work)
    stock = boot.read("/grub2/grub.cfg")
    result = work.build("--untested")
    expect(result.status == 0, result)
    expect("not tested on Fedora Linux 40" in result.err and "have no commands to count with" in result.err, result)
    boot = fedora_boot(work)
    expect(boot.read("/grub2/grub.cfg") == stock, "grub.cfg was changed")
    expect(environment(boot, "/grub2/grubenv") == [f"saved_entry=~ramimg-{ROOT_UUID}", "boot_success=1",
                                                   "boot_indeterminate=0"], environment(boot, "/grub2/grubenv"))
    entry = boot.read(f"/loader/entries/~ramimg-{ROOT_UUID}.conf").decode().splitlines()
    expect(entry[1:] == ["title RAM-Fedora Linux", "version 0-ramimg", f"linux /vmlinuz-{FEDORA}",
                         "initrd /initrd.img-ramboot", f"options root=UUID={ROOT_UUID} ro rhgb quiet toram noresume",
                         "grub_users $grub_users", "grub_arg --unrestricted", "grub_class fedora"], entry)
    check_initrd(boot.read(f"/initramfs-{FEDORA}.img"), boot.read("/initrd.img-ramboot"),
                 "var/lib/dracut/hooks/pre-pivot/00-ramimg.sh")
    names = archive_names(boot.read("/ram.tar.gz"))
    expect("etc/selinux/config" in names and ".autorelabel" not in names, names)
    verdict = work.run("verify", work.image)
    expect(verdict.status == 0 and "GRUB boots the RAM entry by default" in verdict.out, verdict)


@case("fedora")
def entry_files_reverted(work):
    boot = fedora_boot(work)
    stock = {name: boot.read(f"/{name}") for name in ("grub2/grubenv", "grub2/grub.cfg")}
    fstab = disk.Ext4(work.image).read("/etc/fstab")
    result = work.build("--untested")
    expect(result.status == 0, result)
    result = work.run("revert", work.image)
    expect(result.status == 0, result)
    boot = fedora_boot(work)
    for name, was in stock.items():
        expect(boot.read(f"/{name}") == was, f"{name} is not as it was")
    expect(sorted(boot.names("/loader/entries")) == [f"{MACHINE}-0-rescue.conf", f"{MACHINE}-{FEDORA}.conf"],
           boot.names("/loader/entries"))
    root = disk.Ext4(work.image)
    expect(root.read("/etc/fstab") == fstab and "ramimg" not in root.names("/var/lib"), "traces are left")


@case("fedora+selinux-enforcing")
def selinux_enforcing(work):
    """No label survives in a tmpfs, so that it is refused, whatever is said."""
    refused(work, r"SELinux is enforcing \(/etc/selinux/config\).*set SELINUX=permissive there, or add enforcing=0")


CLOUD_INIT = "etc/cloud/cloud.cfg.d/zz-ramimg.cfg"


def cloud_init_in_archive_only(work, root):
    """It must not grow a root in RAM; and the disk's own system is as before."""
    with tarfile.open(os.path.join(work.out, "ram.tar.gz")) as tar:
        made, beside = (tar.getmember(f"./{path}") for path in (CLOUD_INIT, os.path.dirname(CLOUD_INIT)))
        text = tar.extractfile(made).read().decode()
    for word in ("growpart:\n  mode: \"off\"\n", "resize_rootfs: false\n", "swap:\n  size: 0\n"):
        expect(word in text, text)
    expect((made.uid, made.gid, made.mode, made.mtime) == (0, 0, 0o644, beside.mtime), made.get_info())
    expect(root.names("/etc/cloud/cloud.cfg.d") == {"99-site.cfg"}, root.names("/etc/cloud/cloud.cfg.d"))


def is_about(about, ram):
    """What was foretold of the memory is near to what the build found."""
    expect(0.95 * ram["needed_bytes"] <= about["needed_bytes"] <= 1.1 * ram["needed_bytes"] and
           about["further_cpu_bytes"] == ram["further_cpu_bytes"], f"an estimate of {about}, and then {ram}")


@case("40custom-entries+home-partition+swapfile+cloud-init+initrd-xz")
def home_swapfile_and_own_entries(work):
    planned = work.build("--dry-run", "--json")
    expect(planned.status == 0 and json.loads(planned.out)["cloud_init"], planned)
    about = json.loads(work.run("inspect", "--json", work.image).out)["estimate"]
    before = disk.Ext4(work.image).read("/etc/grub.d/40_custom")
    result = work.build("-v")
    expect(result.status == 0, result)
    expect("slower way" not in result.err, f"not by the hand-over disk: {result}")
    # Read directly, the guest needs but one CPU in the appliance.
    # The console comes in pieces, each a line of the log.
    expect("Total of 1 processors activated" in result.err.replace("\ndebug: libguestfs: ", ""), result)
    root, _, names = check_built(work)
    expect("home/user/file" in names, "the file of the separate /home is not in the archive")
    expect("swapfile" not in names, "the swap file is in the archive")
    cloud_init_in_archive_only(work, root)
    with open(os.path.join(work.out, "manifest.json"), encoding="utf-8") as text:
        manifest = json.load(text)
    left_out = {entry["path"]: entry["bytes"] for entry in manifest["left_out"]}
    expect("/swapfile" in left_out, left_out)
    is_about(about, manifest["ram"])
    fstab = root.read("/etc/fstab").decode()
    expect("/home ext4" in fstab and "/swapfile none swap" in fstab, fstab)
    after = root.read("/etc/grub.d/40_custom")
    expect(after.startswith(before) and before.count(b"Memory test") == 1, after)


@case("lvm-root+initrd-lz4")
def lvm_root(work):
    """An LVM root cannot be read from outside: by verify and by inspect."""
    counted = work.build()
    expect(counted.status == 0, counted)
    result = work.run("verify", work.image)
    expect(result.status == 0, result)
    with open(work.path("artifacts/grub-entry"), encoding="utf-8") as text:
        entry = text.read()
    expect("insmod lvm" in entry and "root=/dev/mapper/vg-root" in entry, entry)
    expect(counted.err.count("are not counted: /boot is on LVM, to which GRUB cannot write") == 1, counted)
    expect("ramimg_failed" not in entry, entry)


# --- volumes of a Proxmox VE host

def digest_of(path):
    with open(path, "rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def is_locked(path):
    """Whether flock(1) would have to wait, as `qm start` does for the configuration's lock."""
    return subprocess.run(["flock", "--nonblock", path, "true"], check=False).returncode == 1


def check_good(work, image):
    """A build of the plainest guest: the menu entry, and what is in the archive and what is not."""
    root, entry, names = check_built(work, image=image)
    expect("insmod part_msdos" in entry and "insmod ext2" in entry, entry)
    expect("set root='hd0,msdos1'" in entry and ROOT_UUID in entry, entry)
    for name in ("usr/bin/ls", "opt/data", "opt/data-too", "opt/fifo", "etc/fstab", "vmlinuz"):
        expect(name in names, f"{name} is not in the archive")
    for name in ("boot/ram.tar.gz", "run/fifo", "boot/initrd.img-ramboot", f"boot/initrd.img-{KERNEL}"):
        expect(name not in names, f"{name} is in the archive")
    expect(root.read("/etc/fstab.ramimg-orig") == disk.Ext4(work.image).read("/etc/fstab"),
           "the copy of the fstab")


def build_under_lock(work, host):
    """By the VM's id; it cannot be started from the build's beginning to its end."""
    lock = host.path("var/lock/qemu-server/lock-105.conf")
    build = work.start_build("--timings", "--json", "--pve-root", host.root, target="105")
    for phase in ("starting the appliance", "packing"):
        build.wait_for(phase, 300)
        expect(is_locked(lock), f"the VM could be started: {phase}")
    result = build.finish(420)
    expect(result.status == 0, result)
    expect("slower way" not in result.err, f"not by the hand-over disk: {result}")
    expect("is in the snapshot 'before' of VM 105: it keeps the state before the build" in result.err, result)
    check_timings(work, result.err, result.out)
    expect(not is_locked(lock), "the VM is still locked")


def raw_of(work, qcow2, *snapshot):
    """The disk that is in it; with "-l" and a name, that of a snapshot."""
    flat = work.path("flat.raw")
    disk.output("qemu-img", "convert", "-f", "qcow2", *snapshot, "-O", "raw", qcow2, flat)
    return flat


@case()
def pve_linked_clone(work):
    """Build, verify, revert a VM, and all is as it was; of a linked clone with a snapshot: the base and what the snapshot
    has stay all the while."""
    host = Host(work.path("host"))
    images = host.path("var/lib/vz/images")
    base, clone = f"{images}/100/base-100-disk-0.qcow2", f"{images}/105/vm-105-disk-0.qcow2"
    for directory in ("100", "105"):
        os.makedirs(os.path.join(images, directory))
    disk.output("qemu-img", "convert", "-f", "raw", "-O", "qcow2", work.image, base)
    os.chmod(base, 0o444)
    disk.output("qemu-img", "create", "-q", "-f", "qcow2", "-b", "../100/base-100-disk-0.qcow2",
                "-F", "qcow2", clone)
    disk.output("qemu-img", "snapshot", "-c", "before", clone)
    volid = "local:100/base-100-disk-0.qcow2/105/vm-105-disk-0.qcow2"
    host.vm(100, "template: 1\nscsi0: local:100/base-100-disk-0.qcow2\n")
    config = f"boot: order=scsi0\nname: web\nscsi0: {volid},size=1G\n"
    host.vm(105, f"parent: before\n{config}\n[before]\n{config}snaptime: 1700000000\n")
    before, disk_before = digest_of(base), digest_of(work.image)
    build_under_lock(work, host)
    with open(os.path.join(work.out, "manifest.json"), encoding="utf-8") as text:
        expect(json.load(text)["volume"] == volid, "the manifest names another volume")
    expect(digest_of(base) == before, "the base volume has changed")
    expect(digest_of(raw_of(work, clone, "-l", "before")) == disk_before, "what the snapshot has has changed")
    check_good(work, raw_of(work, clone))
    whole = digest_of(clone)
    says_what_it_needs(work, host, f"boot: order=scsi0\nname: web\nscsi0: {volid},size=1G\n")
    result = work.run("verify", "--json", "--pve-root", host.root, "vm-105-disk-0")
    expect(result.status == 0 and not json.loads(result.out)["cleared"], result)
    expect(digest_of(clone) == whole, "a verify with nothing to clear wrote to the disk")
    result = work.run("revert", "--pve-root", host.root, volid)
    expect(result.status == 0, result)
    was, now = disk.Ext4(work.image), disk.Ext4(raw_of(work, clone))
    for path in ("/etc/fstab", "/etc/grub.d/40_custom", "/boot/grub/grub.cfg", GRUBENV):
        expect(now.read(path) == was.read(path), f"{path} is not as it was")
    expect(not any("ram" in name for name in now.names("/boot")), now.names("/boot"))
    nothing_differs(work, work.image, work.path("flat.raw"))
    disk.output("qemu-img", "snapshot", "-a", "before", clone)
    expect(digest_of(raw_of(work, clone)) == disk_before, "rolled back it is not what it was")
    expect(digest_of(base) == before, "the base volume has changed")


# Files that are written anew, and directories in which files came and went.
WRITTEN = ("/boot", "/boot/grub", "/boot/grub/grub.cfg", "/etc", "/etc/default", "/etc/fstab", "/etc/grub.d",
           "/etc/grub.d/40_custom", "/var/lib")


def nothing_differs(work, before, after):
    """Every file and all that an archive keeps of it, but for the times of what was written."""
    os.environ["RAMIMG_E2E_DIR"] = work.dir
    listings = [listing.list_disk(image) for image in (before, after)]
    for one in listings:
        for path in one.keys() & set(WRITTEN):
            one[path]["mtime"] = None
    expect(len(listings[0]) > 50 and not listing.differences(*listings), listing.differences(*listings))


def says_what_it_needs(work, host, config):
    """list and inspect have build's own figure from the disk, against a configuration that has changed since."""
    with open(os.path.join(work.out, "manifest.json"), encoding="utf-8") as text:
        needed = json.load(text)["ram"]["needed_bytes"]
    for memory, verdict in ((needed >> 20, "enough"), ((needed >> 20) - 1, "too little")):
        host.vm(105, f"{config}memory: {memory}\n")
        for command, found in (("list", lambda shown: shown["volumes"][0]["ram"]), ("inspect", lambda shown: shown["vm"])):
            result = work.run(command, "--json", "--pve-root", host.root, "105")
            has = found(json.loads(result.out))
            expect((has["needed_bytes"], has["memory_bytes"], has["verdict"]) == (needed, memory << 20, verdict), result)
        expect(("it needs" in result.err) == (verdict == "too little"), result)
    host.vm(105, config)


def too_little(work, host, before):
    """The next start has less memory than the root needs: refused before the disk is touched, with how much is enough."""
    result = work.run("build", "--json", "--pve-root", host.root, "--out", work.out, "105")
    words = re.search(r"VM 105: its root does not get into RAM with its 128 MiB of memory, it needs (\d+) MiB, (\d+) more, "
                      r"and its next start boots the disk; give it more \(qm set 105 --memory (\d+)\); or leave more out",
                      result.err)
    expect(result.status != 0 and words, result)
    least, more, given = map(int, words.groups())
    expect(128 < least < 512 and least == given == more + 128, result)
    expect("what takes most of the RAM, and the setting that leaves it out:" in result.err, result)
    refused = json.loads(result.out)
    expect(refused["error"]["code"] == "budget" and refused["vm"]["needed_bytes"] == least << 20 and
           refused["largest"], refused)
    expect(work.digest() == before, "the disk has changed")


@case("separate-boot+initrd-plain")
def pve_block_device(work):
    """On a block device, as an iSCSI volume has it, whose file is off limits; the guest has a separate /boot."""
    host = Host(work.path("host"))
    host.storage_cfg("iscsi: san\n\tportal 10.0.0.1\n\ttarget t\n\tcontent images\n")
    device = disk.output("losetup", "--find", "--show", work.image).decode().strip()
    try:
        link = host.path("dev/disk/by-id/scsi-36001405")
        os.makedirs(os.path.dirname(link))
        os.symlink(device, link)
        config = "boot: order=scsi0\nscsi0: san:0.0.1.scsi-36001405,size=1G\n"
        host.vm(105, config + "memory: 1024\n[PENDING]\nmemory: 128\n")
        before = work.digest()
        result = work.build()
        expect(result.status == 3 and f"loop device {device} uses it" in result.err, result)
        expect(work.digest() == before, "the disk has changed")
        too_little(work, host, before)
        host.vm(105, config)
        result = work.run("build", "--pve-root", host.root, "--out", work.out, "105")
        expect(result.status == 0 and "slower way" not in result.err, result)
        listed = json.loads(work.run("list", "--pve-root", host.root, "--json").out)["volumes"]
        expect([row["built"] for row in listed] == [True], listed)
        host.vm(105, config + "memory: 128\n")
        result = work.run("verify", "--pve-root", host.root, "105")
        expect(result.status == 0 and "VM 105: its root does not get into RAM with its 128 MiB" in result.err, result)
    finally:
        disk.output("losetup", "--detach", device)
    _, entry, names = check_built(work, prefix="", boot_partition=2)
    expect("set root='hd0,msdos2'" in entry, entry)
    boot = disk.Ext4(work.image, 2)
    manifest = boot.read("/initrd.img-ramboot").rpartition(b"format=1\n")[2]
    expect(b"\ngrubenv=/grub/grubenv\n" in manifest, manifest[:900])
    expect(environment(boot, "/grub/grubenv") == ["saved_entry=0"], "of the separate /boot")
    expect(f"boot/vmlinuz-{KERNEL}" in names, "the kernel of the separate /boot is not in the archive")


# --- the same input

# All that may differ between two images of one build: docs/format.md, "The same input".
CLOCK = {"superblock: mount time", "superblock: write time", "superblock: check time",
         "superblock: kilobytes written", "superblock: checksum", "journal", "checksum of a block",
         "inode: ctime", "inode: crtime", "inode: generation", "inode: checksum"}
CLOCK |= {"freed " + name for name in CLOCK | {"inode: atime", "inode: mtime", "inode: dtime"} if "inode" in name}
DATE = 1600000000


def build_elsewhere(work, source, output, processors, **env):
    """Build with another stage, another directory for temporary files, and on so many processors."""
    name = os.path.basename(output)
    config, out = work.path(name + ".conf"), work.path("artifacts-of-" + name)
    with open(config, "w", encoding="utf-8") as text:
        text.write(f'stage: {{ dir = "{work.path("stage-of-" + name)}"; }};\n')
        if os.path.exists(work.path("key.pem")):
            text.write(f'output: {{ sign = "{work.path("key.pem")}"; }};\n')
    scratch = work.path("work-of-" + name)
    os.makedirs(scratch)
    usable = sorted(os.sched_getaffinity(0))[:processors]
    result = run("build", "--out", out, "--output", output, source, work=scratch, config=config,
                 env=work.env | env, seconds=420, prefix=["taskset", "-c", ",".join(map(str, usable))])
    expect(result.status == 0, result)
    return out


def expect_same_artifacts(one, other, count=7):
    names = sorted(os.listdir(one))
    expect(names == sorted(os.listdir(other)) and len(names) == count, names)
    for name in names:
        expect(disk.same(os.path.join(one, name), os.path.join(other, name)), f"{name} is not the same")


def make_key(work):
    disk.output("openssl", "genpkey", "-algorithm", "Ed25519", "-out", work.path("key.pem"))
    disk.output("openssl", "pkey", "-in", work.path("key.pem"), "-pubout", "-out", work.path("key.pub"))


def check_signed(work, out):
    """By that key, as openssl alone finds too; no longer once the manifest has another blank."""
    names = [os.path.join(out, name) for name in ("manifest.json", "manifest.json.sig")]
    disk.output("openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", work.path("key.pub"), "-in", names[0],
                "-sigfile", names[1])
    result = work.run("verify", "--json", "--key", work.path("key.pub"), out)
    expect(result.status == 0 and json.loads(result.out)["signature"] == "good", result)
    result = work.run("verify", out)
    expect(result.status == 0 and "manifest.json.sig was not checked" in result.err, result)
    changed = work.path("signed")
    shutil.copytree(out, changed)
    with open(os.path.join(changed, "manifest.json"), "a", encoding="utf-8") as manifest:
        manifest.write(" ")
    result = work.run("verify", "--key", work.path("key.pub"), changed)
    expect(result.status == 1 and "was changed" in result.err and "ok" not in result.out, result)


def check_artifacts(work, out):
    """A directory is compared with its manifest.json; a byte more is found."""
    result = work.run("verify", "--json", out)
    expect(result.status == 0 and len(json.loads(result.out)["checks"]) == 6, result)
    changed = work.path("changed")
    shutil.copytree(out, changed)
    with open(os.path.join(changed, "initrd.img-ramboot"), "ab") as initrd:
        initrd.write(b"x")
    result = work.run("verify", changed)
    expect(result.status == 1 and "1 of 6 files are not as they were built" in result.err, result)


@case()
def same_input_same_bytes(work):
    """Built twice, at different times, in different places and on another number of processors."""
    make_key(work)
    images = [work.path("one.raw"), work.path("two.raw")]
    outs = [build_elsewhere(work, work.image, image, n, SOURCE_DATE_EPOCH=str(DATE))
            for n, image in enumerate(images, 1)]
    expect_same_artifacts(*outs, count=8)
    check_artifacts(work, outs[0])
    check_signed(work, outs[0])
    unlike = disk.Ext4(images[0]).unlike(images[1])
    expect("inode: ctime" in unlike and unlike <= CLOCK, unlike)
    # What was written and where, and nothing else.
    root = disk.Ext4(images[0])
    for path, dated in (("/boot/ram.tar.gz", True), ("/etc/fstab", True), ("/etc", True), ("/var/lib", True),
                        ("/var/lib/ramimg", True), ("/etc/hostname", False), ("/usr", False)):
        expect((root.mtime(path) == DATE) == dated, f"{path}: {root.mtime(path)}")
    expect(root.check() == "", "e2fsck finds errors")


@case()
def built_twice_same_bytes(work):
    """Of what was built before, without a date: the traces that are taken back leave no time in the archive."""
    built_once = work.path("built.raw")
    build_elsewhere(work, work.image, built_once, 2)
    images = [work.path("one.qcow2"), work.path("two.qcow2")]
    outs = [build_elsewhere(work, built_once, image, n) for n, image in enumerate(images, 1)]
    expect_same_artifacts(*outs)
    raws = [image.replace(".qcow2", ".raw") for image in images]
    for image, raw in zip(images, raws, strict=True):
        disk.output("qemu-img", "convert", "-f", "qcow2", "-O", "raw", image, raw)
    unlike = disk.Ext4(raws[0]).unlike(raws[1])
    expect("inode: mtime" in unlike and unlike <= CLOCK | {"inode: mtime", "inode: atime"}, unlike)


# --- bad input, mostly without an appliance

@case()
def bad_targets(work):
    os.makedirs(work.path("directory.raw"))
    open(work.path("empty.raw"), "wb").close()
    qcow2, cut = work.path("guest.qcow2"), work.path("cut.qcow2")
    disk.output("qemu-img", "convert", "-f", "raw", "-O", "qcow2", work.image, qcow2)
    disk.copy(qcow2, cut)
    os.truncate(cut, os.path.getsize(cut) // 2)
    disk.copy(work.image, work.path("guest.img2"))
    before = work.digest()
    for arguments, status, words in (
            ([work.path("missing.raw")], 5, r"missing\.raw: .*No such file"),
            ([work.path("directory.raw")], 2, r"directory\.raw.*directory"),
            ([work.path("empty.raw")], 3, r"empty\.raw.*empty"),
            (["--format", "qcow2", work.image], 3, r"guest\.raw.*qcow2"),
            ([cut], 3, r"cut\.qcow2.*(truncated|damaged|short)"),
            ([work.path("guest.img2")], 2, r"guest\.img2.*--format")):
        result = work.run("build", "--out", work.out, *arguments)
        expect(result.status == status, f"status {status} expected: {result}")
        expect(re.search(words, result.err), f"the words {words!r} expected: {result}")
        expect(not os.path.exists(work.out), f"artifacts of a refused build: {result}")
    expect(work.digest() == before, "the disk changed")


@case()
def no_permission(work):
    """Root without its power over permissions gets what any user would."""
    weak = []
    if os.geteuid() == 0:
        weak = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all"]
    before = work.digest()
    for mode, status, words in (
            (0o200, 1, r"guest\.raw: .*Permission denied"),
            (0o444, 3, r"guest\.raw: is read-only")):
        os.chmod(work.image, mode)
        result = work.run("build", "--out", work.out, work.image, prefix=weak)
        expect(result.status == status, result)
        expect(re.search(words, result.err), f"the words {words!r} expected: {result}")
    os.chmod(work.image, 0o644)
    expect(work.digest() == before, "the disk changed")


@case()
def no_room_for_artifacts(work):
    """Known before anything is made where it is bytes that are missing; else found when it is."""
    before = work.digest()
    os.makedirs(work.out)
    for room, status, said in (("size=100k", 3, r"out: .*artifacts, [0-9.]+ KiB free, and a build takes 16\.0 MiB at least"),
                               ("nr_inodes=4", 1, r"artifacts.*No space left on device")):
        disk.output("mount", "-t", "tmpfs", "-o", f"{room},mode=700", "none", work.out)
        try:
            result = work.build()
            expect(result.status == status, result)
            expect(re.search(said, result.err), result)
            expect(work.digest() == before, "the disk changed")
            expect(os.listdir(work.out) == [], os.listdir(work.out))
        finally:
            disk.output("umount", work.out)


@case()
def golden_image(work):
    """For CI: a new image with no root on it and an ISO, and nothing beside them, neither artifacts nor what was staged."""
    before = work.digest()
    golden = work.path("golden.qcow2")
    there = os.listdir(work.dir)
    iso = work.path("twin.iso")
    result = work.run("build", "--json", "--no-artifacts", "--slim", "--output", golden, "--iso", iso, work.image)
    expect(result.status == 0, result)
    told = json.loads(result.out)
    with open(iso, "rb") as f:
        expect(told["iso"] == {"file": "twin.iso", "bytes": os.path.getsize(iso),
                               "sha256": hashlib.file_digest(f, "sha256").hexdigest()}, told["iso"])
    expect(os.stat(iso).st_mode & 0o777 == 0o600, os.stat(iso))
    expect(told["diskless"]["cmdline"].startswith("root=ramimg ro "), told["diskless"])
    expect(told["artifacts"] is None and told["slim"] is True, told)
    expect(work.digest() == before, "the disk changed")
    info = json.loads(disk.output("qemu-img", "info", "--output=json", golden))
    expect(info["format-specific"]["data"]["compression-type"] == "zstd", info)
    checked = json.loads(disk.output("qemu-img", "check", "--output=json", golden))
    expect(checked["compressed-clusters"] > 0, checked)
    new = set(os.listdir(work.dir)) - set(there) - {"tmp"}
    expect(new == {"golden.qcow2", "twin.iso", "stage"}, new)
    expect(os.listdir(work.path("stage")) == [], os.listdir(work.path("stage")))
    check_slim(work, golden)


def check_slim(work, golden):
    """What is on it, and what ramimg makes of it afterwards."""
    raw = work.path("golden.raw")
    disk.output("qemu-img", "convert", "-f", "qcow2", "-O", "raw", golden, raw)
    root = disk.Ext4(raw)
    expect(root.check() == "", "e2fsck finds errors")
    for path, there in (("/boot/ram.tar.gz", True), ("/boot/initrd.img-ramboot", True), ("/etc/os-release", True),
                        (f"/boot/vmlinuz-{KERNEL}", True), (f"/boot/initrd.img-{KERNEL}", False), ("/proc", True),
                        ("/etc/fstab", True), ("/etc/hostname", False), ("/usr/bin", False), ("/sbin", False),
                        ("/var/lib/ramimg/slim", True), ("/etc/grub.d", False), ("/lib/modules", False)):
        expect(root.exists(path) == there, path)
    menu = root.read("/boot/grub/grub.cfg").decode()
    expect(re.findall(r"^\s*(?:menuentry|submenu) '([^']*)'", menu, re.M) == ["RAM-Debian GNU/Linux"], menu)
    expect("ramimg_failed" not in menu, menu)
    result = work.run("verify", "--json", golden)
    verdict = json.loads(result.out)
    expect(result.status == 0 and verdict["slim"] is True and verdict["older"] is False, result)
    facts = json.loads(work.run("inspect", "--json", golden).out)
    expect(facts["built"] is True and facts["slim"] is True and "slim image" in facts["refused"], facts)
    for command in (("revert", golden), ("build", "--out", work.out, golden)):
        result = work.run(*command)
        expect(result.status == 3 and "is a slim image" in result.err, result)


@case()
def one_build_at_a_time(work):
    """A second build of the same volume is refused while the first runs; SIGTERM ends that one, and nothing is left."""
    before = work.digest()
    first = work.start_build("--json")
    first.wait_for("packing", 300)
    result = work.build()
    expect(result.status == 3 and re.search(r"guest\.raw.*(in use|another)", result.err), result)
    first.signal(signal.SIGTERM)
    result = first.finish(30)
    expect(result.status == 1 and "interrupted" in result.err, result)
    wait_unused(work.image, 30)
    left = [name for where in (work.out, work.path("stage"), work.path("tmp"))
            for name in os.listdir(where) if not name.endswith(".lock")]
    expect(not left, left)
    expect(work.digest() == before, "the disk changed")


@case()
def dry_run_changes_nothing(work):
    before = work.digest()
    result = work.build("--dry-run")
    expect(result.status == 0, result)
    for word in ("/boot/ram.tar.gz", "/boot/initrd.img-ramboot", "/etc/fstab", "/etc/grub.d/40_custom"):
        expect(word in result.out, f"{word} in the plan: {result}")
    result = work.build("--dry-run", "--json")
    expect(result.status == 0, result)
    plan = json.loads(result.out)
    expect(plan["boot_counting"] is True and plan["not_counted"] is None, plan)
    expect({action["path"] for action in plan["actions"]} > {"/etc/fstab", "/boot/ram.tar.gz"}, plan)
    expect(work.digest() == before, "the disk changed")
    expect(not os.path.exists(work.out), "artifacts of a dry run")


@case()
def inspect_tells(work):
    before = work.digest()
    result = work.run("inspect", "--json", work.image)
    expect(result.status == 0, result)
    facts = json.dumps(json.loads(result.out))
    for word in ("Debian GNU/Linux", KERNEL, "initramfs-tools", "ext4", "x86_64", ROOT_UUID):
        expect(word in facts, f"{word} in {facts}")
    result = work.run("inspect", "--json", "--kernel", "5.0-none", work.image)
    expect(result.status == 0, result)
    expect(json.loads(result.out)["refused"] ==
           f"kernel 5.0-none: there is no such kernel in the guest; it can be one of {KERNEL}", result)
    result = work.run("inspect", "--json", "--kernel", KERNEL, work.image)
    expect(json.loads(result.out)["kernel"] == KERNEL, result)
    expect(work.digest() == before, "the disk changed")


# --- btrfs

class Grub:
    """The disk's btrfs by GRUB's own driver, which sees it as a boot does: from the top-level subvolume."""

    def __init__(self, image):
        self.image = image

    def _fstest(self, *args):
        return subprocess.run(["grub-fstest", self.image, *args], check=True, stdout=subprocess.PIPE).stdout

    def read(self, path):
        return self._fstest("cat", f"(loop0,msdos1){path}")

    def names(self, path):
        return self._fstest("ls", f"(loop0,msdos1){path}").decode().split()


def check_btrfs_archive(data):
    """/home and what lies below are packed; two files of one inode number, in two subvolumes, are two."""
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(data))) as tar:
        members = {re.sub(r"^\./", "", member.name): member for member in tar}
        for directory, text in (("home", b"in home\n"), ("var/lib/machines", b"in machines\n")):
            expect(tar.extractfile(f"./{directory}/one").read() == text, directory)
            expect(members[f"{directory}/two"].linkname == f"./{directory}/one", members[f"{directory}/two"].linkname)
        fstab = tar.extractfile("./etc/fstab").read().decode()
    expect("none / tmpfs defaults 0 0\n" in fstab and "compress" not in fstab, fstab)
    expect(f"#ramimg: UUID={ROOT_UUID} /home btrfs" in fstab, fstab)
    expect(".snapshots/7" in members and not [m for m in members if m.startswith(".snapshots/7/")], "a snapshot")
    expect(not [m for m in members if "timeshift" in m or "@" in m], "what is beside the root")


@case("btrfs")
def btrfs_looked_at(work):
    """What inspect and verify say of a built one, and what revert gives back; the appliance is started each time."""
    grub = Grub(work.image)
    stock = {path: grub.read(f"/@rootfs{path}") for path in ("/etc/fstab", "/boot/grub/grub.cfg")}
    result = work.build()
    expect(result.status == 0, result)
    result = work.run("inspect", "--json", work.image)
    expect(result.status == 0, result)
    places = {mount["mountpoint"]: (mount["type"], mount["uuid"], mount["subvolume"])
              for mount in json.loads(result.out)["mounts"]}
    expect(places == {"/": ("btrfs", ROOT_UUID, "@rootfs"), "/home": ("btrfs", ROOT_UUID, "@home")}, places)
    result = work.run("verify", work.image)
    expect(result.status == 0, result)
    result = work.run("revert", work.image)
    expect(result.status == 0, result)
    for path, text in stock.items():
        expect(grub.read(f"/@rootfs{path}") == text, path)
    expect(not [name for name in grub.names("/@rootfs/boot/") if "ram" in name], grub.names("/@rootfs/boot/"))


@case("btrfs")
def btrfs(work):
    """As Debian's installer makes it: /home a subvolume, snapshots, another subvolume below."""
    grub = Grub(work.image)
    result = work.build("--json")
    expect(result.status == 0 and "/boot is on btrfs, to which GRUB cannot write" in result.err, result)
    left = {item["path"]: item["bytes"] for item in json.loads(result.out)["left_out"]}
    expect(left["/.snapshots/7/snapshot"] > 200000, left)
    entry = re.search(r"### BEGIN ramimg ###\n(.*?)### END", grub.read("/@rootfs/boot/grub/grub.cfg").decode(), re.S)[1]
    linux, initrd = (re.search(rf"^\t{what}\t(\S+) ?(.*)$", entry, re.M) for what in ("linux", "initrd"))
    expect(linux[2].startswith(f"root=UUID={ROOT_UUID} ro rootflags=subvol=@rootfs "), entry)
    expect("insmod btrfs" in entry and "save_env" not in entry, entry)
    # GRUB finds both where the entry says.
    expect(grub.read(linux[1])[0x202:0x206] == b"HdrS", linux[1])
    check_initrd(grub.read(f"/@rootfs/boot/initrd.img-{KERNEL}"), grub.read(initrd[1]), "scripts/ramimg")
    check_btrfs_archive(grub.read("/@rootfs/boot/ram.tar.gz"))


# --- a machine that was stopped hard

@case()
def journal_to_replay(work):
    """What only the journal has is in the archive and on the disk, as the guest's next boot would have had it."""
    root = disk.Ext4(work.image)
    old = root.read("/etc/hostname")
    new = old.swapcase()
    root.leave_in_journal("/etc/hostname", new)
    expect(new != old == root.read("/etc/hostname"), old)
    result = work.build()
    expect(result.status == 0, result)
    expect(": /dev/sda1: its journal has to be replayed first\n" in result.err, result)
    expect("/dev/sda1 (ext4) was not unmounted by the guest; e2fsck -p makes good for it first\n" in result.err, result)
    root, _, _ = check_built(work)
    expect(root.read("/etc/hostname") == new, root.read("/etc/hostname"))
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(root.read("/boot/ram.tar.gz")))) as tar:
        expect(tar.extractfile("./etc/hostname").read() == new, "in the archive")


# --- two readers, one archive

def not_sure(work, *options):
    """What the direct reader meets only while it packs is done by the appliance, and the rest too."""
    with open(work.config, "a", encoding="utf-8") as text:
        text.write('archive: { exclude = [ "/opt/da{ta-too,nothing}" ]; };\n')
    result = work.build(*options)
    expect(result.status == 0 and result.err.count("read in the appliance instead of directly") == 1, result)
    return result


@case("archive-link")
def reader_that_is_not_sure(work):
    """And where the hand-over disk does not serve either, the files come the slower way; each is said once."""
    result = not_sure(work)
    expect(result.err.count("writing back the slower way: an unusual name: /opt/an archive") == 1, result)
    _, _, names = check_built(work, archive="/opt/an archive")
    expect("opt/data" in names, names)
    written = disk.Ext4(work.image).read("/opt/an archive")
    with open(os.path.join(work.out, "ram.tar.gz"), "rb") as archive:
        expect(written == archive.read(), "the archive behind the link is not the one that was made")


@case()
def reader_that_is_not_sure_of_a_plan(work):
    before = work.digest()
    not_sure(work, "--dry-run")
    expect(work.digest() == before, "the disk changed")


@case("no-os")
def reader_that_is_killed(work):
    """A library of the direct reader's makes a call that is not on its list: the appliance goes on, and refuses."""
    said = refused(work, REFUSALS["no-os"],
                   prefix=(sys.executable, os.path.join(TESTS, "support", "killed_at_scratch.py")))
    expect("read in the appliance instead of directly: the direct reader ended by signal 31 (Bad system call)\n"
           in said, said)


# Every variant that both readers can tell about is in one of them; the others are in REFUSALS, and are
# the appliance's to judge. The first three are what the plain run compares.
EQUAL = ("40custom-entries+gpt+cloud-init+initrd-microcode+archive-link", "lvm-root+initrd-lz4", "efi",
         "swapfile+separate-boot+initrd-plain+no-grubenv",
         "good", "boot-full+initrd-zstd", "home-partition+initrd-xz",
         "fstab-no-final-newline+no-kernel+no-modules+dracut+mkinitcpio+grubcfg-no-40custom", "no-grub+initrd-empty",
         "no-fstab+initrd-absent", "fstab-no-root+initrd-garbage", "fstab-two-roots", "efi-fat16",
         "fedora+selinux-enforcing")
APPLIANCE_ONLY = ("luks-root", "windows", "two-oses", "damaged-fs", "no-partition", "no-os", "fstab-crlf", "lvm-spans",
                  "raid-member", "btrfs-pool")


def lines_that_differ(work):
    facts = []
    for who in ("appliance", "direct"):
        with open(work.path(f"{who}.facts"), encoding="utf-8") as text:
            facts.append(text.read().splitlines())
    return "\n".join(difflib.unified_diff(*facts, "appliance", "direct", lineterm=""))


def read_both_ways(work):
    return subprocess.run([os.environ["EQUAL_TOOL"], work.dir, work.image], check=True, text=True,
                          env=os.environ | work.env, stdout=subprocess.PIPE, timeout=420).stdout


ODD = "opt/odd/"


def odd_files(archive):
    """What of guests/odd.sh's files is easily lost, by the tar's own word."""
    with tarfile.open(archive) as tar:
        found = {entry.name.removeprefix("./"): entry for entry in tar}
    pax = {name: entry.pax_headers for name, entry in found.items()}
    expect(found[ODD + "owner"].uid == 4294967294 and found[ODD + "owner"].gid == 3000000000, found[ODD + "owner"])
    expect(found[ODD + "old"].mtime < -2 ** 31 + 86400, found[ODD + "old"].mtime)
    expect(found[ODD + "late"].mtime > 2 ** 33, found[ODD + "late"].mtime)
    expect(found[ODD + "bits"].mode == 0o7751, oct(found[ODD + "bits"].mode))
    expect(found[ODD + "hole"].size == 3 << 20 and found[ODD + "holes"].size == 5 << 20, "the files with holes")
    expect(found[ODD + "block"].devmajor == 259 and found[ODD + "block"].devminor == 70000, "the block device")
    whiteout = found[ODD + "whiteout"]
    expect(whiteout.ischr() and (whiteout.devmajor, whiteout.devminor) == (0, 0), whiteout.get_info())
    expect(pax[ODD.rstrip("/")]["SCHILY.xattr.trusted.overlay.opaque"] == "y", pax[ODD.rstrip("/")])
    names = [name for name in found if found[name].islnk()]
    expect({ODD + "plain", ODD + "plain-too", ODD + ".plain"} & set(names), names)
    expect(not any("$HOME" in name for name in found), "what was to be left out")
    plain = (".plain", "plain", "plain-too")
    for names, attribute in ((plain, "user.short"), (plain, "user.long"),
                             (("bits",), "security.capability"), (("empty",), "security.selinux")):
        kept = [pax[ODD + name] for name in names if "SCHILY.xattr." + attribute in pax[ODD + name]]
        expect(kept, f"{names}: no {attribute}")


def linked_files(archive):
    """What disk_btrfs puts into the subvolumes that are mounted: of each pair of names, one is a link to the other."""
    with tarfile.open(archive) as tar:
        found = {entry.name.removeprefix("./"): entry for entry in tar}
    for where in ("home/", "var/lib/machines/"):
        links = {found[where + name].linkname.removeprefix("./") for name in ("one", "two") if found[where + name].islnk()}
        expect(links in ({where + "one"}, {where + "two"}), f"{where}: {links}")


# What the appliance alone reads, in two ways that must be equal, and what is looked for in both.
APPLIANCE_READS = {"xfs": odd_files, "btrfs": linked_files}


def register_appliance_reads():
    """The tree by the tree disk is the one that libguestfs's own way gives, and nothing odd is lost in either."""
    for guest, check in APPLIANCE_READS.items():
        def test(work, check=check):
            told = read_both_ways(work)
            expect(re.fullmatch("appliance: .*\nby the tree disk\n", told), told)
            expect(work.digest(work.path("appliance.tar.gz")) == work.digest(work.path("slower.tar.gz")),
                   "the archives differ")
            check(work.path("appliance.tar.gz"))
        test.__name__ = f"appliance-reads-{guest}"
        case(guest)(test)


def register_equal():
    """All facts and the archive of the whole tree, from the appliance and from the direct reader."""
    for guest in EQUAL:
        def test(work):
            told = read_both_ways(work)
            expect(told == "both\nby the tree disk\n", told)
            expect(not lines_that_differ(work), lines_that_differ(work))
            expect(work.digest(work.path("appliance.tar.gz")) == work.digest(work.path("direct.tar.gz")),
                   "the archives differ")
        test.__name__ = f"equal-{guest}"
        case(guest)(test)


def not_compared(variants, equal, alone, refused_guests):
    """What is wrong with the lists above, a sentence for each variant; nothing where all is well."""
    compared = {name for guest in equal for name in guest.split("+")}
    faults = [f"{name} is neither in EQUAL nor in APPLIANCE_ONLY" for name in variants
              if name not in compared and name not in alone]
    faults += [f"{name} is in EQUAL and in APPLIANCE_ONLY" for name in sorted(compared & set(alone))]
    faults += [f"{name} is no variant of tests/guests/make" for name in sorted(compared | set(alone))
               if name not in variants]
    return faults + [f"{name} is in APPLIANCE_ONLY but not in REFUSALS" for name in alone
                     if name not in refused_guests]


@case()
def every_variant_is_compared(work):
    """A variant that is added to tests/guests/make belongs in EQUAL, or is the appliance's alone."""
    variants = subprocess.run(["sh", MAKE], check=True, text=True, stdout=subprocess.PIPE).stdout.split()
    faults = not_compared(variants, (*EQUAL, *APPLIANCE_READS), APPLIANCE_ONLY, REFUSALS)
    expect(not faults, "; ".join(faults))
    # And the check finds each of these faults, by the variant's name.
    for lists, fault in (
            ((["a", "b", "new"], ("a+b",), (), ()), "new is neither in EQUAL nor in APPLIANCE_ONLY"),
            ((["a", "b"], ("a+b", "gone"), (), ()), "gone is no variant of tests/guests/make"),
            ((["a", "b"], ("a+b",), ("b",), ("b",)), "b is in EQUAL and in APPLIANCE_ONLY"),
            ((["a", "b"], ("a",), ("b",), ()), "b is in APPLIANCE_ONLY but not in REFUSALS")):
        expect(not_compared(*lists) == [fault], f"{fault} expected: {not_compared(*lists)}")


def run_case(name):
    function, guest = CASES[name]
    function(Work(name, guest))


if __name__ == "__main__":
    register_refusals()
    register_equal()
    register_appliance_reads()
    sys.exit(main(CASES, "RAMIMG_GUEST_DIR", run_case))
