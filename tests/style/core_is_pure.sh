#!/bin/sh
# core_is_pure.sh NM CORE.a BASE.a: the core takes memory and gives memory, and nothing below reaches
# up. Proven by the symbols that the two libraries leave to others.
set -eu
nm=$1 core=$2 base=$3
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# What both may call: memory, strings, formatting into memory. (bcmp and isxxx are what compilers
# make of memcmp and <ctype.h>; __x_chk what fortified builds make of x.)
pure='mem[a-z]+|str[a-z]+|bcmp|is[a-z]+|__ctype_[a-z]+_loc|to(lower|upper)'
pure="$pure|malloc|calloc|realloc|reallocarray|free|qsort|bsearch|fnmatch|v?snprintf|v?asprintf"
pure="$pure|__stack_chk_fail|__assert_fail|__(mem|str|vsn|sn|vas|as)[a-z]*_chk|__isoc[0-9]+_strto[a-z]+"
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
[ "$(undefined "$core" | wc -l)" -gt 10 ] || { echo "$core: no symbols to look at"; exit 1; }
[ "$(undefined "$base" | wc -l)" -gt 5 ] || { echo "$base: no symbols to look at"; exit 1; }
foreign ri_core "$core" "$pure" "$core" "$base"
foreign ri_base "$base" "$pure|$whole|strerror|strsignal" "$base"
# The few names of the first list that are not pure.
if undefined "$core" | grep -xE "$never"; then
	echo "ri_core calls what it may not (above)"
	status=1
fi
exit $status
