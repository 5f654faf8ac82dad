#!/bin/sh
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# odd.sh ROOT: files that are easily lost on the way, into ROOT/opt/odd. Runs in libguestfs's appliance, as root, on
# whatever file system is mounted there.
set -eu
mkdir "$1/opt/odd"
cd "$1/opt/odd"

# Holes: at the beginning, in the middle, at the end; nothing but one; none.
truncate -s 5M holes
printf 'in the middle' | dd of=holes bs=1 seek=2500000 conv=notrunc status=none
truncate -s 3M hole
dd if=/dev/zero of=zeros bs=65536 count=16 status=none
: >empty

# Owners, times, permissions.
for file in owner old late exact bits immutable plain; do
	echo "$file" >$file
done
chown 4294967294:3000000000 owner
touch -d '1901-12-14 01:02:03.25' old
touch -d '2400-02-29 12:00:00.999999999' late
touch -d '2020-01-01 00:00:00.000000001' exact
chmod 7751 bits

# Names and links.
long=$(printf '%0255d' 7)
mkdir -p "$long/$long/$long"
echo deep >"$long/$long/$long/file"
ln "$long/$long/$long/file" again
ln plain plain-too
ln plain .plain
ln -s "$long/$long/$long/$long" far
ln far far-too
printf 'x' >"$(printf 'latin-\351')"
printf 'y' >"$(printf 'line\nfeed \\ back * [a] ?')"
mknod char c 5 1
mknod block b 259 70000
mknod whiteout c 0 0 # of overlayfs: this name is not there
mkfifo fifo

# What is left out, by a name that a shell or a pattern may take for something else.
mkdir "it's [not] \$HOME"
echo here >"it's [not] \$HOME/file"
chattr +i immutable
