# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boots without a disk of initrds that dracut made: `initrd_dracut_diskless.py --list`, or a name."""
import lzma
import os
import subprocess
import sys
import unittest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[1:1] = [os.path.join(TESTS, name) for name in ("support", "e2e")]

import emulation  # noqa: E402
import initrd_boot  # noqa: E402
import initrd_compressed  # noqa: E402
import initrd_diskless  # noqa: E402
import initrd_dracut  # noqa: E402
import initrd_vm as vm  # noqa: E402

# As os/initramfs.c adds it, and what somebody may add by hand: a logical volume that is to be waited for.
WORDS = "root=ramimg rootfstype=tmpfs rd.hostonly=0 rd.luks=0 ro toram noresume rd.lvm.lv=test-vg/the-root " \
        "console=tty0 console=ttyS0,115200 panic=-1 " + emulation.KERNEL_LINE
# dracut's own functions, as its module "base" calls them when it makes an initrd for the devices of a host.
WAIT = r'''
hookdir=/lib/dracut/hooks
mark_hostonly() { for name; do echo "$name" >>"$PREFIX/lib/dracut/hostonly-files"; done; }
[ -x "$PREFIX/usr/lib/systemd/system-generators/dracut-rootfs-generator" ] && DRACUT_SYSTEMD=1
getarg() { :; }
str_replace() { echo "${1//"$2"/"$3"}"; }
. "$PREFIX/usr/lib/dracut-dev-lib.sh" && wait_for_dev "$1" 0
'''


class InitrdDracutDiskless(initrd_dracut.InitrdDracut, initrd_diskless.InitrdDiskless):
    def setUp(self):
        super().setUp()
        self.unpacked = os.path.join(self.dir, "unpacked")

    def use(self, suite, kind):
        super().use(suite, kind)
        subprocess.run(["unmkinitramfs", self.base, self.unpacked], check=True)

    def names(self):
        return set(subprocess.run(["find", ".", "-mindepth", "1"], cwd=self.unpacked, check=True, text=True,
                                  stdout=subprocess.PIPE).stdout.split("\n")) - {""}

    def wait_for_the_root(self, initrd):
        """The initrd waits for the root's device, and has its arguments, as one that is made on the guest."""
        had = self.names()
        device = f"/dev/disk/by-uuid/{vm.ROOT_UUID}"
        subprocess.run(["bash", "-c", WAIT, "bash", device], check=True, env=dict(os.environ, PREFIX=self.unpacked))
        with open(os.path.join(self.unpacked, "etc/cmdline.d/95root-dev.conf"), "w") as f:
            f.write(f" root=UUID={vm.ROOT_UUID} rootfstype=ext4 rootflags=rw,relatime,errors=remount-ro \n")
        new = sorted(self.names() - had)
        # What systemd waits for, and what dracut does.
        if os.path.lexists(os.path.join(self.unpacked, "usr/lib/systemd/systemd")):
            self.assertTrue([n for n in new if "initrd.target.wants/dev-disk-" in n], new)
        self.assertTrue([n for n in new if "/initqueue/finished/devexists-" in n], new)
        segment = subprocess.run(["cpio", "--quiet", "-o", "-H", "newc"], cwd=self.unpacked, check=True,
                                 input="".join(n.removeprefix("./") + "\n" for n in new).encode(),
                                 stdout=subprocess.PIPE).stdout
        with open(initrd, "ab") as f:
            f.write(bytes(-f.tell() % 4) + segment)

    def bring(self, archive, **more):
        hooks = os.path.dirname(os.path.dirname(self.hook))
        initrd = vm.initrd(self.dir, self.base, initrd_dracut.DRACUT_HOOK, initrd_boot.ENV["RAMLOAD"],
                           archive.manifest, hook=self.hook,
                           hooks={hooks + "/cmdline/99-ramimg.sh": os.environ["DRACUT_DISKLESS"]}, **more)
        self.wait_for_the_root(initrd)
        initrd_diskless.tool("bring", initrd, archive.path)
        return initrd

    def direct(self, initrd, **machine):
        return self.qemu("-serial", "stdio", "-kernel", self.kernel, "-initrd", initrd, "-append", WORDS, **machine)

    def check(self, suite, kind):
        self.use(suite, kind)
        archive = self.pack()
        boot = self.started(self.direct(self.bring(archive)))
        self.check_no_disk(boot, archive)
        self.assertEqual(boot.facts("left"), [], boot.text)

    def test_12(self):
        self.check("bookworm", "hostonly")

    def test_13(self):
        self.check("trixie", "hostonly")

    def test_12_without_systemd(self):
        self.check("bookworm", "plain")

    def test_13_without_systemd(self):
        self.check("trixie", "plain")

    def modules(self):
        """Those that the compressed form takes, as the initrd happens to have them, and unpacked, as a build brings them."""
        kernel, = os.listdir(os.path.join(self.unpacked, "usr/lib/modules"))
        for path in initrd_compressed.modules_of(kernel, self.unpacked):
            if path.endswith(".xz"):
                with lzma.open(path) as packed, open(path.removesuffix(".xz"), "wb") as plain:
                    plain.write(packed.read())
            yield path.removesuffix(".xz")

    def test_12_compressed(self):
        self.use("bookworm", "hostonly")
        self.assertEqual(self.check_compressed(self.modules()).facts("left"), [])

    def test_13_compressed(self):
        self.use("trixie", "hostonly")
        self.assertEqual(self.check_compressed(self.modules()).facts("left"), [])

    def test_13_iso(self):
        self.use("trixie", "hostonly")
        archive = self.pack()
        iso = self.iso(self.bring(archive), self.kernel, WORDS)
        self.check_no_disk(self.started(self.qemu("-serial", "stdio", "-cdrom", iso, "-boot", "d")), archive)

    def test_13_damaged(self):
        self.use("trixie", "hostonly")
        archive = self.pack()
        self.damage(archive)
        text = vm.run_to_its_end(self.direct(self.bring(archive)))
        self.assertRegex(text, "ramimg: no root in RAM, and no disk to boot from: /ramimg/archive: damaged")
        self.assertIn("ramimg: there is no disk to boot from: poweroff in 10 seconds", text)
        self.assertIn("reboot: Power down", text)
        self.assertNotIn("fact ", text)


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        print("\n".join(sorted("dracut_diskless_" + n[5:]
                               for n in vars(InitrdDracutDiskless) if n.startswith("test_"))))
    else:
        unittest.main(argv=[sys.argv[0], *(f"InitrdDracutDiskless.test_{n.removeprefix('dracut_diskless_')}"
                                           for n in sys.argv[1:])])
