# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Archives by somebody who wants to write elsewhere, or to keep the machine busy: refused."""
import os
import shutil
import tempfile
import unittest

import loader_pack
import loader_run
from loader_pack import member

RAMLOAD = os.environ["RAMLOAD"]


def content(path):
    with open(path, "rb") as f:
        return f.read()


def sized(name, size):
    """A member that claims `size` bytes, more than an octal field holds, and brings none."""
    h = bytearray(loader_pack.tar_header(name, 0, b"0"))
    h[124:136] = b"\x80" + size.to_bytes(11, "big")
    h[148:156] = b"        "
    h[148:156] = b"%06o\0 " % sum(h)
    return bytes(h)


DIR, HARD, SYM = b"5", b"1", b"2"

REFUSED = {
    "an absolute name": ([member(b"/outside")], 'hostile archive: the absolute name "/outside"'),
    "an absolute name in a pax header": (
        [member(b"short", pax=[(b"path", b"/outside")])], 'hostile archive: the absolute name'),
    "a name that leads out": ([member(b"../outside")], 'the name "../outside" leads out'),
    "a name that leads out, late": (
        [member(b"a/", DIR), member(b"a/../../outside")], "leads out"),
    "a name of dots": ([member(b"..", DIR)], 'the name ".." leads out'),
    "an absolute link and a file through it": (
        [member(b"etc", SYM, link=b"/"), member(b"etc/outside")],
        'hostile archive: "etc" is not a directory'),
    "a relative link and a file through it": (
        [member(b"x/", DIR), member(b"x/up", SYM, link=b"../.."), member(b"x/up/outside")],
        'hostile archive: "up" is not a directory'),
    "a link within and a file through it": (
        [member(b"real/", DIR), member(b"alias", SYM, link=b"real"), member(b"alias/f")],
        'hostile archive: "alias" is not a directory'),
    "a directory in a link's place": (
        [member(b"out", SYM, link=b".."), member(b"out/", DIR)], "Not a directory|not a directory|levels"),
    "a link in a directory's place": (
        [member(b"d/", DIR), member(b"d", SYM, link=b".."), member(b"d/outside")],
        "making the symbolic link"),
    "a file in a directory's place": (
        [member(b"d/", DIR), member(b"d", data=b"x")], "creating"),
    "a path through a file": (
        [member(b"f", data=b"x"), member(b"f/outside")], 'hostile archive: "f" is not a directory'),
    "a path through a device": (
        [member(b"f", b"6"), member(b"f/outside")], 'hostile archive: "f" is not a directory'),
    "a hard link to outside": (
        [member(b"h", HARD, link=b"../outside-target")], 'the name "../outside-target" leads out'),
    "a hard link to an absolute name": (
        [member(b"h", HARD, link=b"/etc/passwd")], 'the absolute name "/etc/passwd"'),
    "a hard link through a link": (
        [member(b"s", SYM, link=b".."), member(b"h", HARD, link=b"s/outside-target")],
        'hostile archive: "s" is not a directory'),
    "a hard link to nothing": (
        [member(b"h", HARD, link=b"nowhere")], "making the hard link: No such file"),
    "a hard link to a directory": (
        [member(b"d/", DIR), member(b"h", HARD, link=b"d")], "making the hard link"),
    "a terabyte that is not there": ([sized(b"huge", 1 << 40)], "damaged"),
    "2^63 bytes": ([sized(b"huge", (1 << 63) - 1)], "damaged"),
    "2^80 bytes": ([sized(b"huge", 1 << 80)], "damaged"),
    "a component of 256 bytes": (
        [member(b"x", pax=[(b"path", b"n" * 256)])], "a name of 256 bytes"),
    "an attribute larger than Linux has": (
        [member(b"x", pax=[(b"SCHILY.xattr.user.big", b"v" * 65537)])],
        r'the attribute "user\.big" is too large'),
    "an ACL without numbers": (
        [member(b"x", pax=[(b"SCHILY.acl.access",
                            b"user::rw-,user:mallory:rw-,group::r--,mask::rw-,other::r--")])],
        'the ACL names "mallory" without giving its number'),
    "a name of escape sequences": (
        [member(b"\x1b]0;owned\x07", data=b"x"), member(b"\x1b]0;owned\x07/x")], "not a directory"),
}

ACCEPTED = {
    "links that point anywhere": (
        [member(b"a", SYM, link=b"/etc/passwd"), member(b"b", SYM, link=b"../../..")],
        lambda root: os.readlink(root + "/a") == "/etc/passwd" and
        os.readlink(root + "/b") == "../../.."),
    "the same file twice: the last counts": (
        [member(b"f", data=b"old"), member(b"f", data=b"new")],
        lambda root: content(root + "/f") == b"new"),
    "a file in a link's place": (
        [member(b"f", SYM, link=b"../outside-target"), member(b"f", data=b"new")],
        lambda root: content(root + "/f") == b"new" and not os.path.islink(root + "/f")),
    "directories that no member makes": (
        [member(b"a/b/c/f", data=b"x")], lambda root: os.path.exists(root + "/a/b/c/f")),
    "no member at all": ([], lambda root: os.listdir(root) == []),
    "forty directories deep, beyond those kept open": (
        [member(b"x", data=b"x", pax=[(b"path", b"d/" * 40 + b"f")]),
         member(b"x", data=b"y", pax=[(b"path", b"d/" * 39 + b"e/f")]),
         member(b"x", HARD, link=b"x",
                pax=[(b"path", b"d/g"), (b"linkpath", b"d/" * 40 + b"f")])],
        lambda root: os.stat(root + "/" + "d/" * 40 + "f").st_nlink == 2),
    "a dot and doubled slashes": (
        [member(b".//a///.//b/", DIR), member(b"././a//b/f", data=b"x")],
        lambda root: os.listdir(root + "/a/b") == ["f"]),
    "a terabyte of holes": (
        [member(b"GNUSparseFile.0/x", data=loader_pack.pad(b"0\n"), pax=[
            (b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"),
            (b"GNU.sparse.name", b"holes"), (b"GNU.sparse.realsize", b"%d" % (1 << 40))])],
        lambda root: os.stat(root + "/holes").st_size == 1 << 40 and
        os.stat(root + "/holes").st_blocks == 0),
}


class Hostile(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="ramload-hostile-")
        self.addCleanup(shutil.rmtree, self.dir)

    def archive(self, members):
        tar = b"".join(members) + bytes(1024) + loader_pack.identity()
        return loader_pack.Archive(self.dir, tar, "gzip", entries=len(members))

    def load(self, m, members):
        """Load and see that nothing beside the root has changed."""
        m.mount_disk()
        m.write("outside-target", "target")
        before = sorted(os.listdir(m.dir))
        result = m.run("load", self.archive(members))
        self.assertEqual(sorted(os.listdir(m.dir)), before)
        self.assertEqual(os.stat(m.path("outside-target")).st_nlink, 1)
        with open(m.path("outside-target")) as f:
            self.assertEqual(f.read(), "target")
        self.assertFalse(os.path.exists("/outside"))
        return result

    def test_refused(self):
        for name, (members, reason) in REFUSED.items():
            with self.subTest(name), loader_run.machine(RAMLOAD) as m:
                result = self.load(m, members)
                self.assertNotEqual(result.returncode, 0, m.console())
                self.assertEqual(m.mounts(), [("root", "tmpfs", "disk")])
                self.assertRegex(m.status()["reason"], reason)
                self.assertRegex(m.console(), r"\A[\n -~]*\Z")

    def test_accepted(self):
        for name, (members, proof) in ACCEPTED.items():
            with self.subTest(name), loader_run.machine(RAMLOAD) as m:
                result = self.load(m, members)
                self.assertEqual(result.returncode, 0, m.console())
                self.assertTrue(proof(m.root))


if __name__ == "__main__":
    unittest.main()
