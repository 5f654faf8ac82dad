# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whatever is wrong with archive, manifest or machine: the disk's root is back, and the reason told."""
import os
import random
import shutil
import subprocess
import tempfile
import unittest

import loader_pack
import loader_run

RAMLOAD = os.environ["RAMLOAD"]
OTHER_ID = "f" * 32
NO_ID = "damaged, or not an archive that ramimg built: it ends without a build id"


def small_tar():
    """A few hundred members, 3 MB, half of it incompressible."""
    noise = random.Random(1)
    out = []
    for i in range(300):
        data = noise.randbytes(5000) + b"text " * 1000
        out += [loader_pack.tar_header(b"./file-%03d" % i, len(data), b"0"), loader_pack.pad(data)]
    return b"".join(out) + bytes(1024) + loader_pack.identity()


class Faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="ramload-faults-")
        cls.tar = small_tar()
        cls.packed = {c: loader_pack.compress(cls.tar, c, 1 << 18) for c in ("gzip", "zstd", "lz4")}

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.dir)

    def archive(self, compression="gzip", data=None, **fields):
        return loader_pack.Archive(self.dir, self.tar, compression,
                                   self.packed[compression] if data is None else data, **fields)

    def refused(self, archive, reason, prepare=None, status=None, **machine):
        """Load must fail for `reason` (a regular expression) and leave the disk's root in place."""
        with loader_run.machine(RAMLOAD, **machine) as m:
            m.mount_disk()
            if prepare:
                prepare(m)
            result = m.run("load", archive)
            said = m.console(0)
            self.assertNotEqual(result.returncode, 0, said)
            if status is not None:
                self.assertEqual(result.returncode, status, said)
            self.assertEqual(m.mounts(), [("root", "tmpfs", "disk")], said)
            self.assertIn("on-disk", os.listdir(m.root))
            self.assertFalse(os.path.exists(m.aside))
            last = said.splitlines()[-1]
            self.assertRegex(last, "^ramimg: booting from disk: " + reason + "$")
            self.assertEqual(m.console(1), said)
            state = m.status()
            self.assertEqual(state["result"], "disk")
            self.assertRegex(state["reason"], "^" + reason + "$")
            self.assertEqual(state["released"], [])
            return said, state

    # the archive

    def test_cut_with_the_length_known(self):
        for compression, data in self.packed.items():
            for i in range(20):
                n = len(data) * i // 20
                self.refused(self.archive(compression, data[:n], archive_bytes=len(data)),
                             rf"/boot/ram\.tar\.\w+ has {n} bytes, the manifest announces {len(data)}")

    def test_cut_with_the_length_believed(self):
        for compression, data in self.packed.items():
            for i in range(1, 20):
                cut = data[:len(data) * i // 20]
                self.refused(self.archive(compression, cut), r"/boot/ram\.tar\.\w+: " + NO_ID)
                self.refused(self.archive(compression, loader_pack.with_end(cut, compression)),
                             r"/boot/ram\.tar\.\w+: damaged(:| tar stream:).*")

    def test_empty(self):
        for compression in self.packed:
            self.refused(self.archive(compression, b""),
                         r"/boot/ram\.tar\.\w+: " + NO_ID)

    def test_bit_flips(self):
        spots = random.Random(2)
        for compression, data in self.packed.items():
            bits = [spots.randrange(len(data) * 8) for _ in range(20)]
            bits += range(0, 24 * 8, 3)                         # the first header
            bits += range((len(data) - 8) * 8, len(data) * 8, 5)  # the last checksum
            for bit in bits:
                flipped = bytearray(data)
                flipped[bit // 8] ^= 1 << bit % 8
                self.refused(self.archive(compression, bytes(flipped)),
                             r"/boot/ram\.tar\.\w+: (damaged|the archive is of).*")

    def test_trailing_garbage(self):
        for compression, data in self.packed.items():
            for tail in (b"\0", bytes(4096), b"garbage", data[:100]):
                self.refused(self.archive(compression, data + tail),
                             r"/boot/ram\.tar\.\w+: " + NO_ID)
                self.refused(self.archive(compression, loader_pack.with_end(data + tail, compression)),
                             r"/boot/ram\.tar\.\w+: damaged: .*")
            self.refused(self.archive(compression, data + b"x", archive_bytes=len(data)),
                         r"/boot/ram\.tar\.\w+ has \d+ bytes, the manifest announces \d+")

    def test_another_member_behind(self):
        """Well-formed, but more than the manifest announces."""
        more = self.packed["gzip"] + loader_pack.gzip_member(bytes(512))
        self.refused(self.archive("gzip", loader_pack.with_end(more, "gzip")),
                     r"/boot/ram\.tar\.gz: damaged: more than the \d+ bytes that the manifest announces")

    def test_foreign(self):
        self.refused(self.archive(build_id=OTHER_ID),
                     f"/boot/ram.tar.gz: the archive is of build {loader_pack.BUILD_ID}, "
                     f"the initrd of build {OTHER_ID}")
        bare = self.tar[:-len(loader_pack.identity())]
        self.refused(loader_pack.Archive(self.dir, bare, "gzip"),
                     "/boot/ram.tar.gz: " + NO_ID)
        no_tar = loader_pack.gzip_member(b"no tar at all" * 1000)
        self.refused(self.archive("gzip", no_tar), "/boot/ram.tar.gz: " + NO_ID)
        self.refused(self.archive("gzip", loader_pack.with_end(no_tar, "gzip")),
                     "/boot/ram.tar.gz: damaged tar stream: .*")

    def test_other_compression_than_announced(self):
        # What stands in front of ramimg's LZ4 frames is a frame that zstd skips, too.
        unlike = {"gzip": "the gzip member at byte 0 does not begin like one",
                  "zstd": "the zstd frame at byte (0|24) does not begin like one",
                  "lz4": "the lz4 frame at byte 0 has a header that ramimg did not write"}
        for said in unlike:
            for kind, data in self.packed.items():
                if kind == said:
                    continue
                # Behind the id gzip and lz4 have 8 bytes, zstd 4.
                first = r"/boot/ram\.tar\.\w+: " + NO_ID if "zstd" in (said, kind) else ".*damaged: " + unlike[said]
                self.refused(self.archive(said, data), first)
                self.refused(self.archive(said, loader_pack.with_end(data, said)),
                             ".*damaged: " + unlike[said])

    def test_figures_of_the_manifest(self):
        n = len(self.tar)
        for fields, reason in (
                ({"tar_bytes": n + 512}, f"damaged: {n} bytes unpacked, the manifest announces {n + 512}"),
                ({"tar_bytes": n - 512}, f"damaged: more than the {n - 512} bytes that the manifest "
                                         "announces"),
                ({"tar_bytes": 100}, "damaged: more than the 100 bytes that the manifest announces"),
                ({"entries": 301}, "damaged: 300 members, the manifest announces 301"),
                ({"entries": 299}, "damaged: more than the 299 members that the manifest announces")):
            self.refused(self.archive(**fields), "/boot/ram.tar.gz: " + reason)

    def test_tar_stream_without_its_end(self):
        identity = loader_pack.identity()
        self.refused(loader_pack.Archive(self.dir, self.tar[:-len(identity) - 3000] + identity, "gzip"),
                     "/boot/ram.tar.gz: damaged tar stream: .*")

    def test_damaged_tar_header(self):
        at = 512 + 10240 + 100
        tar = bytearray(self.tar)
        tar[at] ^= 1
        self.refused(loader_pack.Archive(self.dir, bytes(tar), "gzip", entries=300),
                     "/boot/ram.tar.gz: damaged tar stream: .*")

    # what is there instead of it

    def at_its_place(self, make, reason):
        """Run without --archive, so that the manifest's path below the disk's root counts."""
        archive = self.archive()
        with loader_run.machine(RAMLOAD) as m:
            m.mount_disk()
            os.mkdir(m.path("root/boot"))
            make(m.path("root/boot/ram.tar.gz"))
            result = m.run(["load"], archive)
            self.assertNotEqual(result.returncode, 0)
            self.assertEqual(m.mounts(), [("root", "tmpfs", "disk")])
            self.assertRegex(m.status()["reason"], "^" + reason + "$")

    def test_missing(self):
        self.at_its_place(lambda path: None, "opening /boot/ram.tar.gz: No such file or directory")

    def test_directory(self):
        self.at_its_place(os.mkdir, "/boot/ram.tar.gz is not a regular file")

    def test_fifo(self):
        self.at_its_place(os.mkfifo, "/boot/ram.tar.gz is not a regular file")

    def test_device(self):
        self.at_its_place(lambda path: os.mknod(path, 0o600 | 0o020000, os.makedev(1, 5)),
                          "/boot/ram.tar.gz is not a regular file")

    def test_link_out_of_the_disk(self):
        """It leads nowhere: links are resolved within the disk's root."""
        self.at_its_place(lambda path: os.symlink(self.archive().path, path),
                          "opening /boot/ram.tar.gz: No such file or directory")

    # the manifest

    def test_manifest(self):
        archive = self.archive()
        for text, reason in (
                ("", ".*manifest.*"), ("format=2\n", ".*manifest.*"),
                ("format=1\nbuild_id=x\n", ".*build_id.*"), ("\0\xff" * 100, ".*manifest.*")):
            with open(archive.manifest, "w", encoding="latin-1") as f:
                f.write(text)
            self.refused(archive, reason, status=2)
        os.unlink(archive.manifest)
        self.refused(archive, "opening .*manifest: No such file or directory")

    # the machine

    def test_too_little_ram(self):
        archive = self.archive(tmpfs_bytes=790 << 20, reserve_bytes=128 << 20)
        self.refused(archive, "not enough RAM: needs 790 MiB and 128 MiB to spare, 412 MiB available",
                     meminfo=(2 << 20, 412 << 10), status=3)
        # One kibibyte decides; at most 64 MiB for the loader where the manifest does not say, and then the reserve, of
        # which the initramfs has a part.
        own, small = loader_pack.loader_bytes(), loader_pack.loader_bytes(32 << 20)
        kept = {"initrd_unpacked_bytes": 30 << 20, "shed_bytes": 10 << 20}
        for beside, reserve, fields in ((own, 1, {}), (small, 1, {"loader_bytes": 32 << 20}), (128 << 20, 128, {}),
                                        (180 << 20, 200, kept), (own, 1, kept)):
            archive = self.archive(tmpfs_bytes=790 << 20, reserve_bytes=reserve << 20, **fields)
            need = ((790 << 20) + beside) >> 10
            self.refused(archive, "not enough RAM: .*", meminfo=(2 << 20, need - 1))
            with loader_run.machine(RAMLOAD, meminfo=(2 << 20, need)) as m:
                m.mount_disk()
                self.assertEqual(m.run("load", archive).returncode, 0, m.console())

    def test_sha256(self):
        """Compared where the manifest asks for it, and only there."""
        for asked, sha256, status in (("no", "0" * 64, 0), ("yes", None, 0), ("yes", "0" * 64, 1)):
            fields = {"archive_sha256": sha256} if sha256 else {}
            archive = self.archive(loader_sha256=asked, **fields)
            if status:
                self.refused(archive, ".*not the archive of this build: its SHA-256 begins with .*")
                continue
            with loader_run.machine(RAMLOAD) as m:
                m.mount_disk()
                self.assertEqual(m.run("load", archive).returncode, 0, m.console())

    def test_tmpfs_limit(self):
        self.refused(self.archive(tmpfs_bytes=790 << 20, tmpfs_size="30%"),
                     "not enough room in the tmpfs: needs 790 MiB, size=30% is 614 MiB",
                     meminfo=(2 << 20, 2 << 20))
        self.refused(self.archive(tmpfs_size="all of it"), "tmpfs size: .*")

    def test_meminfo_without_figures(self):
        archive = self.archive()
        self.refused(archive, "finding out how much RAM there is: MemAvailable is missing",
                     lambda m: m.write("proc/meminfo", "MemTotal: 5 kB\n"))

    def test_declines_before_mounting(self):
        """Too little RAM: the mount has not moved."""
        with loader_run.machine(RAMLOAD, meminfo=(1024, 1024)) as m:
            m.mount_disk()
            with open("/proc/self/mountinfo") as f:
                before = f.read()
            m.run("load", self.archive())
            with open("/proc/self/mountinfo") as f:
                self.assertEqual(f.read(), before)
            self.assertEqual(len(m.console().splitlines()), 1)

    def test_tmpfs_full(self):
        said, _ = self.refused(self.archive(tmpfs_bytes=4096, tmpfs_size="1M"),
                               r"/boot/ram.tar.gz: ./file-\d+: the RAM root is full: No space left on "
                               "device", status=3)
        self.assertEqual(len(said.splitlines()), 1, "quiet")

    def test_tmpfs_refuses_to_mount(self):
        """A mount that cannot be moved: root is no mount point at all."""
        archive = self.archive()
        with loader_run.machine(RAMLOAD) as m:
            self.assertEqual(m.run("load", archive).returncode, 1)
            self.assertEqual(m.mounts(), [])
            self.assertRegex(m.status()["reason"], "^moving the mount .*: Invalid argument$")

    def killed(self, limit, reason):
        archive = self.archive()
        with loader_run.machine(RAMLOAD) as m:
            m.mount_disk()
            m.ramload = "/usr/bin/prlimit"
            result = m.run([limit, RAMLOAD, "load", "--archive", archive.path], archive)
            self.assertEqual(result.returncode, 1, m.console())
            self.assertEqual(m.mounts(), [("root", "tmpfs", "disk")])
            self.assertRegex(m.status()["reason"], "^" + reason + "$")

    def test_the_unpacking_process_dies(self):
        """By a signal of its own: no file may grow beyond 4 KiB."""
        self.killed("--fsize=4096", r"the unpacking process was killed by signal 25 \(.*\)")

    @unittest.skipIf("sanitized" in RAMLOAD, "sanitizers take address space by the terabyte")
    def test_out_of_memory(self):
        self.killed("--as=9000000", r"(/boot/ram\.tar\.gz: )?(out of memory|starting a decompressing "
                    "thread: .*)")

    def test_giving_up_after_a_dead_loader(self):
        """What the script calls when load died: mounts as load had left them are taken back."""
        with loader_run.machine(RAMLOAD) as m:
            m.mount_disk()
            os.makedirs(m.aside)
            subprocess.run(["mount", "--move", m.root, m.aside], check=True)
            subprocess.run(["mount", "-t", "tmpfs", "none", m.root], check=True)
            self.assertEqual(m.run(["giveup", "it died\x1b"], self.archive()).returncode, 0)
            self.assertEqual(m.mounts(), [("root", "tmpfs", "disk")])
            self.assertIn("on-disk", os.listdir(m.root))
            self.assertEqual(m.console(), "ramimg: booting from disk: it died\\x1b\n")
            self.assertEqual(m.status()["reason"], "it died\x1b")

    def test_without_a_root_on_the_disk(self):
        """Of a slim image: what is said names no disk. To end the machine is the boot script's, never the loader's."""
        for command, reason in ((["giveup", "it died"], "it died"), ("load", "opening .*/boot/ram.tar.gz: No such file")):
            with loader_run.machine(RAMLOAD) as m:
                m.mount_disk()
                archive = self.archive(on_failure="poweroff")
                options = () if command != "load" else ("--archive", m.path("root/boot/ram.tar.gz"))
                m.run(command, archive, *options)
                self.assertRegex(m.console(), "^ramimg: no root in RAM, and none on the disk: " + reason)
                self.assertEqual(m.mounts(), [("root", "tmpfs", "disk")])

    # mounts as systemd has them in an initrd: shared, with others below the disk's root, and seen by services

    SHARED = "mount --bind {0} {0} && mount --make-shared {0} && mount -t tmpfs disk {0}/root && " \
             "mkdir {0}/root/usr && mount -t tmpfs usr {0}/root/usr && : >{0}/root/on-disk"

    def shared_load(self, archive):
        """Whether it is on the disk, and what is mounted, for us and for a service with a namespace of its own."""
        with loader_run.machine(RAMLOAD) as m:
            script = (self.SHARED + "; exec 3>&1; mkfifo {0}/go; unshare -m --propagation slave sh -c "
                      "'read x <{0}/go; grep -o \" {0}/[^ ]* .* - .*\" /proc/self/mountinfo >{0}/seen' & "
                      "\"$@\"; echo x >{0}/go; wait $!; echo fact; ls {0}/root | grep -x on-disk; "
                      "cat {0}/seen; echo fact; grep -o \" {0}/[^ ]* .* - .*\" /proc/self/mountinfo")
            result = subprocess.run(
                ["unshare", "-m", "sh", "-c", script.format(m.dir), "sh", *m.args("load", archive)],
                stdout=subprocess.PIPE, text=True, timeout=300, check=False)
            _, seen, own = result.stdout.split("fact\n")
            rows = [[(os.path.relpath(r.split()[0], m.dir), r.split()[-2]) for r in text.splitlines()
                     if r != "on-disk"] for text in (seen, own)]
            return m.console().splitlines()[-1], "on-disk" in seen, rows

    def test_shared_mounts(self):
        said, on_disk, mounts = self.shared_load(self.archive())
        self.assertRegex(said, "^ramimg: root in RAM: ")
        self.assertFalse(on_disk)
        self.assertEqual(mounts, [[("root", "none")]] * 2)

    def test_shared_mounts_are_put_back(self):
        said, on_disk, mounts = self.shared_load(self.archive(data=self.packed["gzip"][:-9]))
        self.assertRegex(said, "^ramimg: booting from disk: /boot/ram.tar.gz: damaged")
        self.assertTrue(on_disk)
        self.assertEqual(mounts, [[("root", "disk"), ("root/usr", "usr")]] * 2)

    def test_no_console_and_no_status_directory(self):
        """Nobody to talk to is no reason to fail."""
        with loader_run.machine(RAMLOAD) as m:
            m.mount_disk()
            m.write("sys/class/tty/console/active", "")
            shutil.rmtree(m.path("run"))
            m.write("run", "a file where a directory should be")
            result = m.run("load", self.archive())
            self.assertEqual(result.returncode, 1)
            self.assertRegex(result.stderr, "ramimg: booting from disk: making .*: Not a directory")

    # check, which writes nothing

    def test_check(self):
        for compression in self.packed:
            with loader_run.machine(RAMLOAD) as m:
                good = self.archive(compression)
                result = m.run("check", good)
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                self.assertEqual(result.stdout, f"{good.fields['archive']}: {len(self.tar)} bytes, "
                                                "300 entries\n")
                flipped = bytearray(good.data)
                flipped[len(flipped) // 2] ^= 1
                bad = self.archive(compression, bytes(flipped))
                result = m.run("check", bad)
                self.assertEqual(result.returncode, 1)
                self.assertRegex(result.stderr, r"^ramload: /boot/ram\.tar\.\w+: damaged: .*\n$")
                self.assertEqual(os.listdir(m.root), [])


if __name__ == "__main__":
    unittest.main()
