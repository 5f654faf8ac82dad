# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""ramimg.foreign: archives that were made by hand, with tar, gzip and zstd as they are."""
import os
import random
import shutil
import stat
import subprocess
import tempfile
import unittest

import loader_pack
import loader_run

RAMLOAD = os.environ["RAMLOAD"]
BIG = 60 << 20


def make_root(tree):
    """What a root may have that tar keeps by itself."""
    for d in ("usr/sbin", "usr/lib/init", "etc", "empty"):
        os.makedirs(os.path.join(tree, d))
    os.symlink("usr/sbin", os.path.join(tree, "sbin"))
    # Absolute, as it will be right in the new root only.
    os.symlink("/usr/lib/init/init", os.path.join(tree, "usr/sbin/init"))
    for name, text, mode in (("usr/lib/init/init", b"\x7fELF" + bytes(100), 0o755),
                             ("etc/hostname", b"foreign\n", 0o644),
                             ("etc/shadow", random.Random(3).randbytes(1 << 20), 0o600)):
        with open(os.path.join(tree, name), "wb") as f:
            f.write(text)
        os.chmod(os.path.join(tree, name), mode)
    os.link(os.path.join(tree, "etc/hostname"), os.path.join(tree, "etc/hostname2"))
    os.chown(os.path.join(tree, "etc/hostname"), 12, 34)
    os.chmod(os.path.join(tree, "empty"), 0o1777)
    os.utime(os.path.join(tree, "empty"), (1_000_000_000, 1_000_000_000))


def listing(root):
    found = {}
    for directory, dirs, files in os.walk(root):
        for name in dirs + files:
            path = os.path.join(directory, name)
            st = os.lstat(path)
            content = os.readlink(path) if stat.S_ISLNK(st.st_mode) else None
            if stat.S_ISREG(st.st_mode):
                with open(path, "rb") as f:
                    content = f.read()
            links = 0 if stat.S_ISDIR(st.st_mode) else st.st_nlink
            found[os.path.relpath(path, root)] = (st.st_mode, st.st_uid, st.st_gid,
                                                  int(st.st_mtime), links, content)
    return found


class Foreign(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="ramload-foreign-")
        cls.tree = os.path.join(cls.dir, "tree")
        make_root(cls.tree)
        cls.made = {kind: cls.tar(how, ".") for kind, how in (("gzip", "--gzip"), ("zstd", "--zstd"))}

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.dir)

    @classmethod
    def tar(cls, how, *names, tree=None):
        return subprocess.run(["tar", "-C", tree or cls.tree, how, "-cf", "-", *names],
                              stdout=subprocess.PIPE, check=True).stdout

    def archive(self, data, **fields):
        """The manifest is another archive's altogether, gzip's with all figures small."""
        figures = {"archive_bytes": 7, "tar_bytes": 7, "entries": 1, "inodes": 1, "tmpfs_bytes": 7}
        return loader_pack.Archive(self.dir, loader_pack.identity(), "gzip", data,
                                   **{**figures, **fields})

    def loads(self, data, cmdline="quiet ramimg.foreign", meminfo=(8 << 20, 4 << 20), **fields):
        with loader_run.machine(RAMLOAD, cmdline=cmdline, meminfo=meminfo) as m:
            m.mount_disk()
            self.assertEqual(m.run("load", self.archive(data, **fields)).returncode, 0, m.console())
            self.assertEqual(m.mounts(), [("root", "tmpfs", "none")])
            self.assertEqual(listing(m.root), listing(self.tree))
            status = m.status()
            self.assertEqual((status["result"], status["foreign"], status["build"]),
                             ("ram", True, None))
            with open("/proc/self/mountinfo") as f:
                return m.console(), [line for line in f if line.split()[4] == m.root][0]

    def refused(self, data, reason, cmdline="quiet ramimg.foreign", meminfo=(8 << 20, 4 << 20)):
        with loader_run.machine(RAMLOAD, cmdline=cmdline, meminfo=meminfo) as m:
            m.mount_disk()
            self.assertNotEqual(m.run("load", self.archive(data)).returncode, 0, m.console())
            self.assertEqual(m.mounts(), [("root", "tmpfs", "disk")])
            self.assertIn("on-disk", os.listdir(m.root))
            self.assertRegex(m.console(), "^ramimg: booting from disk: " + reason + "\n$")
            self.assertEqual((m.status()["result"], m.status()["foreign"]), ("disk", True))

    def test_gzip(self):
        said, _ = self.loads(self.made["gzip"])
        self.assertRegex(said, r"^ramimg: root in RAM: 1 MiB, \d+ entries in .* MiB/s\), from a "
                               "foreign archive\n$")

    def test_gzip_of_one_member_in_a_pipe(self):
        tar = self.tar("--format=gnu", ".")
        self.loads(subprocess.run(["gzip", "-6"], input=tar, stdout=subprocess.PIPE, check=True).stdout)

    def test_gzip_of_several_members(self):
        tar = self.tar("--format=ustar", ".")
        self.loads(b"".join(
            subprocess.run(["gzip", "-9"], input=tar[i:i + 400_000], stdout=subprocess.PIPE,
                           check=True).stdout for i in range(0, len(tar), 400_000)))

    def test_zstd(self):
        """The manifest says gzip: the file's first bytes count."""
        self.assertEqual(self.made["zstd"][4] & 4, 4, "a checksum without being asked for")
        self.loads(self.made["zstd"])

    def test_names_without_a_dot(self):
        for how in ("--gzip", "--zstd"):
            self.loads(self.tar(how, *sorted(os.listdir(self.tree))))

    def test_not_quiet(self):
        said, _ = self.loads(self.made["gzip"], "ramimg.foreign")
        self.assertIn("ramimg: unpacking a foreign archive into RAM: neither build nor length "
                      "compared\n", said)

    def test_an_archive_of_ramimg_s(self):
        """The word allows a foreign archive, it does not want one."""
        tar = self.tar("--format=posix", ".") + loader_pack.identity()
        self.loads(loader_pack.compress(tar, "gzip"))

    def test_not_without_the_word(self):
        with loader_run.machine(RAMLOAD) as m:
            m.mount_disk()
            archive = self.archive(self.made["gzip"], archive_bytes=len(self.made["gzip"]),
                                   tar_bytes=1 << 30)
            self.assertNotEqual(m.run("load", archive).returncode, 0)
            self.assertIn("not an archive that ramimg built", m.console())
            self.assertFalse(m.status()["foreign"])

    def test_limits_of_the_tmpfs(self):
        """Never more than what is available less the loader's own memory, which is more than the reserve."""
        for limit in (64 << 20, 32 << 20):
            own = loader_pack.loader_bytes(limit)
            _, mount = self.loads(self.made["gzip"], meminfo=(8 << 20, 1 << 20), loader_bytes=limit)
            options = dict(o.split("=") for o in mount.split(" - ")[1].split()[2].split(",") if "=" in o)
            size, inodes = int(options["size"].rstrip("k")) << 10, int(options["nr_inodes"])
            most = (1 << 30) - own
            self.assertLessEqual(size + 2048 * inodes, most)
            self.assertGreater(size + 2048 * inodes, most // 8 * 7)

    def test_no_sha256_of_it(self):
        self.loads(self.made["gzip"], loader_sha256="yes")

    def test_ram_full(self):
        tree = tempfile.mkdtemp(dir=self.dir)
        with open(os.path.join(tree, "zeros"), "wb") as f:
            f.write(bytes(BIG))
        own = loader_pack.loader_bytes()
        for how in ("--gzip", "--zstd"):
            data = self.tar(how, "zeros", tree=tree)
            full = "/boot/ram.tar.gz: zeros: the RAM root is full: No space left on device"
            self.refused(data, full, meminfo=(8 << 20, (own + (8 << 20)) >> 10))
            self.refused(data, full, cmdline="quiet ramimg.foreign ramimg.size=8M")
            spare = -(-own // (1 << 20))
            self.refused(data, rf"not enough RAM: needs \d+ MiB and {spare} MiB to spare, 20 MiB available",
                         meminfo=(8 << 20, 20 << 10))

    def test_inodes_used_up(self):
        tar = b"".join(loader_pack.tar_header(b"./file-%05d" % i, 0, b"0") for i in range(20000))
        self.refused(loader_pack.compress(tar + bytes(1024), "gzip"),
                     r"/boot/ram.tar.gz: ./file-\d+: the RAM root is full: No space left on device",
                     meminfo=(8 << 20, (loader_pack.loader_bytes() + (8 << 20)) >> 10))

    def test_damage(self):
        spots = random.Random(4)
        for kind, data in self.made.items():
            for i in range(20):
                n = len(data) * i // 20
                self.refused(data[:n], "/boot/ram.tar.gz(: damaged.*| is neither gzip nor zstd)")
                flipped = bytearray(data)
                # Behind the headers, in which time and name mean nothing.
                bit = spots.randrange(20 * 8, len(data) * 8)
                flipped[bit // 8] ^= 1 << bit % 8
                self.refused(bytes(flipped), "/boot/ram.tar.gz: damaged.*")
            self.refused(data + b"garbage", "/boot/ram.tar.gz: damaged.*")

    def test_no_archive(self):
        self.refused(b"no archive\n", "/boot/ram.tar.gz is neither gzip nor zstd")
        self.refused(self.tar("--xz", "."), "/boot/ram.tar.gz is neither gzip nor zstd")
        self.refused(loader_pack.gzip_member(b"no tar at all" * 1000), "/boot/ram.tar.gz: damaged tar.*")

    def test_zstd_without_a_checksum(self):
        data = subprocess.run(["zstd", "--no-check", "-q"], input=self.tar("--format=gnu", "."),
                              stdout=subprocess.PIPE, check=True).stdout
        self.refused(data, "/boot/ram.tar.gz: damaged: the zstd frame at byte 0 carries no checksum")

    def test_nothing_to_boot(self):
        for names in (["etc"], ["usr/sbin", "sbin"]):
            self.refused(self.tar("--gzip", *names), "the foreign archive has no /sbin/init")
        self.refused(loader_pack.gzip_member(bytes(10240)), "the foreign archive has no /sbin/init")
        self.refused(loader_pack.gzip_member(b""), "/boot/ram.tar.gz: damaged tar stream: Unrecognized archive format")

    def test_hostile(self):
        tar = loader_pack.tar_header(b"../out", 0, b"0") + bytes(1024)
        self.refused(loader_pack.compress(tar, "gzip"), '.*hostile archive: the name "../out" leads out')


if __name__ == "__main__":
    unittest.main()
