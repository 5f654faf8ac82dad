# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real GRUB counts: ramimg's part of grub.cfg on a tiny disk, whose entries say which was booted.

GRUB comes as a kernel (lnxboot.img), so that nothing has to be installed into the disk's first sectors.
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "support"))

import disk  # noqa: E402

GRUB = "/usr/lib/grub/i386-pc"
TEMPLATES = os.path.join(os.path.dirname(TESTS), "templates")
GRUBENV = "/boot/grub/grubenv"
BLOCK = b"# GRUB Environment Block\n"
OURS = "ramimg-1"
SAID = "ramimg: the RAM entry has failed twice in a row and is not the default"
EARLY = "serial --unit=0\nterminal_input serial\nterminal_output serial\n"
# What Debian's 00_header begins with.
HEADER = """if [ -s $prefix/grubenv ]; then
  set have_grubenv=true
  load_env
fi
if [ "${{next_entry}}" ] ; then
   set default="${{next_entry}}"
   set next_entry=
   save_env next_entry
   set boot_once=true
else
   set default="{default}"
fi
"""
# Then what a build adds, between two stock entries.
CONFIG = HEADER + """set timeout=1
menuentry 'First' --id 'first' {{
	echo BOOTED first
	halt
}}
menuentry 'Second' --id 'second' {{
	echo BOOTED second
	halt
}}
{failed}menuentry 'RAM' --id 'ramimg-1' {{
{count}	echo BOOTED ram
	halt
}}
"""


def template(name, stock):
    with open(os.path.join(TEMPLATES, name), encoding="ascii") as text:
        return text.read().replace("@ID@", OURS).replace("@STOCK_DEFAULT@", stock)


class Grub:
    """A disk with GRUB's configuration and modules, and with the environment block `lines`."""

    def __init__(self, directory, lines, stock="0", default=OURS, config=None, uuid="random", missing=()):
        """`config` in place of the one above; the file system's UUID; commands that GRUB shall not know."""
        self.image, self.kernel = (os.path.join(directory, name) for name in ("disk", "kernel"))
        tree, early, core = (os.path.join(directory, name) for name in ("tree", "early", "core"))
        grub = os.path.join(tree, "boot/grub")
        os.makedirs(grub)
        subprocess.run(["cp", "-r", GRUB, grub], check=True)
        self.forget(os.path.join(grub, "i386-pc/command.lst"), missing)
        self.write(os.path.join(grub, "grub.cfg"), (config or CONFIG.format(
            default=default, failed=template("grub-failed", stock),
            count=template("grub-count", stock))).encode())
        if lines is not None:
            self.write(os.path.join(grub, "grubenv"), (BLOCK + lines).ljust(1024, b"#"))
        self.write(self.image, b"")
        os.truncate(self.image, 41 << 20)
        subprocess.run(["sfdisk", "-q", self.image], input=b"label: dos\nstart=1MiB, type=83\n", check=True)
        subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-U", uuid, "-E", f"offset={1 << 20}", "-d", tree,
                        self.image, "40M"], check=True)
        self.write(early, EARLY.encode())
        subprocess.run(["grub-mkimage", "-O", "i386-pc", "-p", "(hd0,msdos1)/boot/grub", "-c", early,
                        "-o", core, "biosdisk", "part_msdos", "ext2", "serial", "terminal", "echo",
                        "test", "normal"], check=True)
        self.write(self.kernel, disk.output("cat", os.path.join(GRUB, "lnxboot.img"), core))

    @staticmethod
    def write(path, data):
        with open(path, "wb") as out:
            out.write(data)

    @classmethod
    def forget(cls, path, commands):
        """GRUB loads a command's module by this list; a function of the name is then called instead."""
        with open(path, encoding="ascii") as text:
            kept = [line for line in text if line.split(":")[0] not in commands]
        cls.write(path, "".join(kept).encode())

    def qemu(self):
        drive = f"file={self.image},format=raw,if=none,id=disk,cache=unsafe"
        return ["qemu-system-x86_64", "-accel", "tcg", "-m", "256", "-display", "none", "-nic", "none",
                "-monitor", "none", "-serial", "stdio", "-no-reboot", "-kernel", self.kernel,
                "-drive", drive, "-device", "virtio-scsi-pci", "-device", "scsi-hd,drive=disk"]

    @staticmethod
    def lines(data):
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "\n", data.decode("utf-8", "replace")).splitlines()

    def boot(self):
        """What was booted, and what GRUB said of itself and of ramimg on the way."""
        lines = self.lines(subprocess.run(self.qemu(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                          check=True, timeout=120).stdout)
        booted = [line.split()[1] for line in lines if line.startswith("BOOTED ")]
        return booted, [line.strip() for line in lines if re.search("ramimg: |error|any key", line)]

    def variables(self):
        block = disk.Ext4(self.image).read(GRUBENV)
        if len(block) != 1024 or not block.startswith(BLOCK):
            raise AssertionError(block)
        return block.rstrip(b"#").decode().splitlines()[1:]


class Count(unittest.TestCase):
    def grub(self, *args, **kwargs):
        work = tempfile.TemporaryDirectory(prefix="grub-count-")
        self.addCleanup(work.cleanup)
        return Grub(work.name, *args, **kwargs)

    def test_twice_then_the_stock_default(self):
        grub = self.grub(b"mine=1\n", stock="second")
        self.assertEqual(grub.boot(), (["ram"], []))
        self.assertEqual(grub.variables(), ["mine=1", "ramimg_failed=1"])
        self.assertEqual(grub.boot(), (["ram"], []))
        for _ in range(2):
            self.assertEqual(grub.variables(), ["mine=1", "ramimg_failed=2"])
            self.assertEqual(grub.boot(), (["second"], [SAID]))

    def test_no_block_no_counting(self):
        """And nothing that GRUB would complain of or wait for a key after."""
        grub = self.grub(None)
        for _ in range(3):
            self.assertEqual(grub.boot(), (["ram"], []))

    def test_a_wish_for_one_boot(self):
        grub = self.grub(b"ramimg_failed=2\nnext_entry=ramimg-1\n")
        self.assertEqual(grub.boot(), (["ram"], []))
        self.assertEqual(grub.boot(), (["first"], [SAID]))

    def test_a_boot_of_another_entry_counts_nothing(self):
        grub = self.grub(b"ramimg_failed=1\nnext_entry=second\n")
        self.assertEqual(grub.boot(), (["second"], []))
        self.assertEqual(grub.variables()[0], "ramimg_failed=1")

    def test_another_default_stays(self):
        grub = self.grub(b"ramimg_failed=2\n", default="second")
        self.assertEqual(grub.boot(), (["second"], []))

    def test_the_saved_entry_takes_over(self):
        grub = self.grub(b"ramimg_failed=2\nsaved_entry=second\n", stock="${saved_entry}")
        self.assertEqual(grub.boot(), (["second"], [SAID]))

    def test_unless_it_is_the_ram_entry(self):
        grub = self.grub(b"ramimg_failed=2\nsaved_entry=ramimg-1\n", stock="${saved_entry}",
                         default="${saved_entry}")
        self.assertEqual(grub.boot(), (["first"], [SAID]))

    def test_cleared_is_as_never_counted(self):
        grub = self.grub(b"ramimg_failed=\n")
        self.assertEqual(grub.boot(), (["ram"], []))
        self.assertEqual(grub.variables(), ["ramimg_failed=1"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
