# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""List a tree: for each path all that an archive of it must carry, as JSON lines.

Runs on the host over the mounted disk and in the guest over its root, with nothing but Python:
    python3 listing.py ROOT OUTPUT.gz
Other file systems than ROOT's are not entered, nor is what is mounted told. A directory's size, which belongs to the file
system, is not told. Names may be any bytes: JSON gets them with surrogate escapes.
"""

import gzip
import hashlib
import json
import os
import stat
import sys


def digest(path):
    result = hashlib.sha256()
    with open(path, "rb", buffering=0) as data:
        while block := data.read(1 << 20):
            result.update(block)
    return result.hexdigest()


def describe(path, st):
    kind = stat.S_IFMT(st.st_mode)
    entry = {"mode": oct(st.st_mode), "uid": st.st_uid, "gid": st.st_gid, "mtime": st.st_mtime_ns}
    if kind == stat.S_IFREG:
        entry["size"] = st.st_size
        entry["sha256"] = digest(path)
    if kind == stat.S_IFLNK:
        entry["target"] = os.readlink(path)
    if kind in (stat.S_IFCHR, stat.S_IFBLK):
        entry["device"] = [os.major(st.st_rdev), os.minor(st.st_rdev)]
    if kind != stat.S_IFDIR:
        entry["links"] = st.st_nlink
    xattrs = {name: os.getxattr(path, name, follow_symlinks=False).hex()
              for name in os.listxattr(path, follow_symlinks=False)}
    if xattrs:
        entry["xattrs"] = xattrs
    return entry


def walk(root, out):
    device = os.lstat(root + "/").st_dev
    first_name = {}     # of hard-linked files, by inode number
    pending = ["/"]
    while pending:
        name = pending.pop()
        path = root + name
        st = os.lstat(path)
        entry = describe(path, st)
        if not stat.S_ISDIR(st.st_mode) and st.st_nlink > 1:
            entry["same_as"] = first_name.setdefault(st.st_ino, name)
        if st.st_dev != device:
            continue
        out.write(json.dumps([name, entry], sort_keys=True) + "\n")
        if stat.S_ISDIR(st.st_mode):
            base = name.rstrip("/") + "/"
            pending += [base + leaf for leaf in sorted(os.listdir(path), reverse=True)]


if __name__ == "__main__":
    with gzip.open(sys.argv[2], "wt", compresslevel=1) as output:
        walk(sys.argv[1].rstrip("/"), output)
