# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Make archives and manifests as ramimg does, with other means: GNU tar, zlib, the programs zstd and lz4."""
import hashlib
import os
import struct
import subprocess
import zlib

BUILD_ID = "0123456789abcdef0123456789abcdef"
PIECE = 1 << 20


def xxh64(data):
    """As the initrd has it for each MiB of an image."""
    said = subprocess.run(["xxhsum", "-H1", "-"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return bytes.fromhex(said.split()[0].decode())


def loader_bytes(limit=64 << 20):
    """What unpacking takes with this machine's CPUs, where the manifest allows so much (docs/loader.md)."""
    fixed, unit = 24 << 20, (2 << 20) + (64 << 10)
    threads = max(2, len(os.sched_getaffinity(0)))
    return fixed + unit * max(2, min(2 * threads + 4, (limit - fixed) // unit))


def tar_header(name, size, typeflag):
    h = bytearray(512)
    h[0:len(name)] = name
    h[100:108] = b"0000644\0"
    h[108:116] = h[116:124] = b"0000000\0"
    h[124:136] = b"%011o\0" % size
    h[136:148] = b"00000000000\0"
    h[148:156] = b"        "
    h[156:157] = typeflag
    h[257:265] = b"ustar\00000"
    h[148:156] = b"%06o\0 " % sum(h)
    return bytes(h)


def pad(data, unit=512):
    return data + bytes(-len(data) % unit)


def pax_record(key, value):
    body = b" " + key + b"=" + value + b"\n"
    n = len(body)
    while len(str(n).encode()) + len(body) != n:
        n = len(str(n).encode()) + len(body)
    return str(n).encode() + body


def member(name, kind=b"0", data=b"", link=b"", mode=0o644, size=None, pax=None):
    """One tar member, names as raw bytes, with a pax header in front where `pax` has records."""
    h = bytearray(tar_header(name[:100], len(data) if size is None else size, kind))
    h[100:108] = b"%07o\0" % mode
    h[157:157 + len(link)] = link
    h[148:156] = b"        "
    h[148:156] = b"%06o\0 " % sum(h)
    out = b""
    if pax:
        records = b"".join(pax_record(k, v) for k, v in pax)
        out = tar_header(b"PaxHeaders/x", len(records), b"x") + pad(records)
    return out + bytes(h) + pad(data)


def identity(build_id=BUILD_ID):
    """The pax global header that every archive of ramimg ends with, behind the tar's end mark."""
    record = pax_record(b"comment", b"ramimg build " + build_id.encode())
    return tar_header(b"pax_global_header", len(record), b"g") + pad(record)


def tar_tree(tree, *extra):
    """The tar stream of everything below `tree`, by GNU tar."""
    return subprocess.run(
        ["tar", "--create", "--format=posix", "--xattrs", "--xattrs-include=*",
         "--xattrs-exclude=system.*", "--acls", "--sparse", "--numeric-owner", "--sort=name",
         *extra, "-C", tree, "."],
        stdout=subprocess.PIPE, check=True).stdout


def gzip_framed(rest):
    """The member with that deflate data and trailer: its length and its XXH64 are in the subfield RI (docs/format.md)."""
    said = subprocess.run(["xxhsum", "-H1"], input=rest, stdout=subprocess.PIPE, check=True).stdout
    return (b"\x1f\x8b\x08\x04\0\0\0\0\0\xff" +
            struct.pack("<H2sHIQ", 16, b"RI", 12, 28 + len(rest), int(said.split()[0], 16)) + rest)


def gzip_member(data, level=6):
    c = zlib.compressobj(level, zlib.DEFLATED, -15)
    body = c.compress(data) + c.flush()
    return gzip_framed(body + struct.pack("<II", zlib.crc32(data), len(data) & 0xffffffff))


def zstd_frame(data):
    # The size in the frame's header, as ramimg's writer has it.
    return subprocess.run(["zstd", "--check", "-1", "-q", "-c", f"--stream-size={len(data)}"],
                          input=data, stdout=subprocess.PIPE, check=True).stdout


def gzip_stored(data):
    """A member as above with one stored block, RFC 1951, 3.2.4."""
    return gzip_framed(struct.pack("<BHH", 1, len(data), 0xffff ^ len(data)) + data +
                       struct.pack("<II", zlib.crc32(data), len(data)))


def zstd_stored(data):
    """A frame with one raw block, RFC 8878, 3.1.1.2; of the checksum zstd is asked."""
    return (b"\x28\xb5\x2f\xfd\x64" + struct.pack("<H", len(data) - 256) +
            struct.pack("<I", len(data) << 3 | 1)[:3] + data + zstd_frame(data)[-4:])


def xxh32(data):
    said = subprocess.run(["xxhsum", "-H0", "-"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return bytes.fromhex(said.split()[0].decode())[::-1]


def lz4_framed(data, block, stored=False):
    """A frame with content size and checksum, and one block (LZ4 Frame Format Description), behind a skippable one."""
    descriptor = struct.pack("<BBQ", 0x6c, 0x60, len(data))
    frame = (b"\x04\x22\x4d\x18" + descriptor + xxh32(descriptor)[1:2] +
             struct.pack("<I", len(block) | stored << 31) + block + bytes(4) + xxh32(data))
    return (b"\x50\x2a\x4d\x18" + struct.pack("<I", 16) + b"RI\0\0" + struct.pack("<I", len(frame)) +
            xxh64(frame)[::-1] + frame)


def lz4_frame(data):
    """The program names the least block size that does; where a block would grow, it takes the data as they are."""
    made = subprocess.run(["lz4", "-q", "-B6", "-BI", "--no-frame-crc", "-c"],
                          input=data, stdout=subprocess.PIPE, check=True).stdout
    size, = struct.unpack_from("<I", made, 7)
    end = 11 + (size & 0x7fffffff)
    assert made[end:] == bytes(4), "one block"
    return lz4_framed(data, made[11:end], size >> 31)


def lz4_stored(data):
    return lz4_framed(data, data, True)


def compress(tar, compression, piece=PIECE):
    """A tar stream in pieces; the identity, where it ends with one, in a piece of its own, not compressed."""
    one, stored = {"gzip": (gzip_member, gzip_stored), "zstd": (zstd_frame, zstd_stored),
                   "lz4": (lz4_frame, lz4_stored)}[compression]
    end = len(tar) - 1024 if tar[-1024:].startswith(b"pax_global_header\0") else len(tar)
    pieces = [one(tar[i:min(i + piece, end)]) for i in range(0, end, piece)]
    return b"".join(pieces) + (stored(tar[end:]) if end < len(tar) else b"")


def count_entries(tar):
    """Members of a tar stream, by walking its headers: no g, x, L, K."""
    at = entries = 0
    override = None
    while at + 512 <= len(tar) and tar[at:at + 512] != bytes(512):
        typeflag = tar[at + 156:at + 157]
        field = tar[at + 124:at + 136]
        size = int.from_bytes(field[1:], "big") if field[0] & 0x80 else int(
            field.rstrip(b"\0 ") or b"0", 8)
        if typeflag == b"x":
            body = tar[at + 512:at + 512 + size]
            override = next((int(r.split(b"=", 1)[1]) for r in records(body)
                             if r.startswith(b"size=")), None)
        elif typeflag not in (b"g", b"L", b"K"):
            entries += 1
            if override is not None:
                size = override
            override = None
        at += 512 + size + -size % 512
    return entries


def records(body):
    while body:
        n = int(body.split(b" ", 1)[0])
        yield body[:n - 1].split(b" ", 1)[1]
        body = body[n:]


def with_end(data, compression):
    """Damaged `data` with a good end, which the loader looks at first."""
    return data + compress(identity(), compression)


class Archive:
    """An archive file with the manifest that fits it; every figure may be overridden."""

    def __init__(self, directory, tar, compression, data=None, **fields):
        suffix = {"gzip": "gz", "zstd": "zst", "lz4": "lz4"}[compression]
        self.path = os.path.join(directory, "ram.tar." + suffix)
        self.manifest = os.path.join(directory, "manifest")
        data = compress(tar, compression) if data is None else data
        with open(self.path, "wb") as f:
            f.write(data)
        self.tar, self.data = tar, data
        self.fields = {
            "build_id": BUILD_ID, "archive": "/boot/ram.tar." + suffix,
            "archive_fs": "00000000-0000-4000-8000-000000000001", "archive_on_root": "yes",
            "compression": compression, "archive_bytes": len(data),
            "archive_sha256": hashlib.sha256(data).hexdigest(), "tar_bytes": len(tar),
            "entries": count_entries(tar), "inodes": count_entries(tar),
            "tmpfs_bytes": len(tar), "tmpfs_size": "100%", "reserve_bytes": 1 << 20,
            "release": "no", "kernel": "6.1.0-0", "os": "Test 1",
        }
        self.fields.update(fields)
        self.write_manifest()

    def write_manifest(self):
        with open(self.manifest, "w") as f:
            f.write("format=1\n")
            for key, value in self.fields.items():
                f.write(f"{key}={value}\n")


def squashfs(tree, path, *exclude):
    """What mksquashfs makes of a tree, into a file that is not there yet."""
    subprocess.run(["mksquashfs", tree, path, "-comp", "zstd", "-noappend", "-quiet", "-no-progress",
                    *(("-wildcards", "-e", *exclude) if exclude else ())], check=True, stdout=subprocess.DEVNULL)
    with open(path, "rb") as f:
        return f.read()


class Image:
    """A squashfs with the identity, the hashes and the manifest of the compressed form."""

    def __init__(self, directory, data, identity_of=BUILD_ID, modules=(), **fields):
        self.path = os.path.join(directory, "ram.squashfs")
        self.manifest = os.path.join(directory, "manifest")
        self.hashes = os.path.join(directory, "hashes")
        self.data = pad(data, 4096) + identity(identity_of)
        with open(self.path, "wb") as f:
            f.write(self.data)
        with open(self.hashes, "wb") as f:
            for i in range(0, len(self.data), PIECE):
                f.write(xxh64(self.data[i:i + PIECE]))
        self.fields = {
            "build_id": BUILD_ID, "archive": "/boot/ram.squashfs",
            "archive_fs": "00000000-0000-4000-8000-000000000001", "archive_on_root": "yes",
            "compression": "zstd", "archive_bytes": len(self.data),
            "archive_sha256": hashlib.sha256(self.data).hexdigest(), "tar_bytes": 1 << 20,
            "entries": 17, "inodes": 17, "tmpfs_bytes": len(self.data) + (8 << 20), "tmpfs_size": "50%",
            "reserve_bytes": 1 << 20, "release": "no", "kernel": "6.1.0-0", "os": "Test 1", "form": "compressed",
        }
        self.fields.update(fields)
        with open(self.manifest, "w") as f:
            f.write("format=1\n")
            for key, value in self.fields.items():
                f.write(f"{key}={value}\n")
            for name in modules:
                f.write(f"modules={name}\n")
