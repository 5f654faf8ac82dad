#!/bin/sh
# sizes.sh TREE: no function of more than 60 lines, no file of more than 400.
set -eu
cd "$1"
command -v ctags >/dev/null || { echo "skipped: ctags (universal-ctags) is not installed"; exit 77; }
status=0

files=$(find builder tests -name '*.[ch]' | LC_ALL=C sort)
functions=$(echo "$files" | ctags -L - -x --_xformat='%{end} %n %F:%n: %N' --kinds-C=f)
[ "$(echo "$functions" | wc -l)" -gt 100 ] || { echo "hardly a function seen: is this the source tree?"; exit 1; }
echo "$functions" | awk '
	$1 - $2 + 1 > 60 { print $3 " " $4 " has " $1 - $2 + 1 " lines; 60 are the limit"; bad = 1 }
	END { exit bad }' || status=1
echo "$files" | xargs awk '
	{ n[FILENAME]++ }
	END {
		for (f in n)
			if (n[f] > 400) {
				print f ": " n[f] " lines; 400 are the limit"
				bad = 1
			}
		exit bad
	}' || status=1
exit $status
