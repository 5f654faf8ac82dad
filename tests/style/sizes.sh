#!/bin/sh
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# sizes.sh TREE: no function of more than 50 lines, of tests (whose tables count) 60; a file of more than 600 says why in its first comment,
# in a sentence that begins with "So long because".
set -eu
cd "$1"
command -v ctags >/dev/null || { echo "skipped: ctags (universal-ctags) is not installed"; exit 77; }
status=0

files=$(find builder tests -name '*.[ch]' | LC_ALL=C sort)
functions=$(echo "$files" | ctags -L - -x --_xformat='%{end} %n %F:%n: %N' --kinds-C=f)
[ "$(echo "$functions" | wc -l)" -gt 100 ] || { echo "hardly a function seen: is this the source tree?"; exit 1; }
echo "$functions" | awk '
	{ limit = $3 ~ /^tests/ ? 60 : 50 }
	$1 - $2 + 1 > limit { print $3 " " $4 " has " $1 - $2 + 1 " lines; " limit " are the limit"; bad = 1 }
	END { exit bad }' || status=1
echo "$files" | xargs awk '
	{ n[FILENAME]++ }
	FNR <= 30 && /So long because/ { reason[FILENAME] = 1 }
	END {
		for (f in n)
			if (n[f] > 600 && !reason[f]) {
				print f ": " n[f] " lines; above 600 its first comment says why"
				bad = 1
			}
		exit bad
	}' || status=1
exit $status
