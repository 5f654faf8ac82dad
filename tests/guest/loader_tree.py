# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A tree with every kind of metadata, and listings of trees that can be compared."""
import hashlib
import os
import resource
import stat
import subprocess
import sys

BIG = 10 << 30


def _file(path, data=b"", mode=0o644, owner=(0, 0), ns=1_600_000_000_000_000_000):
    with open(path, "wb") as f:
        f.write(data)
    os.chown(path, *owner)
    os.chmod(path, mode)
    os.utime(path, ns=(ns, ns))


def _times(at):
    _file(at(b"before-1970"), ns=-1_000_000_001)
    _file(at(b"at-0"), ns=0)
    _file(at(b"after-2038"), ns=5_000_000_000_123_456_789)
    _file(at(b"last-nanosecond"), ns=1_600_000_000_999_999_999)


def _names(at):
    _file(at(b"new\nline"), b"1")
    _file(at(b"tab\tand\\backslash"), b"2")
    _file(at(b"latin-1-\xe9\xff"), b"3")
    _file(at("umlaut-\u00fc-\u0171-\u65e5".encode()), b"4")
    _file(at(b"n" * 255), b"5")
    _file(at(b"-leading-dash"), b"6")
    _file(at(b" blanks "), b"7")
    os.symlink(b"latin-1-\xe9\xff", at(b"link-to-latin-1"))
    os.symlink("umlaut-\u00fc-\u0171-\u65e5", at("link-\u00fc".encode()))
    os.link(at(b"latin-1-\xe9\xff"), at(b"hard-\xff"))
    deep = at(b"deep")
    for i in range(12):
        deep = os.path.join(deep, b"%02d-" % i + b"d" * 200)
    os.makedirs(deep)
    _file(os.path.join(deep, b"bottom"), b"8")


def _kinds(at):
    os.symlink(b"/absolute/and/dangling", at(b"symlink"))
    os.lchown(at(b"symlink"), 12, 34)
    os.utime(at(b"symlink"), ns=(5, 1_500_000_000_000_000_005), follow_symlinks=False)
    os.symlink(b"x" * 4000, at(b"long-symlink"))
    os.mkfifo(at(b"fifo"), 0o640)
    os.mknod(at(b"block"), stat.S_IFBLK | 0o660, os.makedev(8, 300))
    os.mknod(at(b"char"), stat.S_IFCHR | 0o622, os.makedev(5, 1))
    os.mknod(at(b"whiteout"), stat.S_IFCHR, os.makedev(0, 0))
    _file(at(b"one"), b"shared", owner=(1, 2))
    os.link(at(b"one"), at(b"two"))
    os.mkdir(at(b"far"))
    os.link(at(b"one"), at(b"far/three"))
    _file(at(b"empty"))


def _owners_and_modes(at):
    for mode in (0o4755, 0o2755, 0o6711, 0o1644, 0, 0o7777):
        _file(at(b"mode-%o" % mode), b"m", mode)
    _file(at(b"largest-id"), b"", owner=((1 << 32) - 2, (1 << 32) - 2))
    _file(at(b"large-id"), b"", owner=(2_097_152, 3_000_000_000))
    for name, mode in ((b"closed", 0), (b"sticky", 0o1777), (b"setgid", 0o2775)):
        os.mkdir(at(name))
        _file(at(name + b"/inside"), b"i")
        os.chown(at(name), 5, 6)
        os.chmod(at(name), mode)


def _xattrs(at):
    _file(at(b"capable"), b"c", 0o755)
    os.setxattr(at(b"capable"), "security.capability",
                bytes.fromhex("0100000200200000" + "0" * 24))
    _file(at(b"attributed"), b"a")
    for i in range(100):
        os.setxattr(at(b"attributed"), "user.%d" % i, b"\0\n=\xff"[:i % 5])
    os.setxattr(at(b"attributed"), "user.empty", b"")
    os.setxattr(at(b"attributed"), "trusted.overlay.opaque", b"y")
    # A tar writes '%' and '=' of a name, and ramimg bytes that are not printable too, as %XX.
    for name in (b"trusted.a=b", b"trusted.50%", b"trusted.%41", b"trusted.\xff \n"):
        os.setxattr(at(b"attributed"), name, b"odd name")
    os.mkdir(at(b"attributed-dir"))
    os.setxattr(at(b"attributed-dir"), "user.dir", b"d")
    os.setxattr(at(b"attributed-dir"), "security.mine", b"s")


def _acls(at):
    _file(at(b"acl"), b"a", 0o640)
    subprocess.run(["setfacl", "-m", "u:1234:rwx,g:2147483646:r--,m::rx", at(b"acl")],
                   check=True)
    os.mkdir(at(b"acl-dir"))
    subprocess.run(["setfacl", "-m", "u:77:rwx,d:u:78:r-x,d:g:79:---,d:o::r", at(b"acl-dir")],
                   check=True)
    _file(at(b"acl-dir/inside"), b"not inheriting while unpacked")
    subprocess.run(["setfacl", "-b", at(b"acl-dir/inside")], check=True)
    os.chmod(at(b"acl-dir/inside"), 0o604)


def _sparse(at):
    def holes(name, size, *pieces):
        with open(at(name), "wb") as f:
            for offset, data in pieces:
                f.seek(offset)
                f.write(data)
            f.truncate(size)
    holes(b"hole-all", BIG)
    holes(b"hole-first", (4 << 20) + 5, (4 << 20, b"12345"))
    holes(b"hole-last", 8 << 20, (0, b"1" * 5000))
    holes(b"hole-between", 3 << 20, (0, b"a" * 4096), ((1 << 20) + 4096, b"b" * 8192),
          ((3 << 20) - 10, b"c" * 10))
    holes(b"no-hole", 2 << 20, (0, os.urandom(2 << 20)))
    holes(b"zeros", 1 << 20, (0, bytes(1 << 20)))


def make(tree):
    """Fill the new directory `tree`, whose file system must take user xattrs and ACLs."""
    os.mkdir(tree)
    for part in (_times, _names, _kinds, _owners_and_modes, _xattrs, _acls, _sparse):
        directory = os.path.join(os.fsencode(tree), part.__name__.strip("_").encode())
        os.mkdir(directory)
        part(lambda name, d=directory: os.path.join(d, name))
        os.chmod(directory, 0o751)
        os.utime(directory, ns=(7, 1_234_567_890_123_456_789))
    os.chmod(tree, 0o711)
    os.chown(tree, 8, 9)
    os.utime(tree, ns=(7, 987_654_321_000_000_001))


def _content(path, st):
    if stat.S_ISLNK(st.st_mode):
        return os.readlink(path)
    if not stat.S_ISREG(st.st_mode):
        return None
    h = hashlib.sha256()
    with open(path, "rb") as f:
        at = 0
        while at < st.st_size:  # data only: reading a hole of 10 GB takes long
            try:
                at = os.lseek(f.fileno(), at, os.SEEK_DATA)
            except OSError:
                break
            end = os.lseek(f.fileno(), at, os.SEEK_HOLE)
            f.seek(at)
            while at < end:
                piece = f.read(4096 - at % 4096)
                if piece.strip(b"\0"):
                    h.update(b"%d:" % at + piece)
                at += len(piece)
    return h.hexdigest()


def _xattrs_of(path):
    return {n: os.getxattr(path, n, follow_symlinks=False)
            for n in os.listxattr(path, follow_symlinks=False)}


def _item(path):
    st = os.lstat(path)
    directory = stat.S_ISDIR(st.st_mode)
    item = {
        "mode": oct(st.st_mode), "owner": (st.st_uid, st.st_gid), "mtime": st.st_mtime_ns,
        "size": None if directory else st.st_size, "rdev": st.st_rdev,
        "content": _content(path, st), "xattrs": _xattrs_of(path)}
    if not directory:
        item["first link"] = st.st_ino
        item["links"] = st.st_nlink
    return item


def listing(tree):
    """
    {path: everything that must come back} for each path below and including `tree`. By descriptors of
    directories, for paths may be longer than what a system call takes.
    """
    # fwalk goes down by itself, with a descriptor for each directory on the way. The loader does without.
    sys.setrecursionlimit(20000)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    try:
        return _listing(os.fsencode(tree))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def _listing(tree):
    out = {b".": _item(tree)}
    for base, dirs, files, fd in os.fwalk(tree):
        within = base[len(tree) + 1:] + b"/" if base != tree else b""
        for leaf in dirs + files:
            out[within + leaf] = _item(b"/proc/self/fd/%d/%s" % (fd, leaf))
    links = {}
    for name in sorted(out):
        if "first link" in out[name]:
            out[name]["first link"] = links.setdefault(out[name]["first link"], name)
    return out


def differences(a, b):
    """What differs between two listings, as lines."""
    out = []
    for name in sorted(a.keys() | b.keys()):
        if name not in a or name not in b:
            out.append(f"{name[:80]!r}: only in {'the first' if name in a else 'the second'}")
            continue
        out += [f"{name[:80]!r}: {key} {a[name].get(key)!r} became {b[name].get(key)!r}"
                for key in a[name] if a[name].get(key) != b[name].get(key)]
    return out


def allocated(tree):
    """Bytes that the files below `tree` really take."""
    return sum(os.lstat(os.path.join(base, n)).st_blocks * 512
               for base, _, files in os.walk(tree) for n in files)
