#!/bin/sh
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# cache.sh TREE: fixtures/cache.sh keeps what was made, and nothing of what failed midway.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export RAMIMG_CACHE="$scratch/cache"
. "$1/tests/fixtures/cache.sh"
half='echo half >"$2"; exit 3'
whole='echo whole >"$2"; echo made >>"$0"'
fail() {
	echo "$*"
	ls -R "$scratch"
	exit 1
}

if path=$(fx_cached thing.1 sh -c "$half" "$scratch/made" 2>"$scratch/said"); then
	fail "a maker that fails succeeds, with $path"
fi
grep -q "making thing.1 failed" "$scratch/said" || fail "it is not said which failed"
[ ! -e "$scratch/cache/thing.1" ] || fail "half of it is in the cache"
[ ! -e "$scratch/cache/work.thing.1" ] || fail "its work is left"
for time in first second; do
	path=$(fx_cached thing.1 sh -c "$whole" "$scratch/made")
	[ "$(cat "$path")" = whole ] || fail "the $time time: $path"
done
[ "$(cat "$scratch/made")" = made ] || fail "it is made twice"

# A key is of all that it is asked for, or there is none.
echo one >"$scratch/one"
echo two >"$scratch/two"
mkdir "$scratch/three"
key=$(fx_key "$scratch/one" "$scratch/two")
[ ${#key} = 16 ] && [ "$key" = "$(fx_key "$scratch/one" "$scratch/two")" ] || fail "the key is '$key'"
echo three >"$scratch/two"
[ "$key" != "$(fx_key "$scratch/one" "$scratch/two")" ] || fail "another content has the same key"
for missing in three four; do
	if key=$(fx_key "$scratch/one" "$scratch/$missing" 2>"$scratch/said"); then
		fail "'$key' is the key of $missing, which is no file"
	fi
	grep -q "/$missing:" "$scratch/said" || fail "it is not said that it is $missing: $(cat "$scratch/said")"
	[ -z "$key" ] || fail "a key that failed is '$key'"
done
for name in "thing.$key" "thing.$key.more" "thing.$key+more"; do
	! fx_cached "$name" sh -c "$whole" "$scratch/made" 2>"$scratch/said" || fail "$name is made, which has no key"
	grep -q "$name has no key" "$scratch/said" || fail "it is not said that $name has no key: $(cat "$scratch/said")"
done
