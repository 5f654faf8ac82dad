#!/bin/sh
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# pure.sh NM BASE.a LIB.a...: the folders marked PURE take memory and give memory, and nothing below
# reaches up. Proven by the symbols that their libraries leave to others.
set -eu
nm=$1 base=$2
shift
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# What all may call: memory, strings, formatting into memory. (bcmp and isxxx are what compilers
# make of memcmp and <ctype.h>; __x_chk what fortified builds make of x.)
pure='mem[a-z]+|str[a-z]+|bcmp|is[a-z]+|__ctype_[a-z]+_loc|to(lower|upper)'
pure="$pure|malloc|calloc|realloc|reallocarray|free|qsort|bsearch|fnmatch|v?snprintf|v?asprintf"
pure="$pure|__stack_chk_fail|__assert_fail|__(mem|str|vsn|sn|vas|as)[a-z]*_chk|__isoc[0-9]+_strto[a-z]+"
# Entries of libarchive are memory too; format/ knows their ACLs and attributes.
entries='archive_entry_(acl|xattr)_[a-z_]+'
# The base also keeps what is one for the whole program: errno, the log's lock, signals.
whole='__errno_location|pthread_mutex_(lock|unlock)|pthread_sigmask|sched_yield|sigaction|sigemptyset'
whole="$whole|sigfillset|sigaddset|signal"
# Named by mem*/str* above, but not pure.
never='strerror|strsignal|strtok|strcoll|strxfrm|strftime|memfd_create'

undefined() {
	"$nm" -u "$1" | awk '$1 == "U" { print $2 }' | sort -u
}
defined() {
	"$nm" --defined-only "$@" | awk 'NF == 3 { print $3 }' | sort -u
}
# foreign NAME LIB ALLOWED OWN-LIBS...: what LIB calls beyond ALLOWED and what OWN-LIBS define.
foreign() {
	name=$1 lib=$2 allowed=$3
	shift 3
	defined "$@" >"$tmp/own"
	undefined "$lib" | comm -23 - "$tmp/own" | grep -vxE "$allowed" >"$tmp/bad" || true
	[ -s "$tmp/bad" ] || return 0
	echo "$name calls what it may not:"
	sed 's/^/  /' "$tmp/bad"
	"$nm" -A -u "$lib" | grep -wFf "$tmp/bad" | sed 's/^/    /'
	status=1
}

status=0
for lib in "$@"; do
	name=$(basename "$lib" .a)
	[ "$(undefined "$lib" | wc -l)" -gt 5 ] || { echo "$lib: no symbols to look at"; exit 1; }
	case $name in
	*ri_base) foreign "$name" "$lib" "$pure|$whole|strerror|strsignal" "$base" ;;
	*ri_format) foreign "$name" "$lib" "$pure|$entries" "$@" ;;
	*) foreign "$name" "$lib" "$pure" "$@" ;;
	esac
	# The few names of the first list that are not pure.
	case $name in *ri_base) continue ;; esac
	if undefined "$lib" | grep -xE "$never"; then
		echo "$name calls what it may not (above)"
		status=1
	fi
done
exit $status
