#!/bin/sh
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# fresh_clone.sh TREE: what a stranger types first needs nothing that a clone does not have. Only the
# files that a clone has are there, and cmake is one that says how it was called and fails.
set -eu
tree=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/bin" "$scratch/clone"
tar -C "$tree" -c --exclude=./out --exclude=./.git . | tar -C "$scratch/clone" -x
cat >"$scratch/bin/cmake" <<'EOF'
#!/bin/sh
echo "this is cmake $*"
exit 1
EOF
chmod 0755 "$scratch/bin/cmake"
for command in builder/quickstart "tests/run unit"; do
	# shellcheck disable=SC2086
	said=$(PATH="$scratch/bin:$PATH" sh "$scratch"/clone/$command 2>&1) && {
		echo "$command succeeded without cmake: $said"
		exit 1
	}
	case $said in
	*"this is cmake -S . -B out/build"*) ;;
	*)
		echo "$command did not come to building: $said"
		exit 1
		;;
	esac
done

# A command that has ended at once takes its ticker with it, which may not have run at all by then: one that
# went on would keep whoever reads the output waiting for ever.
sed '/^say "What building/,$d; /^sh tests/d' "$tree/builder/quickstart" >"$scratch/clone/builder/ticker"
cat >>"$scratch/clone/builder/ticker" <<'EOF'
for round in $(seq 100); do
	progress ticker.log true
done
EOF
timeout 30 sh -c ': "$(sh "$1")"' - "$scratch/clone/builder/ticker" || {
	echo "builder/quickstart: a ticker outlives the command that it was for"
	exit 1
}
