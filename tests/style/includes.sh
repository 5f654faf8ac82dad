#!/bin/sh
# includes.sh TREE: includes point one way, cli -> io -> core -> base, and the libraries of others are
# each known to few files.
set -eu
cd "$1"
for layer in base core io cli loader; do
	ls builder/$layer/*.c >/dev/null
done
grep -nE '^[[:space:]]*#[[:space:]]*include' builder/*/*.[ch] | awk '
BEGIN {
	# What a layer may include of ours.
	may["base"] = " base/ "
	may["core"] = " core/ base/ "
	may["io"] = " io/ core/ base/ "
	may["cli"] = " cli/ io/ core/ base/ "
	may["loader"] = " loader/ core/ base/ "
	# Two functions that turn libarchive entries into ACL text are of use on both sides.
	also["builder/loader/meta.c io/source_acl.h"] = 1
	# What of the base is no matter of memory in, memory out.
	no["core base/log.h"] = no["core base/cancel.h"] = 1

	# Headers of others: the files that may include them, as a pattern.
	only["guestfs.h"] = "^builder/io/gfs\\.h$"
	only["io/gfs.h"] = "^builder/io/(appliance|gfs_[a-z]+)\\.c$"
	only["archive.h"] = "^builder/(loader/(tree|tarin|meta)|" \
		"io/(archcheck|initrd_append|initrd_walk|pack|pack_entry|pack_tar|source_acl|" \
		"direct_source|source_tar|source_xattr))\\.c$"
	only["archive_entry.h"] = only["archive.h"]
	only["zstd.h"] = "^builder/(loader/zstd|io/(comp_zstd|unzip))\\.c$"
	only["isa-l/igzip_lib.h"] = "^builder/io/(comp_gzip|unzip)\\.c$"
	only["libdeflate.h"] = "^builder/loader/gzip\\.c$"
	only["zlib.h"] = "^builder/loader/gzip\\.c$"
	only["nettle/sha2.h"] = "^builder/(loader/input|io/digest)\\.[ch]$"
	only["ext2fs/ext2fs.h"] = "^builder/io/extfs_in\\.h$"
	only["ext2fs/ext2_fs.h"] = only["ext2fs/ext2fs.h"]
	only["ext2fs/ext3_extents.h"] = "^builder/io/extfs_map\\.c$"
	only["ext2fs/ext2_ext_attr.h"] = "^builder/io/extfs_ea\\.c$"
	only["io/extfs_in.h"] = "^builder/io/extfs[a-z_]*\\.c$"
	only["blkid/blkid.h"] = "^builder/io/disklayout_probe\\.c$"
	only["libnbd.h"] = "^builder/io/image_nbd\\.c$"
	only["libconfig.h"] = "^builder/io/cfgfile\\.c$"
	only["io/json.h"] = "^builder/io/(imginfo|json|live|peek|pvesh|qmp|qmpread|rammark|report|report_list|report_live|unplug|vmargs)\\.[ch]$"
	only["jansson.h"] = "^builder/io/json\\.h$"

	# What of libc the core and the base may know at all.
	libc = " ctype.h errno.h fnmatch.h inttypes.h limits.h stdarg.h stdbool.h stddef.h stdint.h " \
		"stdio.h stdlib.h string.h strings.h "
	libc_base = libc "pthread.h sched.h signal.h stdatomic.h unistd.h "
}
function complain(what) {
	print file ":" line ": " what
	bad = 1
}
{
	split($0, at, ":")
	file = at[1]
	line = at[2]
	split(file, path, "/")
	layer = path[2]
	header = $0
	quoted = header ~ /include[ \t]*"/
	sub(/^[^"<]*["<]/, "", header)
	sub(/[">].*/, "", header)
	dir = header
	sub(/[^\/]*$/, "", dir)
	seen++

	if (!(layer in may))
		complain("no such layer: " layer)
	if (quoted && index(may[layer], " " dir " ") == 0 && !((file " " header) in also))
		complain("builder/" layer " may not include \"" header "\"")
	if (quoted && (layer " " header) in no)
		complain("builder/" layer " may not include \"" header "\"")
	if (header in only && file !~ only[header])
		complain("<" header "> is for " only[header] " only")
	if (!quoted && layer == "core" && index(libc, " " header " ") == 0)
		complain("the core may not know <" header ">")
	if (!quoted && layer == "base" && index(libc_base, " " header " ") == 0)
		complain("the base may not know <" header ">")
}
END {
	if (seen < 100) {
		print "only " seen " includes seen: is this the source tree?"
		bad = 1
	}
	exit bad
}'
