# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""ramimg on guests that somebody made in order to do harm: what each has, and what comes of it.

    test_hostile.py --list       the names of the cases
    test_hostile.py NAME...      run them; without a name, all
    test_hostile.py --table      the rows of the table "Hostile guests" in docs/safety.md

Environment: RAMIMG (the program), RAMIMG_GUEST_DIR (scratch). A row that is refused says so with this
sentence and exit status 3, by the direct reader, with the disk as it was, bit for bit, and nothing left.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "support"))

import disk  # noqa: E402
from cases import expect, main  # noqa: E402
from command import run  # noqa: E402

GUESTS = os.path.join(TESTS, "guests")
KERNEL = "6.1.0-9-amd64"
UUID = "11111111-2222-4333-8444-555555555501"
MIB = 1 << 20
CASES = {}


# --- making a guest

class Guest:
    """A made-up Debian that is changed as a tree, then as a file system, then opened by ramimg."""

    def __init__(self, directory, size_mib=64):
        shutil.rmtree(directory, ignore_errors=True)
        self.dir, self.size = directory, size_mib
        self.root, self.image = os.path.join(directory, "tree"), os.path.join(directory, "guest.raw")
        self.commands = []
        os.makedirs(os.path.join(directory, "work"))
        subprocess.run(["sh", "-euc", '. "$guests/tree.sh"; tree_base "$tree"'], check=True,
                       env=os.environ | {"guests": GUESTS, "tree": self.root, "KERNEL": KERNEL,
                                         "work": os.path.join(directory, "work"), "ROOT_UUID": UUID,
                                         "SWAP_UUID": "11111111-2222-4333-8444-555555555504"})

    def path(self, name):
        """A path of the guest, as text or as bytes, in the tree."""
        return os.path.join(self.root, name.lstrip("/")) if isinstance(name, str) else \
            os.path.join(os.fsencode(self.root), name.lstrip(b"/"))

    def remove(self, name):
        path = self.path(name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        elif os.path.lexists(path):
            os.unlink(path)

    def put(self, name, data):
        self.remove(name)
        with open(self.path(name), "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())

    def link(self, name, target):
        self.remove(name)
        os.symlink(target, self.path(name))

    def fifo(self, name):
        self.remove(name)
        os.mkfifo(self.path(name))

    def lengthen(self, name, size):
        """Whatever its content; the rest is a hole."""
        os.truncate(self.path(name), size)

    def debugfs(self, *commands):
        """To be done in the file system once it is made; no root is needed for devices so."""
        self.commands += commands

    def device(self, name):
        self.remove(name)
        directory, leaf = os.path.split(name)
        self.debugfs(f"cd {directory}", f"mknod {leaf} b 8 0", "cd /")

    def make(self):
        start, size = MIB, self.size * MIB
        with open(self.image, "wb") as file:
            file.truncate(start + size + 17 * MIB)
        subprocess.run(["sfdisk", "-q", self.image], check=True, text=True,
                       input="label: dos\nlabel-id: 0x11112222\n"
                             f"start=1MiB, size={self.size}MiB, type=83, bootable\nsize=16MiB, type=82\n")
        subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-U", UUID, "-d", self.root, "-E",
                        f"offset={start},hash_seed={UUID}", self.image, f"{self.size}M"], check=True,
                       stderr=subprocess.PIPE)
        if self.commands:
            script = os.path.join(self.dir, "commands")
            with open(script, "w", encoding="utf-8") as file:
                file.write("\n".join(self.commands) + "\n")
            done = subprocess.run(["debugfs", "-w", "-f", script, f"{self.image}?offset={start}"], check=True,
                                  capture_output=True, text=True)
            said = done.stderr.splitlines()[1:]
            expect(not said, f"debugfs says {said[:3]}")
        shutil.rmtree(self.root)


class Work:
    """A guest that is made, in the scratch directory of its row."""

    def __init__(self, guest):
        guest.make()
        self.dir, self.image = guest.dir, guest.image
        self.out = os.path.join(self.dir, "artifacts")
        self.config = os.path.join(self.dir, "ramimg.conf")
        with open(self.config, "w", encoding="utf-8") as text:
            text.write(f'stage: {{ dir = "{os.path.join(self.dir, "stage")}"; }};\n')
        self.before = self.digest()

    def digest(self):
        with open(self.image, "rb") as data:
            return hashlib.file_digest(data, "sha256").hexdigest()

    def build(self, *options):
        return run("build", "--out", self.out, *options, self.image, work=self.dir, config=self.config,
                   seconds=420)

    def left(self):
        """What a run left behind."""
        known = {self.image, self.config, os.path.join(self.dir, "commands")}
        found = {os.path.join(where, name) for where, _, names in os.walk(self.dir) for name in names}
        return {path for path in found - known if not path.endswith(".lock")
                and not path.startswith(os.path.join(self.dir, "work") + os.sep)}


# --- what is refused, and what is planned

NO_GRUB = "no GRUB 2 in the guest: /boot/grub/grub.cfg is missing"
NO_KERNEL = "no kernel in /boot"
NOWHERE = "/boot/ram.tar.gz is a symbolic link that leads nowhere; remove it in the guest"


def not_a_file(path):
    return f"{path} in the guest is not a file"


def circle(path):
    return f"{path} in the guest is a symbolic link that leads round in a circle"


def socket(path):
    return lambda guest: (guest.put(path, ""), guest.debugfs(f"sif {path} mode 0140644"))


def too_large(path, size):
    return f"{path} in the guest has {size} bytes, and may have 1048576 at most"


def boot_elsewhere(guest):
    os.rename(guest.path("/boot"), guest.path("/opt/boot"))
    os.symlink("/opt/boot", guest.path("/boot"))


def many_defaults(guest):
    os.makedirs(guest.path("/etc/default/grub.d"))
    for i in range(101):
        guest.put(f"/etc/default/grub.d/{i}.cfg", "")


def many_kernels(guest):
    for i in range(10001):
        guest.put(f"/boot/vmlinuz-{i}", "")


def share(guest, data):
    """Three hundred files of 16 MB whose blocks are the same: five gigabytes on a disk of 82 MB."""
    guest.put("/opt/whole", data)
    for i in range(300):
        guest.put(f"/opt/share-{i:03}", "")
        guest.debugfs(f"copy_inode /opt/whole /opt/share-{i:03}")


def repetitive():
    """Sixteen megabytes that are no hole, and nothing in an archive."""
    return os.urandom(1024) * (16 * 1024)


def one_inode(guest):
    """Names whose inode says that it has only one."""
    guest.put("/opt/whole", repetitive())
    guest.debugfs("cd /opt", *(f"ln whole name-{i}" for i in range(20)), "sif whole links_count 1")


def bomb(guest):
    """Two and a half gigabytes of zeros in a few hundred KB."""
    with open(guest.path(f"/boot/initrd.img-{KERNEL}"), "wb") as file, \
            subprocess.Popen(["head", "-c", "2500000000", "/dev/zero"], stdout=subprocess.PIPE) as zeros:
        # A newc member of that many bytes would be cut off at four gigabytes only.
        header = b"070701" + b"".join(b"%08x" % n for n in (1, 0o100644, 0, 0, 1, 0, 2400000000, 0, 0, 0, 0, 5, 0))
        packer = subprocess.Popen(["zstd", "-q", "-1", "-c"], stdin=subprocess.PIPE, stdout=file)
        packer.stdin.write(header + b"init\0" + b"\0")
        packer.stdin.flush()
        while piece := zeros.stdout.read(MIB):
            packer.stdin.write(piece)
        packer.stdin.close()
        expect(packer.wait() == 0, "zstd failed")


def deep(guest):
    """As deep as a path of 4,095 bytes can lead."""
    guest.debugfs("cd /opt", *(c for _ in range(2000) for c in ("mkdir d", "cd d")), "write /dev/null last", "cd /")


NAMES = [b"new\nline", b"escape \x1b[2J\x1b]0;title\x07", b"%s%n%x", b"quotes '\"`", b"$(touch hostile)",
         b"n" * 255, b"\xff\xfe not UTF-8", b"-rf", b" ", b"*", b"\\", b"{a,b}", b"; reboot"]


def odd_names(guest):
    for name in NAMES:
        guest.put(b"/opt/" + name, name)
        guest.put(b"/boot/" + name, name)
        guest.put(b"/boot/vmlinuz-" + name[:200], name)


def system(text):
    """An os-release."""
    return lambda guest: guest.put("/etc/os-release", text)


def defaults(text):
    return lambda guest: guest.put("/etc/default/grub", text)


# Of each case: what the guest has (as the documentation says it), how it is made, and what comes of it: a refusal
# with this sentence, or what the plan of the build holds.
REFUSED = {
    "hostile-links": [
        ("`/boot`, a link to `../../../../boot`", lambda g: g.link("/boot", "../../../../boot"), NO_GRUB),
        ("`/boot`, a link to another directory of the guest", boot_elsewhere, NO_KERNEL),
        ("`grub.cfg`, a link to itself", lambda g: g.link("/boot/grub/grub.cfg", "grub.cfg"),
         circle("/boot/grub/grub.cfg")),
        ("`/etc/fstab`, a link to itself", lambda g: g.link("/etc/fstab", "fstab"), circle("/etc/fstab")),
        ("`/etc/os-release`, a link to a link to it",
         lambda g: (g.link("/etc/os-release", "other"), g.link("/etc/other", "os-release")),
         circle("/etc/os-release")),
        ("`40_custom`, a link to itself", lambda g: g.link("/etc/grub.d/40_custom", "40_custom"),
         circle("/etc/grub.d/40_custom")),
        ("`grub.cfg`, a link to the host's `/proc/self/environ`",
         lambda g: g.link("/boot/grub/grub.cfg", "../../../../../../proc/self/environ"), NO_GRUB),
        ("`grub.cfg`, a link out of the guest and to its own `/etc/hosts`",
         lambda g: g.link("/boot/grub/grub.cfg", "../../../../../../etc/hosts"), "/boot/grub/grub.cfg: "),
        ("`40_custom`, a link to `/dev/sda`", lambda g: g.link("/etc/grub.d/40_custom", "/dev/sda"),
         "/etc/grub.d/40_custom is missing in the guest"),
        ("`/boot/ram.tar.gz`, a link that leads nowhere",
         lambda g: g.link("/boot/ram.tar.gz", "../../../../opt/nothing"), NOWHERE),
        ("`/boot/ram.tar.gz`, a link to itself", lambda g: g.link("/boot/ram.tar.gz", "ram.tar.gz"), NOWHERE),
        ("`/boot/ram.tar.gz`, a link to `/dev/sda`", lambda g: g.link("/boot/ram.tar.gz", "/dev/sda"), NOWHERE),
        ("an initrd, a link to `/dev/zero`", lambda g: g.link(f"/boot/initrd.img-{KERNEL}", "/dev/zero"),
         f"/boot/vmlinuz-{KERNEL} has no initrd"),
    ],
    "hostile-kinds": [
        ("`grub.cfg`, a fifo", lambda g: g.fifo("/boot/grub/grub.cfg"), not_a_file("/boot/grub/grub.cfg")),
        ("`grub.cfg`, a disk's device node", lambda g: g.device("/boot/grub/grub.cfg"),
         not_a_file("/boot/grub/grub.cfg")),
        ("`/etc/default/grub`, a fifo", lambda g: g.fifo("/etc/default/grub"), not_a_file("/etc/default/grub")),
        ("`/etc/fstab`, a fifo", lambda g: g.fifo("/etc/fstab"), not_a_file("/etc/fstab")),
        ("`/etc/fstab`, a socket", socket("/etc/fstab"), not_a_file("/etc/fstab")),
        ("`/etc/fstab`, a disk's device node", lambda g: g.device("/etc/fstab"), not_a_file("/etc/fstab")),
        ("`/etc/os-release`, a fifo", lambda g: g.fifo("/etc/os-release"), not_a_file("/etc/os-release")),
        ("`40_custom`, a socket", socket("/etc/grub.d/40_custom"), not_a_file("/etc/grub.d/40_custom")),
        ("`40_custom`, a fifo", lambda g: g.fifo("/etc/grub.d/40_custom"),
         not_a_file("/etc/grub.d/40_custom")),
        ("`/boot/ram.tar.gz`, a fifo", lambda g: g.fifo("/boot/ram.tar.gz"),
         "/boot/ram.tar.gz exists and is not a file"),
        ("`/boot/ram.tar.gz`, a disk's device node", lambda g: g.device("/boot/ram.tar.gz"),
         "/boot/ram.tar.gz exists and is not a file"),
        ("a kernel, a fifo", lambda g: g.fifo(f"/boot/vmlinuz-{KERNEL}"), NO_KERNEL),
        ("a kernel, a disk's device node", lambda g: g.device(f"/boot/vmlinuz-{KERNEL}"), NO_KERNEL),
    ],
    "hostile-sizes": [
        ("a kernel of 60 GB, all hole", lambda g: g.lengthen(f"/boot/vmlinuz-{KERNEL}", 60 << 30),
         f"/boot/vmlinuz-{KERNEL} is larger than 256 MiB"),
        ("an initrd of 2 GiB, all hole but its beginning",
         lambda g: g.lengthen(f"/boot/initrd.img-{KERNEL}", 2 << 30),
         "MiB free, but the initrd alone takes 2.0 GiB, and the small files 4.0 MiB; make room there"),
        ("an initrd of some hundred KB that unpacks to 2.5 GB", bomb, "it unpacks to more than 2147483648 bytes"),
        ("an fstab with 20,001 entries",
         lambda g: g.put("/etc/fstab", f"UUID={UUID} / ext4 rw 0 1\n" + "LABEL=x /x ext4 noauto 0 0\n" * 20000),
         "/etc/fstab: more than 1000 entries, which is the most; line 1001 is one too many"),
        ("an fstab with 33 swap files",
         lambda g: g.put("/etc/fstab", f"UUID={UUID} / ext4 rw 0 1\n" + "/swap none swap sw 0 0\n" * 33),
         "/etc/fstab: more than 32 swap files, which is the most; that in line 34 is one too many"),
        ("an fstab of 2 MiB", lambda g: g.put("/etc/fstab", "#" * (2 * MIB)), too_large("/etc/fstab", 2 * MIB)),
        ("an os-release of 2 MiB", lambda g: g.put("/etc/os-release", "#" * (2 * MIB)),
         too_large("/etc/os-release", 2 * MIB)),
        ("a `grub.cfg` of 2 TiB, all hole but its beginning",
         lambda g: g.debugfs("sif /boot/grub/grub.cfg size 0x20000000000"),
         too_large("/boot/grub/grub.cfg", 1 << 41)),
        ("101 files of `/etc/default/grub.d`", many_defaults,
         "/etc/default/grub.d has 101 files *.cfg, and may have 100 at most"),
        ("10,001 kernels", many_kernels, "/boot has 10006 entries, and may have 10000 at most"),
    ],
    "hostile-blocks": [
        ("300 files of 16 MB that share their blocks, of noise", lambda g: share(g, os.urandom(16 * MIB)),
         "MiB that the guest's file system at / has free for it; make room there or leave more out"),
        ("300 files of 16 MB that share their blocks", lambda g: share(g, repetitive()),
         "some share blocks, which no intact ext4 does; check it with e2fsck"),
        ("20 names of a file of 16 MB that says it has one", one_inode,
         "some share blocks, which no intact ext4 does; check it with e2fsck"),
    ],
    "hostile-shell": [
        ("a kernel called `vmlinuz-$(reboot)`",
         lambda g: os.rename(g.path(f"/boot/vmlinuz-{KERNEL}"), g.path("/boot/vmlinuz-$(reboot)")), NO_KERNEL),
        ("an os-release whose name has an escape", system('NAME="a \x1b[2J"\nID=debian\nPRETTY_NAME=a\n'),
         "the OS name has a control byte 0x1b"),
        ("an os-release whose id ends a menu entry", system('NAME=a\nID="debian\' }"\nPRETTY_NAME=a\n'),
         "the OS id has a byte 0x27 at position 7, which GRUB's script cannot hold safely"),
        ("kernel arguments by `$(reboot)`", defaults('GRUB_CMDLINE_LINUX="$(reboot)"\n'),
         "GRUB_CMDLINE_LINUX is computed by a command substitution; ramimg runs no shell of the guest"),
        ("kernel arguments that end GRUB's line", defaults("GRUB_CMDLINE_LINUX=\"a'b;c}d\"\n"),
         "GRUB_CMDLINE_LINUX: the quote ' is not closed"),
    ],
}

def archive_elsewhere(guest):
    guest.put("/opt/taken", "what was there\n")
    guest.link("/boot/ram.tar.gz", "../../../../opt/taken")


def linked(guest):
    """Names that a build writes to, of files that are somebody's."""
    for name in ("precious", "shared-cfg"):
        guest.put(f"/opt/{name}", f"{name}\n")
    os.link(guest.path("/opt/precious"), guest.path("/boot/initrd.img-ramboot"))
    with open(guest.path("/boot/grub/grub.cfg"), "rb") as cfg:
        guest.put("/opt/shared-cfg", cfg.read())
    guest.remove("/boot/grub/grub.cfg")
    os.link(guest.path("/opt/shared-cfg"), guest.path("/boot/grub/grub.cfg"))


def nodes(guest):
    guest.fifo("/opt/a-fifo")
    guest.device("/opt/a-disk")


def hole(guest):
    guest.put("/opt/hole", "")
    guest.debugfs("sif /opt/hole size 0x20000000000")


# All of them in one guest.
BUILT = [
    ("`/boot/ram.tar.gz`, a link to `../../../../opt/taken`", archive_elsewhere,
     "the archive is the guest's own `/opt/taken`"),
    ("`/boot/initrd.img-ramboot` and `grub.cfg`, hard links to other files", linked,
     "the other names keep what they had"),
    ("the names above, in `/boot` and `/opt`", odd_names, "byte for byte in the archive"),
    ("2,000 directories in each other, with a file in the last", deep, "in the archive"),
    ("a file of 2 TiB that is all hole", hole, "in the archive, as a hole"),
    ("a fifo and a disk's device node", nodes, "in the archive as what they are; nobody opens them"),
]

# The name of the system as it stands in the entry, and is shown by GRUB.
PLANNED = {
    "hostile-planned": [
        ("an os-release whose name is `X' { } $(reboot) ; %s`",
         system('NAME="X\' { } \\$(reboot) ; %s"\nID=debian\nPRETTY_NAME=a\n'),
         "\nmenuentry 'RAM-X'\\'' { } $(reboot) ; %s' --class debian ",
         "the entry is called so, quoted"),
        ("files in `/boot` and `/opt` whose names have a new line, an escape, `%s`, quotes, `$()`, 255 bytes, "
         "blanks, or are not UTF-8", odd_names, f"\nkernel             {KERNEL}\n",
         "they are in the archive; as kernels they are passed over"),
            ],
}

# What another test makes, as it takes root to have it on a disk.
ELSEWHERE = [
    ("an entry in grub.cfg with braces, quotes, line ends or commands in its words", "the RAM entry has none of "
     "them outside of quotes, or is made from ramimg's template (`unit/grub/grubbody`, `fuzz/grubcfg`)"),
    ("a volume group or logical volume called `$(reboot)`, `a'b` or `a;b`",
     "no such name is taken from LVM's metadata, nor into the kernel's command line, whoever reads it "
     "(`unit/lvm/names`)"),
    ("a million files in a thousand directories",
     "packed, by less than 40 MiB of memory in each process (`guest/direct-million`)"),
]


def refused(case, number, make, words):
    guest = Guest(os.path.join(os.environ["RAMIMG_GUEST_DIR"], case, str(number)))
    make(guest)
    work = Work(guest)
    result = work.build()
    expect(result.status == 3, f"status 3 expected: {result}")
    last = result.err.strip().splitlines()[-1]
    expect(last.startswith("ramimg: ") and words in last, f"the words {words!r} expected: {result}")
    expect("in the appliance instead" not in result.err, f"not by the direct reader: {result}")
    expect(work.digest() == work.before, "the disk changed")
    expect(not work.left(), f"left behind: {work.left()}")
    shutil.rmtree(work.dir)


def planned(case, number, make, words):
    guest = Guest(os.path.join(os.environ["RAMIMG_GUEST_DIR"], case, str(number)))
    make(guest)
    work = Work(guest)
    result = work.build("--dry-run")
    expect(result.status == 0 and words in result.out, f"{words!r} expected: {result}")
    expect("\x1b" not in result.out + result.err, f"an escape came through: {result}")
    expect("in the appliance instead" not in result.err, f"not by the direct reader: {result}")
    expect(work.digest() == work.before, "the disk changed")
    shutil.rmtree(work.dir)


def run_rows(name):
    for number, (what, make, words) in enumerate(REFUSED.get(name, [])):
        refused(name, number, make, words)
        print(f"refused: {what}", flush=True)
    for number, (what, make, words, _) in enumerate(PLANNED.get(name, [])):
        planned(name, number, make, words)
        print(f"planned: {what}", flush=True)


def table():
    rows = ["| what the guest has | what comes of it |", "|---|---|"]
    for case in REFUSED.values():
        rows += [f"| {what} | refused: “{'… ' if words.startswith('MiB') else ''}{words.strip()}"
                 f"{' …' if words.endswith(': ') else ''}” |" for what, _, words in case]
    for case in PLANNED.values():
        rows += [f"| {what} | planned: {outcome} |" for what, _, _, outcome in case]
    rows += [f"| {what} | built: {outcome} |" for what, _, outcome in BUILT]
    rows += [f"| {what} | {outcome} |" for what, outcome in ELSEWHERE]
    return "\n".join(rows)


def documented(_):
    """The table of the documentation is this one."""
    with open(os.path.join(os.path.dirname(TESTS), "docs", "safety.md"), encoding="utf-8") as page:
        expect(f"\n{table()}\n" in page.read(), "docs/safety.md has another table: put in what --table prints")


def built(name):
    guest = Guest(os.path.join(os.environ["RAMIMG_GUEST_DIR"], name))
    for _, make, _ in BUILT:
        make(guest)
    with open(guest.path("/opt/shared-cfg"), "rb") as data:
        cfg = data.read()
    work = Work(guest)
    result = work.build()
    expect(result.status == 0, result)
    expect("\x1b" not in result.out + result.err, f"an escape came through: {result}")
    expect("in the appliance instead" not in result.err, f"not by the direct reader: {result}")
    root = disk.Ext4(work.image)
    expect(root.check() == "", "e2fsck finds errors")
    expect(root.read("/opt/precious") == b"precious\n", "what an initrd was a link to has changed")
    expect(root.read("/opt/shared-cfg") == cfg, "what grub.cfg was a link to has changed")
    expect(root.read("/boot/grub/grub.cfg") != cfg, "grub.cfg has not changed")
    archive = os.path.join(work.out, "ram.tar.gz")
    with open(archive, "rb") as data:
        expect(root.read("/opt/taken") == data.read(), "the archive is not where its link leads to")
    in_archive(archive)
    result = run("verify", work.image, work=work.dir, config=work.config, seconds=420)
    expect(result.status == 0, result)
    print("built: all of them", flush=True)


def in_archive(path):
    with tarfile.open(path, encoding="utf-8", errors="surrogateescape") as tar:
        members = {os.fsencode(member.name.removeprefix("./")): member for member in tar}
    for name in NAMES:
        for directory in (b"opt/", b"boot/", b"boot/vmlinuz-"):
            short = name[:200] if directory.endswith(b"-") else name
            expect(directory + short in members, f"{directory + short} is not in the archive")
    expect(members[b"opt/" + b"d/" * 2000 + b"last"].isfile(), "the file in the last of the directories")
    expect(members[b"opt/hole"].size == 1 << 41, f"the hole: {members[b'opt/hole'].size}")
    expect(members[b"opt/a-fifo"].isfifo() and members[b"opt/a-disk"].isblk(), "fifo and device node")
    expect((members[b"opt/a-disk"].devmajor, members[b"opt/a-disk"].devminor) == (8, 0), "the device's number")


for case_name in (*REFUSED, *PLANNED):
    CASES[case_name] = run_rows
CASES["hostile-built"] = built
CASES["hostile-table"] = documented

if __name__ == "__main__":
    if sys.argv[1:] == ["--table"]:
        print(table())
        sys.exit(0)
    sys.exit(main(CASES, "RAMIMG_GUEST_DIR", lambda name: CASES[name](name)))
