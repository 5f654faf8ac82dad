# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What ramload unpacks is what was packed: trees with every kind of metadata, and real boots' mounts."""
import gzip
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import loader_pack
import loader_run
import loader_tree

RAMLOAD = os.environ["RAMLOAD"]


def tmpfs_takes_user_xattrs():
    """Since Linux 6.6."""
    with tempfile.TemporaryDirectory() as d:
        subprocess.run(["mount", "-t", "tmpfs", "probe", d], check=True)
        try:
            os.setxattr(d, "user.probe", b"1")
            return True
        except OSError:
            return False
        finally:
            subprocess.run(["umount", d], check=True)


def without(listing, *prefixes):
    """The listing without the xattrs whose names begin so, and how many they were."""
    lost, links = 0, set()
    for item in listing.values():
        gone = [n for n in item["xattrs"] if n.startswith(prefixes)]
        for name in gone:
            del item["xattrs"][name]
        # Hard links share their attributes, which the archive holds once.
        if gone and item.get("first link") not in links:
            lost += len(gone)
            links.add(item.get("first link", object()))
    return lost


class Roundtrip(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="ramload-tree-", dir=os.environ.get("RAMLOAD_SCRATCH"))
        cls.tree = os.path.join(cls.dir, "tree")
        loader_tree.make(cls.tree)
        cls.tar = loader_pack.tar_tree(cls.tree) + loader_pack.identity()

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.dir)

    def load(self, compression, piece=loader_pack.PIECE, **fields):
        data = loader_pack.compress(self.tar, compression, piece)
        archive = loader_pack.Archive(self.dir, self.tar, compression, data, **fields)
        with loader_run.machine(RAMLOAD) as m:
            m.mount_disk()
            result = m.run("load", archive)
            self.assertEqual(result.returncode, 0, m.console())
            self.assertEqual(result.stdout + result.stderr, "")
            self.check_machine(m, archive)
            want, got = loader_tree.listing(self.tree), loader_tree.listing(m.root)
            dropped = m.status()["dropped"]
            if not tmpfs_takes_user_xattrs():
                self.assertEqual(dropped["user_xattrs"], without(want, "user."))
            else:
                self.assertEqual(dropped["user_xattrs"], 0)
            self.assertEqual(loader_tree.differences(want, got), [])
            self.assertLessEqual(loader_tree.allocated(m.root), loader_tree.allocated(self.tree))

    def check_machine(self, m, archive):
        """The root is a tmpfs as the manifest wants it, the disk is gone, all of that was said."""
        self.assertEqual(m.mounts(), [("root", "tmpfs", "none")])
        self.assertFalse(os.path.exists(m.aside))
        status = m.status()
        self.assertEqual(status["result"], "ram")
        self.assertIsNone(status["reason"])
        self.assertEqual(status["build"], loader_pack.BUILD_ID)
        self.assertEqual(status["bytes"], len(self.tar))
        self.assertEqual(status["entries"], archive.fields["entries"])
        seconds = status["seconds"]
        self.assertEqual(list(seconds),
                         ["check", "unpack", "finish", "unmount", "release", "total"])
        self.assertAlmostEqual(seconds.pop("total"), sum(seconds.values()), 3)
        for n in (0, 1):
            lines = m.console(n).splitlines()
            self.assertRegex(lines[0], r"^ramimg: root in RAM: 3 MiB, %d entries in \d+\.\d s "
                             r"\(\d+ MiB/s\)" % archive.fields["entries"])
            self.assertEqual(len(lines), 1)

    def test_not_quiet(self):
        archive = loader_pack.Archive(self.dir, self.tar, "gzip")
        with loader_run.machine(RAMLOAD, cmdline="quietly") as m:
            m.mount_disk()
            self.assertEqual(m.run("load", archive).returncode, 0, m.console())
            # A busy machine may have had the time for some progress between the two.
            lines = m.console().splitlines()
            self.assertEqual(lines[0], "ramimg: unpacking Test 1, 3 MiB, into RAM")
            self.assertRegex(lines[-1], "^ramimg: root in RAM: 3 MiB, ")

    def test_gzip(self):
        self.load("gzip")

    def test_zstd(self):
        self.load("zstd")

    def test_lz4(self):
        self.load("lz4")

    def test_small_pieces(self):
        self.load("gzip", 4097)

    def test_ramimg_s_own_packer(self):
        """Packer and loader of one mind: what the appliance's tar says comes back."""
        class Packed:
            path = os.path.join(self.dir, "packed")
            manifest = os.path.join(self.dir, "packed.manifest")
        tar = loader_pack.tar_tree(self.tree)
        for compression in ("gzip", "zstd", "lz4"):
            subprocess.run([os.environ["LOADER_PACKER"], compression, Packed.path, Packed.manifest],
                           input=tar, check=True)
            with loader_run.machine(RAMLOAD) as m:
                self.assertEqual(m.run("check", Packed).stderr, "")
                m.mount_disk()
                self.assertEqual(m.run("load", Packed).returncode, 0, m.console())
                want, got = loader_tree.listing(self.tree), loader_tree.listing(m.root)
                if not tmpfs_takes_user_xattrs():
                    without(want, "user.")
                self.assertEqual(loader_tree.differences(want, got), [])
                # The manifest's figure holds: neither less than it takes, nor far more.
                with open(Packed.manifest) as f:
                    figure = int(re.search(r"^tmpfs_bytes=(\d+)$", f.read(), re.M)[1])
                self.assertGreaterEqual(figure, loader_tree.allocated(m.root))
                self.assertLess(figure, loader_tree.allocated(m.root) * 1.2 + (1 << 20))

    def test_mount_options(self):
        archive = loader_pack.Archive(self.dir, self.tar, "gzip", tmpfs_size="64M", inodes=10**7)
        with loader_run.machine(RAMLOAD) as m:
            m.mount_disk()
            self.assertEqual(m.run("load", archive).returncode, 0, m.console())
            with open("/proc/self/mountinfo") as f:
                options = [line for line in f if line.split()[4] == m.root][0].split(" - ")[1]
            self.assertIn("size=65536k", options)
            self.assertIn("nr_inodes=15065536", options)
            self.assertNotIn("huge", options)
            self.assertEqual(os.statvfs(m.root).f_blocks * os.statvfs(m.root).f_frsize, 64 << 20)

    def test_plain_gzip_by_other_programs(self):
        """But for the end, which is where the id is looked for: uncompressed, as zlib does it too."""
        end = len(loader_pack.identity())
        data = subprocess.run(["gzip", "-1"], input=self.tar[:-end], stdout=subprocess.PIPE,
                              check=True).stdout
        data += gzip.compress(self.tar[-end:], 0)
        archive = loader_pack.Archive(self.dir, self.tar, "gzip", data)
        with loader_run.machine(RAMLOAD) as m:
            self.assertEqual(m.run("load", archive, "--no-mount").returncode, 0, m.console())
            want, got = loader_tree.listing(self.tree), loader_tree.listing(m.root)
            self.assertEqual(loader_tree.differences(want, got), [])

    def test_stock_tar_reads_the_same_archive(self):
        """The test's archives are what the product's promise is about."""
        archive = loader_pack.Archive(self.dir, self.tar, "gzip")
        listed = subprocess.run(["tar", "tzf", archive.path], stdout=subprocess.PIPE,
                                check=True).stdout
        self.assertEqual(len(listed.splitlines()), archive.fields["entries"])

    def test_a_file_system_without_attributes(self):
        """A ramfs takes no xattr at all: the loss is counted and said, nothing else differs."""
        archive = loader_pack.Archive(self.dir, self.tar, "gzip")
        with loader_run.machine(RAMLOAD) as m:
            subprocess.run(["mount", "-t", "ramfs", "disk", m.root], check=True)
            result = m.run("load", archive, "--no-mount")
            self.assertEqual(result.returncode, 0, m.console())
            # A ramfs knows no holes: reading this one would fill 10 GB of memory.
            os.unlink(m.path("root/sparse/hole-all"))
            os.utime(m.path("root/sparse"), ns=(7, 1_234_567_890_123_456_789))
            want, got = loader_tree.listing(self.tree), loader_tree.listing(m.root)
            del want[b"sparse/hole-all"]
            dropped = m.status()["dropped"]
            self.assertEqual(dropped["user_xattrs"], without(want, "user."))
            self.assertEqual(dropped["other_xattrs"], without(want, "security.", "trusted."))
            self.assertEqual(dropped["acls"], without(want, "system.posix_acl_"))
            self.assertGreater(min(dropped.values()), 0)
            # The group's bits are the mask's only where there is an ACL.
            left = [d for d in loader_tree.differences(want, got) if not d.startswith("b'acls/acl")]
            self.assertEqual(left, [])
            self.assertIn(f"; {dropped['user_xattrs']} user xattrs dropped: this kernel's tmpfs has "
                          "none", m.console())

    def test_archive_on_a_file_system_of_its_own(self):
        archive = loader_pack.Archive(self.dir, self.tar, "gzip", archive="/ram.tar.gz",
                                      archive_on_root="no")
        with loader_run.machine(RAMLOAD) as m:
            m.mount_disk()
            boot = m.path("run/ramimg/archive")
            os.makedirs(boot)
            subprocess.run(["mount", "-t", "tmpfs", "boot", boot], check=True)
            shutil.copy(archive.path, boot)
            where = m.run("where", archive)
            self.assertEqual(where.stdout, archive.fields["archive_fs"] + "\n")
            result = subprocess.run(
                [RAMLOAD, "load", "--manifest", archive.manifest, "--root", m.root, "--aside",
                 m.aside, "--status", m.status_file, "--archive-root", boot, "--sys",
                 m.path("sys"), "--dev", m.path("dev"), "--proc", m.path("proc"), "--meminfo",
                 m.path("proc/meminfo")], check=False)
            self.assertEqual(result.returncode, 0, m.console())
            self.assertEqual(m.mounts(), [("root", "tmpfs", "none")])
            self.assertFalse(os.path.exists(boot))

    def test_archive_behind_a_link_on_the_disk(self):
        """/boot may be an absolute link: it is resolved within the disk's root."""
        archive = loader_pack.Archive(self.dir, self.tar, "gzip")
        with loader_run.machine(RAMLOAD) as m:
            m.mount_disk()
            os.mkdir(m.path("root/data"))
            os.symlink("/data", m.path("root/boot"))
            shutil.copy(archive.path, m.path("root/data/ram.tar.gz"))
            result = m.run(["load"], archive)
            self.assertEqual(result.returncode, 0, m.console())

    def test_nothing_of_the_archive_stays_in_the_page_cache(self):
        tar = loader_pack.tar_header(b"noise", 32 << 20, b"0") + \
            os.urandom(32 << 20) + bytes(1024) + loader_pack.identity()
        archive = loader_pack.Archive(self.dir, tar, "gzip")
        os.sync()
        with loader_run.machine(RAMLOAD) as m:
            self.assertEqual(m.run("check", archive).returncode, 0)
        cached = subprocess.run(["fincore", "-n", "-b", "-o", "RES", archive.path],
                                stdout=subprocess.PIPE, check=True, text=True).stdout
        self.assertLess(int(cached), 4 << 20)

    @unittest.skipIf("sanitized" in RAMLOAD, "sanitizers take memory of their own")
    def test_memory_is_bounded(self):
        tar = loader_pack.tar_header(b"zeros", 512 << 20, b"0") + \
            bytes(512 << 20) + bytes(1024) + loader_pack.identity()
        for compression in ("gzip", "zstd", "lz4"):
            archive = loader_pack.Archive(self.dir, tar, compression)
            r = subprocess.run(["/usr/bin/env", "python3", "-c", PEAK, RAMLOAD, "check", "--manifest",
                                archive.manifest, "--archive", archive.path],
                               stdout=subprocess.PIPE, check=True, text=True)
            self.assertLess(int(r.stdout.split()[-1]), 24 << 10, "RI_LOADER_BYTES")


PEAK = """import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"""

if __name__ == "__main__":
    unittest.main()
