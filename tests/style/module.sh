#!/bin/sh
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# module.sh NM PROGRAM MODULE: the program does without libguestfs, which the appliance's module alone needs; the module
# shows its table and nothing else, all that it takes of ours is the program's, and it is hardened as the program is.
set -u
nm=$1 program=$2 module=$3
status=0
complain() {
	echo "$*"
	status=1
}
needed() {
	readelf -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
}

needed "$program" | grep -q libguestfs && complain "$program needs libguestfs"
needed "$module" | grep -q '^libguestfs\.so\.' || complain "$module does not need libguestfs: is this the module?"
# Those are on every Debian, or small; what is not in the list wants a look at what it brings along.
for library in $(needed "$program"); do
	case $library in
	libnbd.so.* | libblkid.so.* | libext2fs.so.* | libcom_err.so.* | libsquashfs.so.* | libzstd.so.* | libisal.so.* | \
		libarchive.so.* | libnettle.so.* | libjansson.so.* | libseccomp.so.* | libconfig.so.* | libc.so.* | \
		liblz4.so.* | libxxhash.so.* | libm.so.* | ld-linux*) ;;
	*) complain "$program needs $library, which is in no list" ;;
	esac
done

shown=$("$nm" -D --defined-only "$module" | awk '{ print $3 }')
[ "$shown" = ramimg_appliance ] || complain "$module shows: $shown"
exported=$("$nm" -D --defined-only "$program" | awk '{ print $3 }')
[ "$(echo "$exported" | grep -c '^ri_')" -gt 100 ] || complain "$program exports hardly anything"
for symbol in $("$nm" -D --undefined-only "$module" | awk '$2 ~ /^ri_/ { print $2 }'); do
	echo "$exported" | grep -qx "$symbol" || complain "$module needs $symbol, which $program does not export"
done

readelf -dW "$module" | grep -q 'NOW' || complain "$module: symbols are bound lazily"
readelf -dW "$module" | grep -qE 'RPATH|RUNPATH|TEXTREL' && complain "$module: a path of its own, or text that is relocated"
segments=$(readelf -lW "$module")
echo "$segments" | grep -q GNU_RELRO || complain "$module: no RELRO"
echo "$segments" | grep GNU_STACK | grep -q 'RW ' || complain "$module: the stack is executable"
echo "$segments" | grep -E '^ *LOAD' | grep -q 'RWE' && complain "$module: a segment is writable and executable"
exit $status
