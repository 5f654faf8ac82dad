#!/bin/sh
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# settings.sh TREE RAMIMG: the package's /etc/ramimg/ramimg.conf has every setting of configs/ramimg.conf, sets none, and
# the program takes it; with one of its settings no longer a comment, that counts.
set -eu
tree=$1 ramimg=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
full=$tree/configs/ramimg.conf
made=$scratch/ramimg.conf
sh "$tree/cmake/debian/settings" "$full" >"$made"

[ "$(grep -c '^	[a-z_0-9]* = ' "$full")" -gt 20 ] || { echo "hardly a setting seen in $full"; exit 1; }
grep -E '^[^#]*=' "$made" && { echo "is set"; exit 1; }
sed -E 's/^\t#([a-z_0-9]+ = )/\t\1/' "$made" | diff "$full" - || { echo "more or less than comments was changed"; exit 1; }
# takes FILE STATUS: what is wrong with a configuration is status 2, a file that is not there 5.
takes() {
	rc=0
	"$ramimg" --config "$1" inspect "$scratch/none.raw" 2>"$scratch/said" || rc=$?
	[ "$rc" = "$2" ] || { echo "$1: status $rc, not $2:"; cat "$scratch/said"; exit 1; }
}
takes "$made" 5
sed 's/^	#gzip_level = .*/	gzip_level = 2;/' "$made" >"$scratch/one.conf"
takes "$scratch/one.conf" 5
sed 's/^	#gzip_level = .*/	gzip_level = 99;/' "$made" >"$scratch/wrong.conf"
takes "$scratch/wrong.conf" 2
