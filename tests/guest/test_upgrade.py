# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Today's ramimg on a disk that 0.1.0 has built.

    test_upgrade.py --list       the names of the cases
    test_upgrade.py NAME...      run them; without a name, all

Environment: as test_guests.py. tests/guests/built-by-0.1.0 has the texts that the program of 0.1.0 (its first commit with
documentation) has put into the made-up guest "good" and its initrd. The archive and the initrd are put together here as
it did: the archive has its identity at its beginning, and there is no record, no mark for GRUB's environment block, no count
of failed boots, and swap is still in the fstab.
"""

import hashlib
import io
import os
import re
import struct
import subprocess
import sys
import tarfile
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from test_guests import KERNEL, TESTS, Work, check_built, disk  # noqa: E402

from cases import CASES, case, expect, main  # noqa: E402

OLD = os.path.join(TESTS, "guests", "built-by-0.1.0")
TEXTS = {"fstab": "/etc/fstab", "40_custom": "/etc/grub.d/40_custom", "grub.cfg": "/boot/grub/grub.cfg"}
STATE, ARCHIVE, INITRD = "/var/lib/ramimg", "/boot/ram.tar.gz", "/boot/initrd.img-ramboot"
ADDED = (ARCHIVE, INITRD, STATE, "/etc/fstab.ramimg-orig", "/etc/default/grub.d")
MEMBER = 1 << 20


def old(name):
    with open(os.path.join(OLD, name), "rb") as file:
        return file.read()


def member(data):
    """A gzip member with its own length in the field RI (docs/format.md)."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    body = packer.compress(data) + packer.flush()
    head = bytes.fromhex("1f8b08040000000000ff") + struct.pack("<H2sHI", 8, b"RI", 4, 20 + len(body) + 8)
    return head + body + struct.pack("<II", zlib.crc32(data), len(data))


def old_archive(build):
    """As 0.1.0 packs: the identity first."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.PAX_FORMAT,
                      pax_headers={"comment": f"ramimg build {build}"}) as archive:
        for name in ("./etc", "./etc/fstab", "./sbin", "./sbin/init"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = (tarfile.REGTYPE, 0o755) if "/" in name[2:] else (tarfile.DIRTYPE, 0o755)
            archive.addfile(entry)
    data = tar.getvalue()
    return b"".join(member(data[at:at + MEMBER]) for at in range(0, len(data), MEMBER))


def old_initrd(work, guests_own, manifest):
    """The guest's own, zeros up to a multiple of four, and the segment."""
    tree = work.path("segment")
    for name, data in (("scripts/ramimg", old("initramfs-script")), ("ramimg/ramload", b"\x7fELF, and no more"),
                       ("ramimg/manifest", manifest)):
        os.makedirs(os.path.dirname(os.path.join(tree, name)), exist_ok=True)
        with open(os.path.join(tree, name), "wb") as file:
            file.write(data)
    segment = subprocess.run(["cpio", "--create", "--format=newc", "--quiet", "--owner=0:0"], cwd=tree, check=True,
                             input=b"ramimg\nscripts/ramimg\nramimg/ramload\nramimg/manifest\n", stdout=subprocess.PIPE).stdout
    return guests_own + b"\0" * (4 + -len(guests_own) % 4) + segment


def build_as_old(work):
    """Makes the guest one that 0.1.0 has built; returns its own texts by their names in TEXTS."""
    root = disk.Ext4(work.image)
    own = {name: root.read(path) for name, path in TEXTS.items()}
    expect(own["fstab"] != old("fstab"), "the guest is built already")
    manifest = old("manifest").decode()
    archive = old_archive(re.search("^build_id=(.*)$", manifest, re.M)[1])
    manifest = re.sub("(?m)^archive_bytes=.*$", f"archive_bytes={len(archive)}", manifest)
    manifest = re.sub("(?m)^archive_sha256=.*$", f"archive_sha256={hashlib.sha256(archive).hexdigest()}", manifest)
    files = {path: old(name) for name, path in TEXTS.items()}
    files |= {ARCHIVE: archive, "/etc/fstab.ramimg-orig": own["fstab"], "/etc/default/grub.d/zz-ramimg.cfg": old("zz-ramimg.cfg"),
              INITRD: old_initrd(work, root.read(f"/boot/initrd.img-{KERNEL}"), manifest.encode()), f"{STATE}/grub.d-made": b""}
    for name in TEXTS:
        files |= {f"{STATE}/{name}.orig": own[name], f"{STATE}/{name}.ours": old(name)}
    put(work, root, files)
    return own


def put(work, root, files):
    modes = {path: int(root.attributes(path)[1], 8) for path in TEXTS.values()}
    for folder in ("/etc/default", "/etc/default/grub.d", "/var/lib", STATE):
        if not root.exists(folder):
            root.make_directory(folder)
    for path, data in files.items():
        source = work.path("file")
        with open(source, "wb") as file:
            file.write(data)
        os.chmod(source, modes.get(path, 0o600))
        root.put(source, path)
    expect(root.check() == "", root.check())


def is_own(root, own):
    for name, path in TEXTS.items():
        expect(root.read(path) == own[name], f"{path} is not the guest's own")


@case
def built_by_0_1_0(work):
    """verify finds it whole, revert gives back what was there before, and a build makes of it what it makes of any."""
    own = build_as_old(work)
    result = work.run("verify", work.image)
    expect(result.status == 0 and "\nok   archive " in "\n" + result.out and "BAD" not in result.out, result)
    result = work.run("inspect", work.image)
    expect(result.status == 0 and re.search(r"^built before +yes", result.out, re.M), result)
    built = work.path("built.raw")
    disk.copy(work.image, built)

    result = work.run("revert", work.image)
    expect(result.status == 0, result)
    root = disk.Ext4(work.image)
    is_own(root, own)
    expect(not [path for path in ADDED if root.exists(path)] and root.check() == "", "something is left")

    os.replace(built, work.image)
    result = work.build()
    expect(result.status == 0, result)
    root, entry, names = check_built(work)
    expect("save_env ramimg_failed" in entry and root.read(f"{STATE}/record"), entry)
    expect("etc/fstab" in names and root.read(ARCHIVE)[-1032:-8].startswith(b"pax_global_header"), names)
    menu = root.read("/boot/grub/grub.cfg")
    expect(menu.count(b"menuentry 'RAM-") == menu.count(b"### BEGIN ramimg ###") == 1, menu)
    for name in TEXTS:
        expect(root.read(f"{STATE}/{name}.orig") == own[name], f"what revert restores of {name}")


if __name__ == "__main__":
    sys.exit(main(CASES, "RAMIMG_GUEST_DIR", lambda name: CASES[name](Work(name, "good"))))
