# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""ramload's commands beside load, as the initrd's script calls them: what they print, say and return."""
import os
import subprocess
import tempfile
import unittest

import loader_pack
import loader_run

RAMLOAD = os.environ["RAMLOAD"]
UUID = "00000000-0000-4000-8000-000000000001"


class Commands(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="ramload-commands-")
        self.addCleanup(self.scratch.cleanup)
        self.tar = loader_pack.member(b"./sbin/init", mode=0o755) + bytes(1024) + loader_pack.identity()

    def archive(self, **fields):
        return loader_pack.Archive(self.scratch.name, self.tar, "gzip", **fields)

    def ramload(self, *args):
        return subprocess.run([RAMLOAD, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=60, check=False)

    def refused(self, args, message):
        result = self.ramload(*args)
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertEqual(result.stderr, f"ramload: {message}\n")

    def test_help_and_version(self):
        shown = self.ramload("--help")
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        self.assertTrue(shown.stdout.startswith("usage: ramload COMMAND [OPTION...]\n"))
        for word in ("giveup REASON", "--archive-root DIR", "exit status: 0 done"):
            self.assertIn(word, shown.stdout)
        self.assertRegex(self.ramload("--version").stdout, r"^ramload \(ramimg\) [\d.]+\n$")

    def test_output_that_goes_nowhere(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([RAMLOAD, "--version"], stdout=full, check=False)
        self.assertEqual(done.returncode, 1)

    def test_wrong_usage(self):
        self.refused([], "no command; see ramload --help")
        self.refused(["lod"], 'no command "lod"; see ramload --help')
        self.refused(["giveup"], "giveup needs a REASON")
        self.refused(["load", "--mani", "x"], 'no option "--mani"; see ramload --help')
        self.refused(["load", "manifest"], 'no option "manifest"; see ramload --help')
        self.refused(["load", "--no-mount=1"], 'no option "--no-mount=1"; see ramload --help')
        self.refused(["load", "--manifest"], "--manifest needs a FILE")

    def test_check_and_where_without_a_manifest(self):
        for command in ("check", "where"):
            result = self.ramload(command, "--manifest=/nonexistent")
            self.assertEqual((result.returncode, result.stdout), (1, ""))
            self.assertEqual(result.stderr, "ramload: opening /nonexistent: No such file or directory\n")

    def test_where(self):
        for on_root, told in (("yes", ""), ("no", UUID + "\n")):
            archive = self.archive(archive_on_root=on_root)
            result = self.ramload("where", "--manifest", archive.manifest)
            self.assertEqual((result.returncode, result.stdout), (0, told))

    def test_check(self):
        with loader_run.machine(RAMLOAD) as m:
            archive = self.archive()
            result = m.run("check", archive)
            self.assertEqual((result.returncode, result.stdout),
                             (0, f"/boot/ram.tar.gz: {len(self.tar)} bytes, 1 entries\n"))
            for fields, reason in (({"entries": 2}, "/boot/ram.tar.gz: damaged: 1 members, the manifest "
                                                    "announces 2"),
                                   ({"archive_bytes": 1}, "/boot/ram.tar.gz has .* bytes, .*"),
                                   ({"build_id": "f" * 32}, "/boot/ram.tar.gz: the archive is of build .*")):
                result = m.run("check", self.archive(**fields))
                self.assertNotEqual(result.returncode, 0)
                self.assertRegex(result.stderr, f"^ramload: {reason}\n$")
            result = m.run("check", self.archive(), "--archive", "/nonexistent")
            self.assertEqual(result.stderr, "ramload: opening /nonexistent: No such file or directory\n")

    # load, where there is not even something to load

    def test_no_kernel_line(self):
        with loader_run.machine(RAMLOAD) as m:
            m.mount_disk()
            os.unlink(m.path("proc/cmdline"))
            self.assertEqual(m.run("load", self.archive()).returncode, 1)
            self.assertRegex(m.console(), "^ramimg: booting from disk: opening .*/cmdline: No such file or directory\n$")

    def test_a_kernel_line_that_is_wrong(self):
        with loader_run.machine(RAMLOAD, cmdline="ramimg.size=lots") as m:
            m.mount_disk()
            self.assertEqual(m.run("load", self.archive()).returncode, 2)
            self.assertRegex(m.status()["reason"], "^ramimg.size=lots on the kernel line: ")
            self.assertEqual(m.mounts(), [("root", "tmpfs", "disk")])

    def test_the_disk_was_asked_for(self):
        """The boot count is looked for on the archive's file system."""
        for options in ((), ("--archive-root",)):
            with loader_run.machine(RAMLOAD, cmdline="quiet ramimg.disk") as m:
                m.mount_disk()
                os.mkdir(m.path("boot"))
                result = m.run("load", self.archive(grubenv="/grubenv"), *options,
                               *[m.path("boot") for _ in options])
                self.assertNotEqual(result.returncode, 0)
                self.assertEqual(m.console(), "ramimg: booting from disk: ramimg.disk is on the kernel line\n")

    def test_the_disk_cannot_be_put_back(self):
        """Nobody knows what is mounted: the exit status says that the disk's root is lost."""
        with loader_run.machine(RAMLOAD) as m:
            m.mount_disk()
            gone = ("--mountinfo", "/nonexistent")
            result = m.run("load", self.archive(archive_bytes=1), *gone)
            self.assertEqual(result.returncode, 4)
            self.assertIn("putting the disk's root back: opening /nonexistent", m.console())
            result = m.run("load", None, *gone)
            self.assertEqual(result.returncode, 4)
            result = m.run(["giveup", "it died"], self.archive(), *gone)
            self.assertEqual(result.returncode, 4)
            self.assertRegex(m.console().splitlines()[-1], "^ramimg: putting the disk's root back: opening")

    # release

    def disk(self, m, name, attribute="delete"):
        """A SCSI disk that holds UUID, as sysfs and udev show it."""
        device = m.path("sys/devices/0:0:0:0")
        os.makedirs(f"{device}/block/{name}")
        os.makedirs(m.path("sys/class/block"))
        os.makedirs(m.path("sys/bus/scsi"))
        os.makedirs(m.path("dev/disk/by-uuid"))
        m.write(f"sys/devices/0:0:0:0/block/{name}/dev", "8:0\n")
        if attribute:
            m.write(f"sys/devices/0:0:0:0/{attribute}", "")
        os.symlink(m.path("sys/bus/scsi"), f"{device}/subsystem")
        os.symlink(device, f"{device}/block/{name}/device")
        os.symlink(f"{device}/block/{name}", m.path(f"sys/class/block/{name}"))
        m.write(f"dev/{name}", "")
        os.symlink(f"../../{name}", m.path(f"dev/disk/by-uuid/{UUID}"))

    def release(self, m, archive, *options):
        m.write("mounts", "1 0 0:1 / / rw - rootfs rootfs rw\n")
        return m.run("release", archive, "--mountinfo", m.path("mounts"), *options)

    def loaded(self, m):
        """The status file that a load leaves: this one has not worked, which is the same to release."""
        m.mount_disk()
        m.run("load", self.archive(archive_bytes=1))

    def test_release_is_not_wanted(self):
        with loader_run.machine(RAMLOAD) as m:
            self.assertEqual(self.release(m, self.archive()).returncode, 0)
            self.assertEqual(m.console(), "")

    def test_release_without_a_manifest(self):
        with loader_run.machine(RAMLOAD) as m:
            self.assertEqual(self.release(m, None).returncode, 1)
            self.assertEqual(m.console(), "ramimg: the disks stay: opening /nonexistent: No such file or directory\n")

    def test_released(self):
        for cmdline, said in (("quiet", ""), ("ro", "ramimg: let go of sda\n")):
            with loader_run.machine(RAMLOAD, cmdline=cmdline) as m:
                self.loaded(m)
                before = m.console()
                self.disk(m, "sda", attribute=None)
                # The kernel's part: the disk goes when something is written to the attribute.
                os.mkfifo(m.path("sys/devices/0:0:0:0/delete"))
                kernel = subprocess.Popen(["sh", "-c", 'read x <"$0"; test "$x" = 1; rm "$1"',
                                           m.path("sys/devices/0:0:0:0/delete"), m.path("sys/class/block/sda")])
                result = self.release(m, self.archive(release="yes", release_fs=UUID))
                self.assertEqual((kernel.wait(), result.returncode), (0, 0))
                self.assertEqual(m.console(), before + said)
                state = m.status()
                self.assertEqual((state["released"], state["kept"]), (["sda"], []))

    def test_kept(self):
        with loader_run.machine(RAMLOAD) as m:
            self.loaded(m)
            self.disk(m, "sda", attribute=None)
            self.assertEqual(self.release(m, self.archive(release="yes", release_fs=UUID)).returncode, 0)
            self.assertRegex(m.status()["kept"][0], "^sda: writing .*/delete: No such file or directory$")
            self.assertIn("ramimg: not let go of sda: writing ", m.console())

    def test_release_without_mounts(self):
        """Who uses a disk is not known: it stays."""
        with loader_run.machine(RAMLOAD) as m:
            self.loaded(m)
            self.disk(m, "sda")
            result = self.release(m, self.archive(release="yes", release_fs=UUID), "--mountinfo", "/nonexistent")
            self.assertEqual(result.returncode, 1)
            self.assertEqual(m.console().splitlines()[-1],
                             "ramimg: the disks stay: sda: opening /nonexistent: No such file or directory")
            with open(m.path("sys/devices/0:0:0:0/delete")) as f:
                self.assertEqual(f.read(), "")

    def test_no_status_to_add_to(self):
        archive = self.archive(release="yes", release_fs=UUID)
        with loader_run.machine(RAMLOAD) as m:
            self.assertEqual(self.release(m, archive).returncode, 0)
            self.assertRegex(m.console().splitlines()[-1], "^ramimg: status file: opening .*: No such file or directory$")
            os.mkdir(m.path("run/ramimg"))
            m.write("run/ramimg/status", "not what a load writes\n")
            self.assertEqual(self.release(m, archive).returncode, 0)
            self.assertEqual(m.console().splitlines()[-1], 'ramimg: status file: no line with "released"')

    def test_status_port(self):
        """A QEMU of `ramimg test` names a port: it gets what is in the status file, each time. Any other machine's port
        is left alone, and so is a port that is not there."""
        def structure(kind, *strings):
            return bytes((kind, 5, 0, 0, len(strings))) + (b"".join(s + b"\0" for s in strings) or b"\0") + b"\0"

        ours = structure(0) + structure(11, b"ramimg.status=ttyS1") + structure(127)
        frame = "\nramimg-status-begin\n%sramimg-status-end\n"
        for table, port, heard in ((ours, "ttyS1", True), (None, "ttyS1", False), (ours, "ttyS2", False),
                                   (structure(1, b"ramimg.status=ttyS1"), "ttyS1", False)):
            with self.subTest(table=table, port=port), loader_run.machine(RAMLOAD) as m:
                m.write("dev/" + port, "")
                if table:
                    os.makedirs(m.path("sys/firmware/dmi/tables"))
                    with open(m.path("sys/firmware/dmi/tables/DMI"), "wb") as f:
                        f.write(table)
                self.loaded(m)
                with open(m.status_file) as f:
                    loaded = f.read()
                self.disk(m, "sda", attribute=None)
                self.assertEqual(self.release(m, self.archive(release="yes", release_fs=UUID)).returncode, 0)
                with open(m.status_file) as f:
                    released = f.read()
                self.assertNotEqual(loaded, released)
                with open(m.path("dev/" + port)) as f:
                    self.assertEqual(f.read(), frame % loaded + frame % released if heard else "")
                self.assertEqual(os.path.exists(m.path("dev/ttyS1")), port == "ttyS1")


if __name__ == "__main__":
    unittest.main()
