# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""ramimg on disks of systems that it does not build: each is refused by its name.

    test_unsupported.py --list       the names of the cases
    test_unsupported.py NAME...      run them; without a name, all
    test_unsupported.py --table      the rows of the table "Systems that are refused" in docs/errors.md

Environment: RAMIMG (the program), RAMIMG_GUEST_DIR (scratch). A row is refused with this sentence and exit
status 3, with the disk as it was, bit for bit, and nothing left; by the direct reader, where it says no other.
"""

import os
import shutil
import struct
import subprocess
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "support"))

from cases import expect, main  # noqa: E402
from command import quick_appliance, run  # noqa: E402
from test_hostile import KERNEL, MIB, UUID, Guest, Work  # noqa: E402

CASES = {}
EFI = "C12A7328-F81F-11D2-BA4B-00C04FC93EC9"
LINUX = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
DEBIAN = "Debian GNU/Linux 12 (bookworm)"


# --- making a disk

class Disk(Guest):
    """The made-up Debian's tree, and a GPT with what a row adds to it."""

    def __init__(self, directory):
        super().__init__(directory)
        self.parts, self.table = [], "gpt"

    def part(self, kind, content, size=4 * MIB):
        """A partition: of a GPT's type, and with bytes at offsets."""
        path = os.path.join(self.dir, "work", f"part-{len(self.parts)}")
        with open(path, "wb") as file:
            file.truncate(size)
            for at, data in content.items():
                file.seek(at)
                file.write(data)
        self.parts.append((kind, path))

    def file_system(self, *make, kind=LINUX, size=64 * MIB):
        path = os.path.join(self.dir, "work", f"part-{len(self.parts)}")
        with open(path, "wb") as file:
            file.truncate(size)
        subprocess.run([*make, path], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.parts.append((kind, path))
        return path

    def linux(self, uuid=UUID):
        return self.file_system("mke2fs", "-q", "-F", "-t", "ext4", "-U", uuid, "-d", self.root)

    def efi(self, *files, **texts):
        """An EFI partition with these files, and with texts by their paths' last name but one."""
        path = self.file_system("mkfs.vfat", "-F", "32", "-s", "1", "-i", "1234ABCD", kind=EFI, size=36 * MIB)
        work = os.path.join(self.dir, "work", "esp")
        for name in files:
            os.makedirs(os.path.join(work, os.path.dirname(name)), exist_ok=True)
            with open(os.path.join(work, name), "w", encoding="utf-8") as file:
                file.write(texts.get("text", "made up\n"))
        subprocess.run(["mcopy", "-s", "-i", path, *(os.path.join(work, top) for top in os.listdir(work)), "::"],
                       check=True)

    def make(self):
        """All partitions behind each other; without one, an empty disk."""
        sizes = [os.path.getsize(path) for _, path in self.parts]
        with open(self.image, "wb") as file:
            file.truncate(sum(sizes) + (2 if sizes else 16) * MIB)
        if sizes:
            lines = [f"size={size // 512}, type={kind}" for (kind, _), size in zip(self.parts, sizes)]
            subprocess.run(["sfdisk", "-q", self.image], input=f"label: {self.table}\n" + "\n".join(lines) + "\n", text=True,
                           check=True)
        at = MIB
        for (_, path), size in zip(self.parts, sizes):
            subprocess.run(["dd", f"if={path}", f"of={self.image}", "bs=1M", f"seek={at // MIB}", "conv=notrunc,sparse",
                            "status=none"], check=True)
            at += size
        shutil.rmtree(self.root)


def ufs():
    """The magic of a UFS2, in the superblock at 64 KiB."""
    return {65536 + 1372: struct.pack("<I", 0x19540119)}


def zfs():
    """Uberblocks of the first label, by which libblkid knows a member of a pool; it wants four of them."""
    return {131072 + 1024 * i: struct.pack("<QQQ", 0x00bab10c, 5000, i + 1) for i in range(8)}


def label(first, offset, sectors):
    """A BSD disklabel: one UFS, and the whole slice as "c". Fields as of FreeBSD's sys/disk/bsd.h."""
    out = bytearray(148 + 16 * 8)
    for at in (0, 132):
        struct.pack_into("<I", out, at, 0x82564557)
    struct.pack_into("<I", out, 40, 512)
    struct.pack_into("<I", out, 60, sectors)
    struct.pack_into("<H", out, 138, 8)
    struct.pack_into("<IIIBBH", out, 148, sectors - offset, first + offset, 0, 7, 8, 0)
    struct.pack_into("<IIIBBH", out, 148 + 2 * 16, sectors, first, 0, 0, 0, 0)
    total = 0
    for at in range(0, len(out), 2):
        total ^= struct.unpack_from("<H", out, at)[0]
    struct.pack_into("<H", out, 136, total)
    return bytes(out)


def bsd_slice(disk):
    """A partition of an MBR, with a table of its own in it."""
    magic = ufs()
    disk.table = "dos"
    disk.part("a5", {512: label(2048, 16, 16 * 2048)} | {16 * 512 + at: data for at, data in magic.items()}, 16 * MIB)


def empty(_disk):
    pass


def swap(disk):
    disk.file_system("mkswap", "-q", kind="0657FD6D-A4AB-43C4-84E5-0933C84B4F4F", size=4 * MIB)


def windows(disk):
    disk.efi("EFI/Microsoft/Boot/bootmgfw.efi")
    disk.part("E3C9E316-0B5C-4DB8-817D-F92DF00215AE", {}, MIB)
    disk.part("EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", {3: b"NTFS    ", 510: b"\x55\xaa"})


def bitlocker(disk):
    disk.part("EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", {3: b"-FVE-FS-", 510: b"\x55\xaa"})


def freebsd(disk):
    disk.part("83BD6B9D-7F41-11DC-BE0B-001560B84F0F", {}, MIB)
    disk.part("516E7CB6-6ECF-11D6-8FF8-00022D09712B", ufs())


def openbsd(disk):
    disk.efi("EFI/BOOT/BOOTX64.EFI")
    disk.part("824CC7A0-36A8-11E3-890A-952519AD3F61", ufs())


def zfs_root(disk):
    disk.efi("EFI/debian/grubx64.efi")
    disk.part("6A898CC3-1DD2-11B2-99A6-080020736631", zfs(), 64 * MIB)


def luks_root(disk):
    disk.efi("EFI/debian/grubx64.efi")
    disk.file_system("mke2fs", "-q", "-F", "-t", "ext4", size=16 * MIB)
    disk.part(LINUX, {0: b"LUKS\xba\xbe\0\1" + b"aes".ljust(32, b"\0") + b"xts-plain64".ljust(32, b"\0")
                      + b"sha256".ljust(32, b"\0"), 168: UUID.encode()})


def two(disk):
    disk.linux()
    disk.put("/etc/os-release", 'ID=other\nNAME=Other\nPRETTY_NAME="Another Linux 3"\n')
    disk.linux(UUID[:-1] + "9")


def without_grub(disk):
    for name in ("/boot/grub", "/etc/grub.d", "/etc/default/grub"):
        disk.remove(name)


def systemd_boot(disk):
    """The partition is found by its type: there is no line for it in the fstab."""
    without_grub(disk)
    disk.efi("EFI/systemd/systemd-bootx64.efi", "EFI/BOOT/BOOTX64.EFI", "loader/loader.conf", "loader/entries/a.conf")
    disk.linux()


def uki(disk):
    without_grub(disk)
    disk.efi("EFI/Linux/debian-6.1.efi", "EFI/BOOT/BOOTX64.EFI")
    disk.linux()


def extlinux(disk):
    without_grub(disk)
    os.makedirs(disk.path("/boot/extlinux"))
    disk.put("/boot/extlinux/extlinux.conf", "DEFAULT linux\n")
    disk.linux()


def alpine(disk):
    """Its programs are busybox, with musl."""
    extlinux_of = "DEFAULT lts\nLABEL lts\n\tLINUX vmlinuz-lts\n\tINITRD initramfs-lts\n"
    without_grub(disk)
    disk.put("/boot/extlinux.conf", extlinux_of)
    for name in ("/etc/initramfs-tools", "/usr/share/initramfs-tools", f"/boot/vmlinuz-{KERNEL}",
                 f"/boot/initrd.img-{KERNEL}", "/var/lib/dpkg"):
        disk.remove(name)
    disk.put("/etc/os-release", 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.19.1\nPRETTY_NAME="Alpine Linux v3.19"\n')
    os.makedirs(disk.path("/usr/share/mkinitfs"))
    disk.put("/usr/share/mkinitfs/initramfs-init", "#!/bin/sh\n")
    disk.put("/boot/vmlinuz-lts", "a kernel")
    disk.put("/boot/initramfs-lts", "an initrd")
    os.rename(disk.path("/usr/bin/ls"), disk.path("/usr/bin/busybox"))
    for name in ("ls", "sh", "rm", "echo"):
        disk.link(f"/usr/bin/{name}", "/bin/busybox")
    disk.linux()


def arch(disk):
    """With GRUB, and the EFI partition at /efi."""
    disk.put("/etc/os-release", 'NAME="Arch Linux"\nID=arch\nPRETTY_NAME="Arch Linux"\nBUILD_ID=rolling\n')
    for name in ("/etc/initramfs-tools", "/usr/share/initramfs-tools", f"/boot/vmlinuz-{KERNEL}",
                 f"/boot/initrd.img-{KERNEL}", "/var/lib/dpkg"):
        disk.remove(name)
    os.makedirs(disk.path("/usr/lib/initcpio/hooks"))
    disk.put("/usr/lib/initcpio/hooks/udev", "# made up\n")
    disk.put("/boot/vmlinuz-linux", "a kernel")
    disk.put("/boot/initramfs-linux.img", "an initrd")
    os.mkdir(disk.path("/efi"))
    disk.put("/etc/fstab", f"UUID={UUID} / ext4 rw 0 1\nUUID=1234-ABCD /efi vfat umask=0077 0 2\n")
    disk.efi("EFI/arch/grubx64.efi")
    disk.linux()


def machine(number, wide):
    """The processor that the guest's programs are for, as ELF has it."""
    def change(disk):
        with open(disk.path("/usr/bin/ls"), "r+b") as file:
            file.seek(4)
            file.write(bytes([2 if wide else 1]))
            file.seek(18)
            file.write(struct.pack("<H", number))
        disk.linux()
    return change


def boot_on_fat(disk):
    """The whole of /boot is the EFI partition, as archinstall and others have it."""
    disk.put("/etc/fstab", f"UUID={UUID} / ext4 rw 0 1\nUUID=1234-ABCD /boot vfat umask=0077 0 2\n")
    disk.efi("grub/grub.cfg", f"vmlinuz-{KERNEL}", f"initrd.img-{KERNEL}", "EFI/BOOT/BOOTX64.EFI")
    disk.linux()


def stub_of_another(disk):
    """The firmware's GRUB is another system's, of an installation before this one."""
    disk.efi("EFI/debian/grub.cfg", text=f"search.fs_uuid {UUID[:-1]}9 root hd0,gpt3\n"
             "set prefix=($root)'/boot/grub'\nconfigfile $prefix/grub.cfg\n")
    disk.linux()


def error_on_record(disk):
    """The root has a journal to replay, which is no matter, and another file system an error on record."""
    subprocess.run(["debugfs", "-w", "-R", "feature needs_recovery", disk.linux()], check=True, stdout=subprocess.PIPE,
                   stderr=subprocess.PIPE)
    path = disk.file_system("mke2fs", "-q", "-F", "-t", "ext4", size=16 * MIB)
    subprocess.run(["debugfs", "-w", "-R", "ssv state 2", path], check=True, stdout=subprocess.PIPE,
                   stderr=subprocess.PIPE)


def damaged_xfs(disk):
    """Its superblock is whole, and the free space behind it is not."""
    path = disk.file_system("mkfs.xfs", "-q", "-m", f"uuid={UUID}", size=320 * MIB)
    with open(path, "r+b") as file:
        file.seek(512)
        file.write(os.urandom(100 * 1024))


# --- the table

# Of each case: what is on the disk (as the documentation says it), how it is made, and the sentence.
REFUSED = {
    "unsupported-disks": [
        ("nothing at all", empty, "no partition and no file system on the disk; is it the VM's system disk?"),
        ("swap alone", swap,
         "no operating system on the disk (found: /dev/sda1 swap); is it the VM's system disk, and undamaged?"),
        ("Windows on NTFS", windows, "it is a Windows, or its data (NTFS on /dev/sda3); ramimg builds Linux guests"),
        ("Windows with BitLocker", bitlocker, "it is a Windows (BitLocker on /dev/sda1); ramimg builds Linux guests"),
        ("FreeBSD on UFS", freebsd, "it is a BSD (UFS on /dev/sda2); ramimg builds Linux guests"),
        ("OpenBSD", openbsd, "it is a BSD (UFS on /dev/sda2); ramimg builds Linux guests"),
        ("a root on ZFS, of a Linux or a FreeBSD", zfs_root,
         "the root is on ZFS (/dev/sda2); ramimg builds ext2, ext3, ext4, xfs and btrfs roots"),
        ("a root in LUKS, with `/boot` outside", luks_root,
         "the root is encrypted (LUKS on /dev/sda3); ramimg cannot open it, and would leave a readable copy of it"),
        ("two Linux systems", two,
         f"several operating systems on the disk ({DEBIAN} on /dev/sda1, Another Linux 3 on /dev/sda2): it is not "
         "clear which to load; leave one on it"),
    ],
    "unsupported-systems": [
        ("systemd-boot instead of GRUB, without a line for the EFI partition in fstab", systemd_boot,
         f"{DEBIAN} on /dev/sda2: it is started by systemd-boot (/EFI/systemd on /dev/sda1); ramimg needs GRUB 2 with "
         "/boot/grub/grub.cfg: install that in the guest"),
        ("a unified kernel image (UKI)", uki,
         f"{DEBIAN} on /dev/sda2: it is started by a unified kernel image (/EFI/Linux/debian-6.1.efi on /dev/sda1); "
         "ramimg needs GRUB 2 with /boot/grub/grub.cfg: install that in the guest"),
        ("extlinux", extlinux,
         f"{DEBIAN} on /dev/sda1: it is started by extlinux (/boot/extlinux/extlinux.conf); ramimg needs GRUB 2 with "
         "/boot/grub/grub.cfg: install that in the guest"),
        ("Alpine Linux (mkinitfs, musl, OpenRC)", alpine,
         "Alpine Linux v3.19 on /dev/sda1: its initrd is made by mkinitfs, which ramimg does not know how to extend; "
         "it extends those of initramfs-tools and dracut"),
        ("Arch Linux (mkinitcpio)", arch,
         "Arch Linux on /dev/sda2: its initrd is made by mkinitcpio, which ramimg does not know how to extend; it "
         "extends those of initramfs-tools and dracut"),
        ("a guest of 32 bits", machine(3, False),
         f"{DEBIAN} on /dev/sda1: its programs are for i386 (32 bit); ramimg builds x86_64 guests only"),
        ("a guest for arm64", machine(183, True),
         f"{DEBIAN} on /dev/sda1: its programs are for arm64 (aarch64); ramimg builds x86_64 guests only"),
        ("the EFI partition at `/boot`", boot_on_fat,
         f"{DEBIAN} on /dev/sda2: /boot is on FAT (/dev/sda1), which holds no file of 4 GiB, no links and no "
         "permissions; have the EFI partition at /boot/efi and /boot on ext4, xfs or btrfs"),
        ("an EFI partition whose GRUB reads another installation's menu", stub_of_another,
         f"{DEBIAN} on /dev/sda2: the firmware's GRUB reads the menu of another system: /EFI/debian/grub.cfg on "
         f"/dev/sda1 leads to /boot/grub/grub.cfg on file system {UUID[:-1]}9, and this system's is "
         f"/boot/grub/grub.cfg on {UUID}; run grub-install and update-grub in the guest"),
    ],
}

# What only the appliance knows.
IN_APPLIANCE = {
    "unsupported-bsd-slice": [
        ("a BSD in a slice, with a disklabel", bsd_slice, "it is a BSD (UFS on /dev/sda5); ramimg builds Linux guests"),
    ],
    "unsupported-error-on-record": [
        ("ext4 with an error on record", error_on_record,
         f"{DEBIAN} on /dev/sda1: its kernel met an error in a file system, which is on record in it; run e2fsck -f on "
         "/dev/sda2 (ext4) from a rescue system, then build again"),
    ],
    "unsupported-damaged-xfs": [
        ("a damaged xfs", damaged_xfs,
         "the file system on /dev/sda1 (xfs) cannot be mounted; run xfs_repair on it from a rescue system first: "),
    ],
}

# What another test refuses.
ELSEWHERE = [
    ("a damaged ext4", "the file system on /dev/sda1 (ext4) is damaged beyond what e2fsck -p can fix; run e2fsck -f on it "
     "from a rescue system first", "guest/damaged-fs"),
    ("data alone", "no operating system on the disk (found: /dev/sda1 ext4, /dev/sda2 swap); is it the VM's system disk, "
     "and undamaged?", "guest/no-os"),
]


def refused(case, number, make, words, direct):
    disk = Disk(os.path.join(os.environ["RAMIMG_GUEST_DIR"], case, str(number)))
    make(disk)
    work = Work(disk)
    result = run("build", "--out", work.out, work.image, work=work.dir, config=work.config, env=quick_appliance(),
                 seconds=420)
    expect(result.status == 3, f"status 3 expected: {result}")
    last = result.err.strip().splitlines()[-1]
    expect(last.startswith("ramimg: ") and (words in last if words.endswith(": ") else last.endswith(words)),
           f"the words {words!r} expected: {result}")
    expect(("in the appliance instead" not in result.err) == direct, f"by the wrong reader: {result}")
    expect(work.digest() == work.before, "the disk changed")
    expect(not work.left(), f"left behind: {work.left()}")
    shutil.rmtree(work.dir)


def run_rows(name):
    direct = name in REFUSED
    for number, (what, make, words) in enumerate((REFUSED | IN_APPLIANCE)[name]):
        refused(name, number, make, words, direct)
        print(f"refused: {what}", flush=True)


def table():
    rows = ["| what is on the disk | refused with |", "|---|---|"]
    rows += [f"| {what} | {words.strip()}{' …' if words.endswith(': ') else ''} |"
             for case in (REFUSED | IN_APPLIANCE).values() for what, _, words in case]
    return "\n".join(rows + [f"| {what} | {words} (`{test}`) |" for what, words, test in ELSEWHERE])


def documented(_):
    """The table of the documentation is this one."""
    with open(os.path.join(os.path.dirname(TESTS), "docs", "errors.md"), encoding="utf-8") as page:
        expect(f"\n{table()}\n" in page.read(), "docs/errors.md has another table: put in what --table prints")


for case_name in (*REFUSED, *IN_APPLIANCE):
    CASES[case_name] = run_rows
CASES["unsupported-table"] = documented

if __name__ == "__main__":
    if sys.argv[1:] == ["--table"]:
        print(table())
        sys.exit(0)
    sys.exit(main(CASES, "RAMIMG_GUEST_DIR", lambda name: CASES[name](name)))
