# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is on a disk, read directly: against sfdisk, blkid and lvm2, raw and behind an NBD export.

Environment: RAMIMG (its build tree has layout_show), RAMIMG_HOST_DIR (scratch). Root, for loop devices.
"""

import contextlib
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))

from cases import expect, main  # noqa: E402
from disk import output  # noqa: E402

MIB = 1 << 20
SHOW = os.path.join(os.path.dirname(os.environ.get("RAMIMG", "")), "tests/host/layout_show")
UUID = "0b7f3c52-91de-4e6a-8c15-d24e7a9f6b%02d"


class Failed(Exception):
    pass


def run(*argv, text=None):
    done = subprocess.run(argv, input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False)
    if done.returncode != 0:
        raise Failed(f"{argv}: {done.stderr}")
    return done.stdout


def show(path, form="raw", directory=None):
    """The devices as lists of: name, type, UUID, label, table, number, GRUB's name, bytes."""
    text = run(SHOW, form, path, directory or os.path.dirname(path))
    return [line.split("|") for line in text.splitlines()]


def refused(path, words, form="raw"):
    done = subprocess.run([SHOW, form, path, os.path.dirname(path)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)
    expect(done.returncode == 3 and re.search(words, done.stderr),
           f"{words!r} expected: {done.returncode} {done.stdout}{done.stderr}")


def scratch(name):
    directory = os.path.join(os.path.abspath(os.environ["RAMIMG_HOST_DIR"]), name)
    os.makedirs(directory, exist_ok=True)
    os.chmod(directory, 0o700)
    return os.path.join(directory, "disk")


def blank(path, mib):
    with open(path, "wb") as disk:
        disk.truncate(mib * MIB)
    return path


@contextlib.contextmanager
def loop(path, offset=0, size=None, write=False):
    argv = ["losetup", "--find", "--show", f"--offset={offset}"]
    argv += [f"--sizelimit={size}"] if size else []
    device = run(*argv, *([] if write else ["--read-only"]), path).strip()
    try:
        yield device
    finally:
        run("losetup", "--detach", device)


def blkid(path, offset=0, size=None):
    """Type, UUID and label as libguestfs's daemon asks for them."""
    with loop(path, offset, size) as device:
        def tag(name):
            done = subprocess.run(["blkid", "-c", "/dev/null", "-o", "value", "-s", name, device],
                                  stdout=subprocess.PIPE, text=True, check=False)
            return done.stdout.rstrip("\n")
        return [tag("TYPE"), tag("UUID"), tag("LABEL")]


def sfdisk(path):
    return json.loads(output("sfdisk", "--json", path))["partitiontable"]


def agree(path):
    """Names, sizes and tags are those of sfdisk and blkid."""
    table = sfdisk(path)
    label = {"dos": "msdos"}.get(table["label"], table["label"])
    want = []
    for part in table["partitions"]:
        number = int(part["node"][len(path):])
        size = part["size"] * 512
        if part["type"] in ("5", "f", "85"):
            size = 1024     # what the kernel shows of an extended partition
        want.append([f"/dev/sda{number}", *blkid(path, part["start"] * 512, size), label,
                     str(number), "-", str(size)])
    want.sort(key=lambda device: int(device[5]))
    got = show(path)
    expect(got == want, f"got {got}, want {want}")
    return got


def write_at(path, offset, data):
    with open(path, "r+b") as disk:
        disk.seek(offset)
        disk.write(data)


def make_at(path, number, *argv):
    """Run the program with the partition as a device."""
    for part in sfdisk(path)["partitions"]:
        if part["node"] == path + str(number):
            with loop(path, part["start"] * 512, part["size"] * 512, True) as device:
                run(*argv, device)


def ext4(path, number, uuid, label=""):
    make_at(path, number, "mke2fs", "-q", "-F", "-t", "ext4", "-U", uuid, "-L", label)


def msdos():
    path = blank(scratch("msdos"), 200)
    # In another order than on the disk; the extended one is the second, of two logical ones.
    run("sfdisk", "-q", path, text="label: dos\n4: start=2048, size=40960\n"
        "1: start=43008, size=20480, type=82\n2: start=65536, size=204800, type=f\n"
        "5: start=67584, size=81920\n6: start=151552, size=40960\n7: start=194560, size=20480\n")
    ext4(path, 4, UUID % 4, "a label")
    make_at(path, 1, "mkswap", "-q", "-U", UUID % 1, "-L", "swap")
    ext4(path, 5, UUID % 5)
    make_at(path, 6, "mkfs.vfat", "-n", "SIX")
    names = [device[0] for device in agree(path)]
    expect(names == [f"/dev/sda{n}" for n in (1, 2, 4, 5, 6, 7)], names)
    start = sfdisk(path)["partitions"][3]["start"] * 512
    got = subprocess.run([SHOW, "raw", path, "/", "/dev/sda5"], stdout=subprocess.PIPE, check=True)
    with open(path, "rb") as disk:
        disk.seek(start)
        expect(got.stdout == disk.read(81920 * 512), "other bytes")


def gpt():
    path = blank(scratch("gpt"), 700)
    run("sfdisk", "-q", path, text="label: gpt\n2: start=4096, size=40960\n"
        "7: start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649\n"
        "128: start=45056, size=1048576\n3: start=1200128, size=204800\n")
    ext4(path, 2, UUID % 2)
    # A FAT32 of small clusters, whose root directory is none of the first.
    make_at(path, 128, "mkfs.vfat", "-F", "32", "-s", "1", "-n", "FAR AWAY")
    make_at(path, 3, "mkfs.btrfs", "-q", "-f", "-m", "single", "-L", "tree")
    got = agree(path)
    expect([d[1] for d in got] == ["ext4", "btrfs", "", "vfat"], got)
    expect(got[3][3] == "FAR AWAY", got)
    # The backup at the end alone is none to the kernel.
    write_at(path, 512, bytes(512))
    refused(path, "^its GPT is damaged$")


def whole_disks():
    path = blank(scratch("whole-disks"), 64)
    expect(show(path) == [["/dev/sda", "", "", "", "-", "0", "-", str(64 * MIB)]], "a blank disk")
    for argv in (["mke2fs", "-q", "-F", "-t", "ext4", "-L", "root"], ["mkswap", "-q"],
                 ["mkfs.vfat", "-n", "FAT"],
                 ["mke2fs", "-q", "-F", "-O", "journal_dev"]):
        blank(path, 64)
        run(*argv, path)
        want = [["/dev/sda", *blkid(path), "-", "0", "-", str(64 * MIB)]]
        expect(want[0][1] != "" and show(path) == want, f"{argv}: {show(path)}, want {want}")
    # Only the type is certain: where its names are is not looked at.
    blank(path, 64)
    run("mkntfs", "-Q", "-F", "-q", path)
    expect([device[:2] for device in show(path)] == [["/dev/sda", "ntfs"]] and blkid(path)[0] == "ntfs", show(path))
    blank(path, 64)
    run("cryptsetup", "-q", "luksFormat", "--pbkdf-force-iterations=4", "--pbkdf-memory=32", "--pbkdf=argon2i",
        "--key-file=/dev/stdin", path, text="secret")
    got = show(path)[0]
    expect(got[1] == "crypto_LUKS" and got[1:4] == blkid(path), got)


def refusals():
    path = scratch("refusals")
    for argv, words in (
            (["sfdisk", "-q", "--label", "sun"], "kind sun"),
            (["mkfs.btrfs", "-q", "-f"], "^/dev/sda is a btrfs on several devices$")):
        blank(path, 128)
        text = None
        if argv[0] == "sfdisk":
            argv, text = ["sfdisk", "-q", path], "label: sun\nsize=20480\n"
        elif argv[0] == "mkfs.btrfs":
            argv = [*argv, blank(path + "2", 128), path]
        else:
            argv = [*argv, path]
        run(*argv, text=text)
        refused(path, words)
    blank(path, 64)
    run("sfdisk", "-q", path, text="label: dos\nstart=2048, size=40960, type=42\n")
    refused(path, "^it is a Windows dynamic disk$")
    blank(path, 64)
    run("sfdisk", "-q", path, text="label: dos\nstart=2048, size=40960\nstart=43008, size=40960\n")
    ext4(path, 1, UUID % 1)
    ext4(path, 2, UUID % 1)
    refused(path, "^/dev/sda1 and /dev/sda2 have the same UUID, " + UUID % 1)
    os.truncate(path, 30 * MIB)
    refused(path, "^partition 2 reaches beyond the end of the disk$")


def nested():
    path = blank(scratch("nested"), 64)
    run("sfdisk", "-q", path, text="label: dos\nstart=2048, size=40960, type=a5\n")
    # A BSD disklabel: magic, one partition, in the second sector of the slice.
    label = bytearray(276)
    label[0:4] = label[132:136] = (0x82564557).to_bytes(4, "little")
    label[138:140] = (1).to_bytes(2, "little")
    label[148:152] = (8192).to_bytes(4, "little")
    label[152:156] = (2064).to_bytes(4, "little")
    label[160] = 7
    total = 0
    for i in range(0, 148 + 16, 2):
        total ^= int.from_bytes(label[i:i + 2], "little")
    label[136:138] = total.to_bytes(2, "little")
    write_at(path, MIB + 512, label)
    refused(path, "a partition table of its own")


class Lvm:
    """lvm2 on loop devices, without device-mapper (which need not be there): it writes what it would."""

    def __init__(self, devices):
        names = ",".join(f'"a|^{device}$|"' for device in devices)
        self.config = f"devices {{ filter=[{names},\"r|.*|\"] use_devicesfile=0 }} " \
            "backup { backup=0 archive=0 } global { use_lvmpolld=0 event_activation=0 }"

    def __call__(self, command, *argv):
        return run("lvm", command, *argv, "--config", self.config, "--driverloaded", "n")

    def create(self, *argv):
        self("lvcreate", "-q", "-y", "-an", "-Zn", "-Wn", *argv)


@contextlib.contextmanager
def two_volumes(name):
    """A disk of two partitions that are physical volumes."""
    path = blank(scratch(name), 200)
    run("sfdisk", "-q", path, text="label: gpt\nstart=2048, size=163840\nstart=165888, size=204800\n")
    with loop(path, MIB, 80 * MIB, True) as one, loop(path, 81 * MIB, 100 * MIB, True) as two:
        lvm = Lvm([one, two])
        lvm("pvcreate", "-q", one, two)
        lvm.starts = {one: MIB, two: 81 * MIB}
        yield path, lvm, one, two


def extents(lvm, volume):
    """Place on the disk and size of each segment, by lvs and pvs."""
    text = lvm("lvs", "--segments", "--noheadings", "--units", "b", "--nosuffix", "-S",
               f"lv_full_name={volume}", "-o", "seg_start,seg_size,devices,vg_extent_size", "-O", "seg_start")
    result = []
    for line in text.splitlines():
        _, size, where, extent = line.split()
        device, first = re.fullmatch(r"(\S+)\((\d+)\)", where).groups()
        start = lvm("pvs", "--noheadings", "--units", "b", "--nosuffix", "-o", "pe_start", device)
        result.append((lvm.starts[device] + int(start) + int(first) * int(extent), int(size)))
    return result


def check_volume(path, lvm, volume):
    """Each extent is given bytes of its own; what comes out is those, in order."""
    want = b""
    for number, (at, size) in enumerate(extents(lvm, volume)):
        data = (f"{volume} {number} ".encode() * (size // 8))[:size]
        write_at(path, at, data)
        want += data
    got = subprocess.run([SHOW, "raw", path, "/", "/dev/" + volume], stdout=subprocess.PIPE, check=True)
    expect(got.stdout == want, f"{volume}: other bytes than its segments have")
    return len(want)


def lvm_linear():
    with two_volumes("lvm-linear") as (path, lvm, one, two):
        lvm("vgcreate", "-q", "-s", "1M", "vg-b", one, two)
        lvm.create("-L", "20M", "-n", "root", "vg-b")
        lvm.create("-L", "30M", "-n", "home", "vg-b", two)
        lvm.create("-L", "10M", "-n", "Skipped", "-ky", "vg-b")
        lvm("lvextend", "-q", "-L", "+60M", "vg-b/root")
        lvm("lvextend", "-q", "-L", "+8M", "vg-b/root")
        expect(len(extents(lvm, "vg-b/root")) >= 3, "not cut up enough")
        size = check_volume(path, lvm, "vg-b/root")
        check_volume(path, lvm, "vg-b/home")
        names = lvm("lvs", "--noheadings", "-o", "vg_name,lv_name", "--separator", "/", "-S",
                    "lv_role=public && lv_skip_activation!=yes").split()
        got = show(path)
        expect([d[0] for d in got] == ["/dev/sda1", "/dev/sda2"] + sorted("/dev/" + n for n in names), got)
        expect([d[1:4] for d in got[:2]] == [blkid(path, MIB, 80 * MIB), blkid(path, 81 * MIB, 100 * MIB)],
               got)
        uuids = lvm("lvs", "--noheadings", "-o", "vg_uuid,lv_uuid", "vg-b/root").split()
        expect(got[3][6:] == ["lvmid/" + "/".join(uuids), str(size)], got)


def lvm_ring():
    """The text goes round its area many times; every state of it is read."""
    with two_volumes("lvm-ring") as (path, lvm, one, two):
        lvm("vgcreate", "-q", "vg", one, two)
        lvm.create("-L", "8M", "-n", "root", "vg")
        # Long: a ring has room for a megabyte.
        lvm("vgchange", "-q", *(word for n in range(60) for word in ("--addtag", f"t{n:0900}")), "vg")
        offsets = set()
        for turn in range(25):
            name = f"lv{turn}" * (1 + turn % 3)
            lvm("lvrename", "-q", "vg", "root" if turn == 0 else last, name)
            last = name
            got = show(path)
            expect([d[0] for d in got[2:]] == [f"/dev/vg/{name}"], got)
            with open(path, "rb") as disk:
                disk.seek(MIB + 4096 + 32)
                head = disk.read(24)
            size, at, length = (int.from_bytes(head[i:i + 8], "little") for i in (0, 8, 16))
            offsets.add(at + length > size)
        expect(offsets == {False, True}, "the text never went over the end of its ring")
        write_at(path, MIB + 4096 + at, b"#")
        refused(path, "^/dev/sda1: LVM's metadata has a wrong checksum$")


def lvm_refusals():
    def remade(make, words, spoil=None):
        with two_volumes("lvm-refusals") as (path, lvm, one, two):
            lvm("vgcreate", "-q", "-s", "1M", "vg", one, two)
            make(lvm, one, two)
            if spoil:
                spoil(path)
            refused(path, words)

    def clone(path):
        with open(path, "rb") as disk:
            disk.seek(MIB)
            head = disk.read(2 * MIB)
        write_at(path, 81 * MIB, head)

    remade(lambda lvm, one, two: lvm.create("-i2", "-L", "20M", "-n", "fast", "vg"), "fast is striped")
    remade(lambda lvm, one, two: lvm("vgchange", "-q", "--systemid", "other", "--yes", "vg"),
           "vg belongs to another system")
    remade(lambda lvm, one, two: lvm("vgexport", "-q", "vg"), "vg is marked EXPORTED")
    remade(lambda lvm, one, two: lvm.create("--setautoactivation", "n", "-L", "20M", "-n", "off", "vg"),
           "off is marked NOAUTOACTIVATE")
    remade(lambda lvm, one, two: None, "a physical volume of LVM's group vg is not on this disk",
           lambda path: write_at(path, 81 * MIB, bytes(MIB)))
    # The first has no copy of the metadata; of the second, which has it, nothing is left.
    remade(lambda lvm, one, two: lvm("pvchange", "-q", "--metadataignore", "y", one),
           "^/dev/sda1 is a physical volume of LVM of which no group is known",
           lambda path: write_at(path, 81 * MIB, bytes(2 * MIB)))
    remade(lambda lvm, one, two: None, "^/dev/sda2: two of LVM's physical volumes have the same UUID",
           clone)


CASES = {
    "layout-msdos": msdos, "layout-gpt": gpt, "layout-whole-disks": whole_disks,
    "layout-refusals": refusals, "layout-nested": nested, "layout-lvm-linear": lvm_linear,
    "layout-lvm-ring": lvm_ring, "layout-lvm-refusals": lvm_refusals,
}

if __name__ == "__main__":
    sys.exit(main(list(CASES), "RAMIMG_HOST_DIR", lambda name: CASES[name]()))
