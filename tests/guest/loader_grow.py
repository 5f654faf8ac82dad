# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Trees out of a seed: whatever a tmpfs can hold, in names, kinds, owners, times and attributes."""
import os
import random
import stat
import struct

LARGEST_ID = (1 << 32) - 2
TIMES = [0, 1, -2, -86400 * 365 * 40, (1 << 31) - 1, 1 << 31, (1 << 32) + 1, 1 << 36, 1_600_000_000]
SIZES = [0, 1, 511, 512, 513, 4095, 4096, 4097, 9000, 70000]
NAMESPACES = [b"user.", b"trusted.", b"security."]


def _bytes(r, n):
    """Of a name: all but '/' and NUL."""
    return bytes(r.choice(b"\n\t %=\\-.*\x1b\x7f\x80\xe9\xff" + bytes(range(97, 123)))
                 for _ in range(n))


def name(r):
    return r.choice([
        lambda: b"f%d" % r.randrange(1 << 20),
        lambda: b"\n" + _bytes(r, r.randrange(1, 12)),
        lambda: b"%d-" % r.randrange(1 << 20) + bytes(r.randrange(128, 256) for _ in range(5)),
        lambda: (_bytes(r, 8) + b"n" * 255)[:255],
        lambda: f"\u00fc-\u65e5-\U0001f40f-{r.randrange(1 << 20)}".encode(),
        lambda: b"-" + _bytes(r, r.randrange(1, 30)),
        lambda: b"n" * r.randrange(90, 110) + _bytes(r, 4),   # around what a ustar header holds
    ])()


def acl(r, default):
    """An ACL in the kernel's form, uapi/linux/posix_acl_xattr.h: sorted, with a mask."""
    def named(tag):
        return [(tag, r.randrange(8), i)
                for i in sorted({r.randrange(1 << 31) for _ in range(r.randrange(3))})]
    lines = [(1, r.randrange(8), 0xffffffff), *named(2), (4, r.randrange(8), 0xffffffff), *named(8),
             (16, r.randrange(8), 0xffffffff), (32, r.randrange(8), 0xffffffff)]
    kind = "system.posix_acl_" + ("default" if default else "access")
    return kind, struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *line) for line in lines)


def capability(r):
    """VFS_CAP_REVISION_2, uapi/linux/capability.h."""
    return struct.pack("<IIIII", 0x02000000 | r.randrange(2), r.getrandbits(32), 0,
                       r.getrandbits(8), 0)


def set_xattr(path, key, value):
    """@return whether this kernel's tmpfs takes it; user attributes it does not before Linux 6.6."""
    try:
        os.setxattr(path, key, value, follow_symlinks=False)
        return True
    except OSError:
        if key.startswith(b"user."):
            return False
        raise


def write(r, path):
    """Data, and holes of all lengths between them."""
    size = r.choice(SIZES)
    with open(path, "xb") as f:
        f.write(r.randbytes(size))
        for _ in range(r.choice([0, 0, 0, 1, 5])):
            f.seek(r.choice([1, 4096, 65536, 1 << 20, r.randrange(1 << 22)]), os.SEEK_CUR)
            f.write(r.randbytes(r.choice(SIZES)))
        if r.random() < 0.2:
            f.truncate(f.tell() + r.randrange(1 << 21))


def _make(r, path, files):
    """Something that is not a directory; a further name of an earlier file sometimes."""
    kind = r.choice(["file"] * 5 + ["link"] * 3 + ["symlink"] * 2 + ["fifo", "char", "block"])
    if kind == "link" and files:
        os.link(r.choice(files), path, follow_symlinks=False)
    elif kind == "symlink":
        os.symlink(name(r) * r.choice([1, 1, 10]), path)
        files.append(path)
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind in ("char", "block"):
        os.mknod(path, stat.S_IFCHR if kind == "char" else stat.S_IFBLK,
                 os.makedev(r.randrange(4096), r.choice([r.randrange(256), r.randrange(1 << 18)])))
    else:
        write(r, path)
        files.append(path)


def dress(r, path):
    """Owner, mode, attributes: in the order in which none takes another away."""
    kind = os.lstat(path).st_mode
    ids = [0, 1, 65534, r.randrange(LARGEST_ID), LARGEST_ID]
    os.lchown(path, r.choice(ids), r.choice(ids))
    if stat.S_ISLNK(kind):
        if r.random() < 0.2:
            set_xattr(path, b"trusted.of-a-link", b"l")
        return
    os.chmod(path, r.choice([0o644, 0o755, r.randrange(0o10000)]))
    for _ in range(r.choice([0, 0, 0, 1, 4])):
        space = r.choice(NAMESPACES if stat.S_ISREG(kind) or stat.S_ISDIR(kind) else NAMESPACES[1:])
        set_xattr(path, space + _bytes(r, r.randrange(1, 40)), r.randbytes(r.choice([0, 1, 40, 3000])))
    if stat.S_ISREG(kind) and r.random() < 0.1:
        set_xattr(path, b"security.capability", capability(r))
    if r.random() < 0.2:
        os.setxattr(path, *acl(r, False))
    if stat.S_ISDIR(kind) and r.random() < 0.3:
        os.setxattr(path, *acl(r, True))


def age(r, path):
    os.utime(path, ns=(1, r.choice(TIMES) * 10**9 + r.choice([0, 1, r.randrange(10**9)])),
             follow_symlinks=False)


def grow(tree, seed, members=25):
    """Fill the empty directory `tree`, which lies on a tmpfs."""
    r = random.Random(seed)
    tree = os.fsencode(tree)
    dirs, files, paths = [tree], [], []
    while len(paths) < members:
        path = r.choice(dirs) + b"/" + name(r)
        # Below PATH_MAX with the ten and more letters of any scratch directory in front.
        if os.path.lexists(path) or len(path) > 3500:
            continue
        paths.append(path)
        if r.random() < 0.25:
            os.mkdir(path)
            dirs.append(path)
        else:
            _make(r, path, files)
    for path in [tree, *paths]:
        dress(r, path)
    for path in [tree, *paths]:
        age(r, path)


def _crowd(r, at):
    """Sixty thousand files in one directory."""
    for i in range(60000):
        os.close(os.open(at + b"/%05d" % i, os.O_CREAT | os.O_WRONLY, 0o644))
    write(r, at + b"/last")


def _below(fd, part):
    """Down into the directory `part`, made if need be; `fd` is used up."""
    try:
        os.mkdir(part, dir_fd=fd)
    except FileExistsError:
        pass
    below = os.open(part, os.O_PATH, dir_fd=fd)
    os.close(fd)
    return below


def _long_paths(r, at):
    """Around PATH_MAX (4096) and far above, as tar writes them: "./" and the whole path in front."""
    for length in (4093, 4094, 4095, 4096, 4097, 9000):
        left = length - len(b"./long-paths/")
        fd = os.open(at, os.O_PATH)
        while left > 260:
            # The longest name, but one byte less for each of the lengths, which may not meet.
            fd = _below(fd, b"%04d\xff" % length + b"d" * 250)
            left -= 256
        here = b"/proc/self/fd/%d/" % fd
        write(r, here + b"f" * left)
        os.truncate(here + b"f" * left, 1 << 23)
        os.link(here + b"f" * left, at + b"/link-%d" % length)
        os.link(at + b"/link-%d" % length, here + b"l" * left)
        os.symlink(b"t" * 4095, here + b"s" * left)
        dress(r, here + b"f" * left)
        age(r, here + b"f" * left)
        os.close(fd)


def _deep(r, at):
    """Two thousand directories, each in the one before; as many as there is room for below PATH_MAX."""
    fd = os.open(at, os.O_PATH)
    for _ in range(2000):
        fd = _below(fd, b"d")
    write(r, b"/proc/self/fd/%d/file" % fd)
    os.close(fd)


def _attributes(r, at):
    """A hundred of each kind on one file, one that is 60,000 bytes long, ACLs with many lines."""
    write(r, at + b"/hundred")
    for space in NAMESPACES:
        for i in range(100):
            set_xattr(at + b"/hundred", space + b"%d." % i + _bytes(r, i), r.randbytes(i * 7 % 300))
    write(r, at + b"/large")
    set_xattr(at + b"/large", b"trusted." + b"n" * 240, r.randbytes(60000))
    for i in range(50):
        os.mkdir(at + b"/acl-%d" % i)
        os.setxattr(at + b"/acl-%d" % i, *acl(r, True))
        os.setxattr(at + b"/acl-%d" % i, *acl(r, False))
        write(r, at + b"/acl-%d/capable" % i)
        set_xattr(at + b"/acl-%d/capable" % i, b"security.capability", capability(r))


def _web(r, at):
    """A thousand names for thirty files, in directories that come before and after each other."""
    for i in range(20):
        os.mkdir(at + b"/%02d" % i)
    for i in range(30):
        write(r, at + b"/%02d/first-%d" % (r.randrange(20), i))
    names = [os.path.join(d, n) for d, _, files in os.walk(at) for n in sorted(files)]
    names.sort()
    for i in range(1000):
        path = at + b"/%02d/%d" % (r.randrange(20), i)
        os.link(r.choice(names), path)
        names.append(path)


def _sparse(r, at):
    """Ten gigabytes, of which a few kilobytes are there: at the edges of pages and in between."""
    with open(at + b"/ten-gigabytes", "xb") as f:
        for offset in (0, 4095, 1 << 20, (1 << 31) - 1, 1 << 32, (5 << 30) + 123, (10 << 30) - 1):
            f.seek(offset)
            f.write(r.randbytes(min(5000, (10 << 30) - offset)))
    with open(at + b"/nothing-at-all", "xb") as f:
        f.truncate(10 << 30)
    with open(at + b"/every-second-page", "xb") as f:
        for i in range(2000):
            f.seek(i * 8192)
            f.write(r.randbytes(4096))


def _times(_, at):
    """Each of TIMES with and without nanoseconds, on all that has a time."""
    for i, (second, ns) in enumerate((s, n) for s in TIMES for n in (0, 1, 999_999_999)):
        os.mkdir(at + b"/d%d" % i)
        os.symlink(b"nowhere", at + b"/s%d" % i)
        os.mknod(at + b"/n%d" % i)
        for kind in b"dsn":
            os.utime(at + b"/%c%d" % (kind, i), ns=(5, second * 10**9 + ns), follow_symlinks=False)


def edges(tree, seed):
    """Fill the empty directory `tree`, which lies on a tmpfs, with what is at an edge of something."""
    r = random.Random(seed)
    parts = (_crowd, _long_paths, _deep, _attributes, _web, _sparse, _times)
    for part in parts:
        at = os.path.join(os.fsencode(tree), part.__name__.strip("_").replace("_", "-").encode())
        os.mkdir(at)
        part(r, at)
        dress(r, at)
        age(r, at)
