#!/bin/sh
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# install_packages.sh TREE: what tests/install-packages asks apt-get for, and where it refuses. dpkg-query,
# apt-cache, apt-get and sudo are ours, and a directory stands for /etc/pve.
set -eu
tree=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/bin"
cat >"$scratch/bin/dpkg-query" <<'EOT'
#!/bin/sh
# dpkg-query -W -f FORMAT NAME
grep -qx "$4" "$SCRATCH/installed" && printf installed
EOT
cat >"$scratch/bin/apt-cache" <<'EOT'
#!/bin/sh
[ "$*" = "depends clang" ] && printf 'clang\n  Depends: clang-%s\n' "$CLANG"
EOT
cat >"$scratch/bin/apt-get" <<'EOT'
#!/bin/sh
echo "$*" >>"$SCRATCH/asked"
EOT
printf '#!/bin/sh\nexec "$@"\n' >"$scratch/bin/sudo"
chmod 0755 "$scratch"/bin/*
export SCRATCH="$scratch" CLANG=14 PVE_DIR="$scratch/pve"

# run LIST...: its status in $rc, what it said in $said, what was asked of apt-get in $asked
run() {
	: >"$scratch/asked"
	rc=0
	said=$(PATH="$scratch/bin:$PATH" sh "$tree/tests/install-packages" "$@" 2>&1) || rc=$?
	asked=$(cat "$scratch/asked")
}
fail() {
	echo "$*: status $rc, said: $said, asked: $asked"
	exit 1
}

: >"$scratch/installed"
run build
case $asked in *"install -q -y --no-remove"*" libguestfs-dev"*) ;; *) fail "build" ;; esac
case $asked in *qemu* | *linux-image*) fail "build installs what only running takes" ;; esac
run
for name in libguestfs-dev qemu-system-x86 mmdebstrap libclang-rt-14-dev; do
	case $asked in *" $name"*) ;; *) fail "everything: no $name" ;; esac
done
CLANG=19 run test
case $asked in *" libclang-rt-19-dev"*) ;; *) fail "another clang" ;; esac

sed 's/#.*//; s/NN/14/' "$tree"/tests/packages/* >"$scratch/installed"
run
[ "$rc$asked" = 0 ] || fail "everything is there"
grep -vx qemu-utils "$scratch/installed" >"$scratch/less"
mv "$scratch/less" "$scratch/installed"
run
case $asked in *"--no-install-recommends qemu-utils") ;; *) fail "one is missing" ;; esac

# A Proxmox VE host, by its directory or by its QEMU.
mkdir "$scratch/pve"
run
[ "$rc" != 0 ] && [ -z "$asked" ] || fail "a host with /etc/pve"
case $said in *"would remove proxmox-ve"*) ;; *) fail "a refusal says why" ;; esac
rmdir "$scratch/pve"
echo pve-qemu-kvm >"$scratch/installed"
for lists in run test "build run" disk; do
	# shellcheck disable=SC2086
	run $lists
	[ "$rc" != 0 ] && [ -z "$asked" ] || fail "pve-qemu-kvm and $lists"
done
run build
[ "$rc" = 0 ] || fail "building on a Proxmox VE host"
case $asked in *" libguestfs-dev"*) ;; *) fail "building on a Proxmox VE host" ;; esac
