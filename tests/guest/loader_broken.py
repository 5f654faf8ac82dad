# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Whatever a system call answers, and whenever a process dies: either the root is in RAM as it should be,
or the disk's root is back and the reason told.
"""
import contextlib
import ctypes
import errno
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest

import loader_calls
import loader_grow
import loader_pack
import loader_run
import loader_tree
from loader_calls import unpacking

RAMLOAD = os.environ["RAMLOAD"]
SEED = 11
PAGE = 4096
SYS_TGKILL = 234

# Every call by which something is made or read, with what the kernel might answer.
CALLS = [
    ("mount", errno.ENOMEM), ("mkdir", errno.ENOSPC), ("mkdirat", errno.ENOSPC),
    ("openat", errno.ENOSPC), ("openat", errno.EMFILE), ("pwrite64", errno.ENOSPC),
    ("pwritev", errno.ENOSPC), ("write", errno.ENOSPC), ("writev", errno.ENOSPC),
    ("linkat", errno.ENOSPC), ("symlinkat", errno.ENOSPC), ("mknodat", errno.ENOSPC),
    ("ftruncate", errno.ENOSPC), ("fchown", errno.EPERM), ("fchownat", errno.EPERM),
    ("fchmod", errno.EPERM), ("fchmodat", errno.EPERM), ("fchmodat2", errno.EPERM),
    ("utimensat", errno.EPERM), ("fsetxattr", errno.ENOSPC), ("setxattr", errno.ENOSPC),
    ("lsetxattr", errno.ENOSPC), ("read", errno.EIO), ("pread64", errno.EIO),
    ("lseek", errno.EIO), ("clone", errno.EAGAIN), ("clone3", errno.EAGAIN), ("mmap", errno.ENOMEM),
]
# Sanitizers have uses of their own for memory and threads, and end the program without it.
if "sanitized" in RAMLOAD:
    CALLS = [c for c in CALLS if c[0] not in ("mmap", "clone", "clone3", "openat", "read")]


def chosen(count):
    """Of 0..count-1 the first and last ones, and some in between."""
    ends, between = (1, 2) if "sanitized" in RAMLOAD else (3, 6)
    return sorted({*range(min(ends, count)), *(count * i // between for i in range(1, between)),
                   *range(max(0, count - ends), count)})


class Broken(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="ramload-broken-")
        cls.addClassCleanup(shutil.rmtree, cls.dir)
        subprocess.run(["mount", "-t", "tmpfs", "tree", cls.dir], check=True)
        cls.addClassCleanup(subprocess.run, ["umount", "-l", cls.dir], check=True)
        tree = os.path.join(cls.dir, "tree")
        os.mkdir(tree)
        loader_grow.grow(tree, SEED, 40)
        cls.tar = loader_pack.tar_tree(tree) + loader_pack.identity()
        cls.want = loader_tree.listing(tree)
        cls.archives = []
        for compression in ("gzip", "zstd", "lz4"):
            directory = os.path.join(cls.dir, compression)
            os.mkdir(directory)
            cls.archives.append(loader_pack.Archive(
                directory, cls.tar, compression, loader_pack.compress(cls.tar, compression, 1 << 16)))

    @contextlib.contextmanager
    def loading(self, names, decide, archive=None):
        """A load whose calls decide(call) answers, and the machine behind it."""
        archive = archive or self.archives[0]
        with loader_run.machine(RAMLOAD) as m:
            m.mount_disk()
            result, calls = loader_calls.run(m.args("load", archive), names, decide, timeout=60,
                                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            yield m, result.returncode, calls

    def check_back(self, m, status=None):
        """@return the reason."""
        m.check_disk_is_back()
        self.assertFalse(os.path.exists(m.aside))
        state = m.status()
        self.assertTrue(state["reason"])
        # On a console without what is not printable ASCII.
        said = "ramimg: booting from disk: " + re.match("[ -~]*", state["reason"])[0]
        for n in (0, 1):
            self.assertEqual(m.console(n).splitlines()[-1][:len(said)], said)
        return state["reason"]

    def check_whole_or_back(self, m, status):
        self.assertIn(status, (0, 1, 3))
        if status != 0:
            return self.check_back(m)
        self.assertEqual(m.mounts(), [("root", "tmpfs", "none")])
        self.assertEqual(loader_tree.differences(self.want, loader_tree.listing(m.root)), [])
        self.assertEqual(m.status()["result"], "ram")
        return None

    def failing(self, name, error, number, archive):
        """The unpacking process' call of that name and number fails."""
        return self.loading([name], loader_calls.nth(number, error), archive)

    def test_each_call_fails(self):
        refused = set()
        for name, error in CALLS:
            with self.loading([name], lambda call: None) as (m, status, calls):
                self.assertEqual(status, 0, m.console())
                count = sum(map(unpacking, calls))
            for number in chosen(count):
                with self.subTest(name=name, error=errno.errorcode[error], nth=number), \
                        self.failing(name, error, number, self.archives[number % 2]) as (m, status, _):
                    if self.check_whole_or_back(m, status):
                        refused.add(name)
        # Most of them matter, whichever of two like calls the loader takes.
        self.assertLessEqual({"mount", "mkdirat", "linkat", "symlinkat", "mknodat", "utimensat"}, refused)

    def test_tmpfs_refused(self):
        def decide(call):
            return errno.ENOMEM if call.name == "mount" and call.args[3] == 0 else None
        with self.loading(["mount"], decide) as (m, status, _):
            self.assertEqual(status, 1)
            self.assertRegex(self.check_back(m), "^mounting a tmpfs .*: Cannot allocate memory$")

    # who dies

    def test_killed_midway(self):
        for name in ("mount", "mkdirat", "linkat", "symlinkat", "mknodat", "utimensat"):
            with self.loading([name], lambda call: None) as (_, status, calls):
                self.assertEqual(status, 0)
                count = sum(map(unpacking, calls))
            self.assertGreater(count, 0, name)
            for number in sorted({0, count // 2, count - 1}):
                with self.subTest(name=name, nth=number), \
                        self.failing(name, loader_calls.KILL, number, self.archives[number % 2]) as \
                        (m, status, _):
                    self.assertEqual(status, 1)
                    self.assertRegex(self.check_back(m), "killed by signal 9 ")

    def more_than_memory(self):
        """Than the loader may hold of an archive: at its first member all threads are there still."""
        tar = loader_pack.member(b"s", b"2", link=b"x") + \
            loader_pack.member(b"zeros", data=bytes(96 << 20)) + bytes(1024) + loader_pack.identity()
        return loader_pack.Archive(self.dir, tar, "gzip")

    def test_each_thread_dies(self):
        """A signal meant for one thread ends them all, whichever it is."""
        libc = ctypes.CDLL(None)
        archive = self.more_than_memory()
        # Sanitizers catch the others in the thread itself: the rest may be done before their report is.
        numbers = [signal.SIGKILL] if "sanitized" in RAMLOAD else [signal.SIGKILL, signal.SIGSEGV,
                                                                   signal.SIGBUS]
        for number in numbers:
            threads, nth = 1, 0
            while nth < threads:
                def decide(call, number=number, nth=nth):
                    nonlocal threads
                    if unpacking(call):
                        tasks = sorted(map(int, os.listdir(f"/proc/{call.process}/task")))
                        threads = max(threads, len(tasks))
                        if nth < len(tasks):
                            libc.syscall(SYS_TGKILL, call.process, tasks[nth], number)
                with self.subTest(signal=number.name, thread=nth), \
                        self.loading(["symlinkat"], decide, archive) as (m, status, _):
                    self.assertEqual(status, 1)
                    self.assertRegex(self.check_back(m), f"killed by signal {number.value} ")
                nth += 1
            self.assertGreater(threads, 1)

    @unittest.skipIf("sanitized" in RAMLOAD, "the same program waits in the other build")
    def test_one_thread_dies_alone(self):
        """Of a bug in the kernel, say. The others wait for it, and nobody waits for them for ever."""
        with loader_run.machine(RAMLOAD) as m:
            m.mount_disk()
            m.ramload = os.environ["LOADER_FILTER"]
            archive = self.more_than_memory()
            result = m.run(["thread", RAMLOAD, "load", "--archive", archive.path], archive,
                           "--stall", "2")
            self.assertEqual(result.returncode, 1, m.console())
            self.assertEqual(self.check_back(m), "the unpacking process did nothing for 2 s")

    def test_the_waiting_process_dies(self):
        """Its child goes with it. What has been moved is put back by giveup, which the script runs."""
        for name in ("mount", "mknodat", "utimensat"):
            def decide(call):
                if unpacking(call):
                    os.kill(call.parent, signal.SIGKILL)
            with self.subTest(name), self.loading([name], decide) as (m, status, _):
                # That there is an end to listen to means that both are gone.
                self.assertEqual(status, -signal.SIGKILL)
                result = m.run(["giveup", "the loader ended with status 137"], self.archives[0])
                self.assertEqual(result.returncode, 0, m.console())
                self.assertEqual(self.check_back(m), "the loader ended with status 137")

    def test_putting_back_fails_once(self):
        """Status 4 says so, and giveup tries again."""
        with loader_run.machine(RAMLOAD) as m:
            m.mount_disk()
            broken = loader_pack.Archive(self.dir, self.tar, "gzip", entries=1)
            result, _ = loader_calls.run(
                m.args("load", broken), ["mount"],
                lambda call: None if unpacking(call) else errno.EBUSY, timeout=60)
            self.assertEqual(result.returncode, 4, m.console())
            self.assertRegex(m.status()["reason"], "putting the disk's root back")
            self.assertEqual(m.run(["giveup", "it could not"], broken).returncode, 0)
            self.assertEqual(self.check_back(m), "it could not")

    # what is short

    def fits(self, kib, **fields):
        """Load with so much memory available, from a manifest with `fields`."""
        archive = loader_pack.Archive(self.dir, self.tar, "gzip", **fields)
        with loader_run.machine(RAMLOAD, meminfo=(64 << 20, kib)) as m:
            m.mount_disk()
            result, calls = loader_calls.run(m.args("load", archive),
                                             ["mount", "umount2", "fork", "clone", "clone3"],
                                             lambda call: None, timeout=60)
            if result.returncode == 0:
                self.assertEqual(m.mounts(), [("root", "tmpfs", "none")])
                return True
            self.assertEqual(result.returncode, 3)
            self.assertRegex(self.check_back(m), "^not enough RAM: ")
                # Declined before anything was mounted or started.
            if "sanitized" not in RAMLOAD:
                self.assertEqual([c.name for c in calls], [])
            return False

    def test_ram_one_page_short(self):
        """The tree, and the larger of the reserve and the loader's own memory."""
        page, own = PAGE >> 10, loader_pack.loader_bytes()
        for reserve, matters in ((own + (16 << 20), ["tmpfs_bytes", "reserve_bytes"]),
                                 (own - (16 << 20), ["tmpfs_bytes"]), (own, ["tmpfs_bytes", "reserve_bytes"])):
            fields = {"tmpfs_bytes": 300 * PAGE, "reserve_bytes": reserve}
            enough = (300 * PAGE + max(own, reserve)) >> 10
            self.assertTrue(self.fits(enough, **fields))
            self.assertFalse(self.fits(enough - page, **fields))
            for key in fields:
                more = {**fields, key: fields[key] + PAGE}
                self.assertEqual(self.fits(enough, **more), key not in matters)
                self.assertTrue(self.fits(enough + page, **more))

    def load_short(self, archive, meminfo=(8 << 20, 4 << 20)):
        """@return the reason for which it failed, with the status of "too large"; None: it did not."""
        with loader_run.machine(RAMLOAD, meminfo=meminfo) as m:
            m.mount_disk()
            status = m.run("load", archive).returncode
            if status == 0:
                return None
            self.assertEqual(status, 3, m.console())
            return self.check_back(m)

    def test_tmpfs_one_page_short(self):
        """The manifest understates what the tree takes, so that only the tmpfs itself can tell."""
        files = b"".join(loader_pack.member(b"f%d" % i, data=b"x" * size) for i, size in
                         enumerate((1, PAGE, PAGE + 1, 10 * PAGE - 1)))
        tar = files + bytes(1024) + loader_pack.identity()
        pages = 1 + 1 + 2 + 10
        for size, fits in ((pages * PAGE, True), ((pages - 1) * PAGE, False)):
            archive = loader_pack.Archive(self.dir, tar, "gzip", tmpfs_bytes=1, tmpfs_size=size)
            reason = self.load_short(archive)
            self.assertEqual(reason is None, fits, reason)
            if not fits:
                self.assertRegex(reason, "f3: .*No space left on device")

    def test_inodes_short(self):
        """
        Directories that are no members are made on the way and count in no manifest. It takes more
        than 65536 of them, and a machine with little memory, for the inodes not to last.
        """
        deep = [loader_pack.member(b"x", data=b"x", pax=[(b"path", b"%d/" % i + b"d/" * 1200 + b"f")])
                for i in range(60)]
        for members, fits in ((deep[:50], True), (deep, False)):
            tar = b"".join(members) + bytes(1024) + loader_pack.identity()
            archive = loader_pack.Archive(self.dir, tar, "zstd", entries=len(members))
            reason = self.load_short(archive, (256 << 10, 200 << 10))
            self.assertEqual(reason is None, fits, reason)
            if not fits:
                self.assertRegex(reason, "No space left on device")


if __name__ == "__main__":
    unittest.main()
