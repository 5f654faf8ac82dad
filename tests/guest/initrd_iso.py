# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One ISO starts two machines at once, and one of them moves on: `initrd_iso.py --list`, or a name.

The guest is a shell on the serial console, so that it is asked, and not only heard."""
import os
import sys
import unittest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[1:1] = [os.path.join(TESTS, name) for name in ("support", "e2e")]

import initrd_diskless  # noqa: E402
import initrd_vm as vm  # noqa: E402
from sockets import short  # noqa: E402
from vm import Vm, VmError, memory_of  # noqa: E402

MEMORY_MIB = 512
# As Vm.run() wants it: a shell that shows nothing by itself, and a kernel that is quiet.
INIT = r"""#!/bin/sh
stty -echo -ixon
echo 1 >/proc/sys/kernel/printk
echo "asks ""for commands"
exec sh +i -s
"""
PROGRAMS = ("dash", "base64", "cat", "dd", "gzip", "ls", "sha256sum", "stty")
# With a drive whose driver the guest has, so that it could use the disc.
MODULES = ("ata_piix", "sr_mod")


class InitrdIso(initrd_diskless.InitrdDiskless):
    def setUp(self):
        super().setUp()
        self.kernel, self.base = vm.kernel_and_initrd(whole=False, modules=MODULES)
        vm.add_programs(self.tree, *PROGRAMS)
        with open(os.path.join(self.tree, "sbin/init"), "w", encoding="ascii") as out:
            out.write(INIT)
        # SeaBIOS reads a disc two bytes at a time.
        os.unlink(os.path.join(self.tree, "var/big/data"))

    def machine(self, name, disc, *more):
        return Vm(self.dir, disc, "raw", memory_of(MEMORY_MIB), bus="cdrom", name=name, more=more)

    def begin(self, machine):
        """The guest is up, and has a file of its own from then on."""
        machine.expect("asks for commands", 400, "the guest's shell")
        machine.run(f"echo {machine.name} >/own", check=True)
        self.check_in_ram(machine, machine.name)
        return machine.text("cat /proc/sys/kernel/random/boot_id")

    def check_in_ram(self, machine, own):
        """The root is in RAM, and all of it can be read; no device is mounted, and nobody has one open."""
        said, mounts, files = machine.text("""set -e
            cat /own
            echo 3 >/proc/sys/vm/drop_caches
            cat /usr/lib/x86_64-linux-gnu/* /usr/bin/* >/dev/null
            echo --; cat /proc/mounts
            echo --; ls -l /proc/[0-9]*/fd/ 2>/dev/null || :""").split("\n--\n")
        self.assertEqual(said, own)
        mounts = [line.split() for line in mounts.splitlines()]
        self.assertEqual([kind for _, where, kind, *_ in mounts if where == "/"][-1:], ["tmpfs"])
        self.assertEqual([what for what, *_ in mounts if what.startswith("/dev/")], [])
        self.assertIn("/dev/console", files)
        self.assertNotIn("/dev/sr", files)

    @staticmethod
    def reads(machine):
        """How often the guest and its firmware have read the disc."""
        return [stats["stats"]["rd_operations"] for stats in machine.qmp.command("query-blockstats")
                if stats["qdev"].endswith("ide2")]

    def eject(self, machine):
        """Takes the disc out as the guest lets it go: while somebody has it open, it does not."""
        self.assertIn("CD001", machine.text("dd if=/dev/sr0 bs=2048 skip=16 count=1"))
        machine.send("exec 9</dev/sr0\n")
        machine.run("true", check=True)
        with self.assertRaisesRegex(VmError, "is locked"):
            machine.qmp.command("eject", id="ide2")
        machine.send("exec 9<&-\n")
        machine.run("true", check=True)
        machine.qmp.command("eject", id="ide2")
        self.assertNotEqual(machine.run("dd if=/dev/sr0 bs=2048 skip=16 count=1")[0], 0)

    def test_iso_shared(self):
        """One goes on; the other moves to where the ISO is as well, has it taken out, and moves to where none is."""
        iso = self.iso(self.bring(self.pack()))
        uris = [f"unix:{short(os.path.join(self.dir, name))}" for name in ("to-third", "to-fourth")]
        with self.machine("first", iso) as first, self.machine("second", iso) as second:
            boots = [self.begin(machine) for machine in (first, second)]
            self.assertNotEqual(*boots)
            read = self.reads(first)
            self.assertGreater(read[0], 0)
            with self.machine("third", iso, "-incoming", uris[0]) as third:
                second.migrate(third, uris[0])
                self.check_in_ram(third, "second")
                self.assertEqual(self.reads(third), [0])
                self.eject(third)
                with self.machine("fourth", None, "-incoming", uris[1]) as fourth:
                    third.migrate(fourth, uris[1])
                    self.check_in_ram(fourth, "second")
                    self.assertEqual(fourth.text("cat /proc/sys/kernel/random/boot_id"), boots[1])
            self.check_in_ram(first, "first")
            self.assertEqual(first.text("cat /proc/sys/kernel/random/boot_id"), boots[0])
            self.assertEqual(self.reads(first), read)


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        print("\n".join(sorted(n[5:] for n in vars(InitrdIso) if n.startswith("test_"))))
    else:
        unittest.main(argv=[sys.argv[0], *(f"InitrdIso.test_{n}" for n in sys.argv[1:])])
