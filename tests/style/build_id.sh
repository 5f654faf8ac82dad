#!/bin/sh
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# build_id.sh SOURCE CMAKE: another version of the same sources, and another source, have an id of their own; what is the same
# has the same. With the generator of make, which is the default.
set -eu
command -v make >/dev/null || exit 77
source=$1 cmake=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/builder"
echo 'int one;' >"$work/builder/one.c"
cat >"$work/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.25)
project(tree VERSION \${OF} LANGUAGES NONE)
add_library(ri_flags INTERFACE)
include("$source/cmake/Module.cmake")
END
id() {
	"$cmake" -G "Unix Makefiles" -S "$work" -B "$work/out" -D OF="$1" >/dev/null
	"$cmake" --build "$work/out" --target ri_build_id >/dev/null
	sed -n 's/^#define RI_BUILD_ID "\(.*\)"$/\1/p' "$work/out/builder/include/ramimg-build-id.h"
}
fail() {
	echo "$*"
	exit 1
}

first=$(id 1.2.3)
case $first in
1.2.3-????????????????) ;;
*) fail "the id is \"$first\"" ;;
esac
[ "$(id 1.2.3)" = "$first" ] || fail "the same has another id"
[ "$(id 1.2.4)" = "1.2.4-${first#*-}" ] || fail "another version has the id $(id 1.2.4)"
echo 'int two;' >"$work/builder/one.c"
other=$(id 1.2.4)
[ "${other#*-}" != "${first#*-}" ] || fail "another source has the same id"
