#!/bin/sh
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# as_root.sh TREE: what fixtures/as-root says where an ordinary user cannot set owners of files, that
# builder/quickstart says it before it asks for a package, and how it runs a command. id, unshare, dpkg-query
# and apt-get are ours.
set -eu
tree=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/bin"
cat >"$scratch/bin/id" <<'EOT'
#!/bin/sh
case $1 in -u) echo "$WHO" ;; -un) echo someone ;; esac
EOT
cat >"$scratch/bin/unshare" <<'EOT'
#!/bin/sh
[ "$SPACES" = yes ] || exit 1
echo "unshare $*"
EOT
printf '#!/bin/sh\nexit 1\n' >"$scratch/bin/dpkg-query"
printf '#!/bin/sh\necho "apt-get $*" >&2\nexit 1\n' >"$scratch/bin/apt-get"
printf '#!/bin/sh\nexec "$@"\n' >"$scratch/bin/sudo"
chmod 0755 "$scratch"/bin/*
echo someone:100000:65536 >"$scratch/ids"
echo someoneelse:100000:65536 >"$scratch/others"
echo 1000:100000:65536 >"$scratch/number"

# run COMMAND...: its status in $rc, what it said in $said
run() {
	rc=0
	said=$(PATH="$scratch/bin:$PATH" SUBIDS="$ids" WHO=$who SPACES=$spaces PVE_DIR="$scratch/pve" "$@" 2>&1) ||
		rc=$?
}
fail() {
	echo "$*: status $rc, said: $said"
	exit 1
}
says() {
	[ "$rc" != 0 ] || fail "$1"
	case $said in *"$2"*) ;; *) fail "$1" ;; esac
}
check="sh $tree/tests/fixtures/as-root --check"

who=0 spaces=no ids="$scratch/absent"
run $check
[ "$rc$said" = 0 ] || fail "root needs nothing"
run sh "$tree/tests/fixtures/as-root" echo a 'b  c'
[ "$said" = "a b  c" ] || fail "root runs a command as it is"

who=1000 spaces=yes
for ids in "$scratch/ids" "$scratch/number"; do
	run $check
	[ "$rc" = 0 ] || fail "a user with $ids"
done
run sh "$tree/tests/fixtures/as-root" tar -x
[ "$said" = "unshare --map-root-user --map-auto -- tar -x" ] || fail "a user runs a command in a namespace"
spaces=no
run $check
says "no namespaces" "lets no ordinary user make a user namespace"
spaces=yes
for ids in "$scratch/absent" "$scratch/others"; do
	run $check
	says "no line in $ids" "$ids has no line for someone (sudo usermod --add-subuids"
done

run sh "$tree/builder/quickstart"
says "quickstart" "has no line for someone"
case $said in *apt-get*) fail "quickstart asked for packages first" ;; esac
ids="$scratch/ids"
run sh "$tree/builder/quickstart"
says "quickstart of a user for whom it works" "apt-get update"
