#!/bin/sh
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# proxmox_host.sh TREE: what the real apt-get makes of tests/install-packages where Proxmox VE is installed. It
# only simulates, on an archive and a dpkg database of our own, which have Proxmox's packages as they are: its QEMU
# provides qemu-system-x86 and qemu-utils, and conflicts with Debian's.
set -eu
tree=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
apt=$scratch/apt
real=$(command -v apt-get)
mkdir -p "$scratch/bin" "$apt/etc/preferences.d" "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/archive"

# package NAME [FIELD...]: a stanza of it
package() {
	printf 'Package: %s\nVersion: 1\nArchitecture: amd64\nMaintainer: nobody\nDescription: one\n' "$1"
	shift
	for field in "$@"; do echo "$field"; done
}
installed() {
	package "$@" 'Status: install ok installed'
	echo
}
available() {
	package "$@" "Filename: ./none.deb" "Size: 1" "SHA256: $(printf %064d 0)"
	echo
}
{
	installed proxmox-ve 'Depends: qemu-server'
	installed qemu-server 'Depends: pve-qemu-kvm'
	installed pve-qemu-kvm 'Provides: qemu-system-x86, qemu-utils' 'Conflicts: qemu-system-x86, qemu-utils'
} >"$apt/status"
{
	sed 's/#.*//; s/NN/14/' "$tree"/tests/packages/* | grep . | sort -u | while read -r name; do
		case $name in
		libguestfs-dev | libguestfs-tools | guestfish) available "$name" 'Depends: libguestfs0' ;;
		*) available "$name" ;;
		esac
	done
	available libguestfs0 'Depends: qemu-system-x86, qemu-utils'
} >"$apt/archive/Packages"
echo "deb [trusted=yes] file:$apt/archive ./" >"$apt/etc/sources.list"
cat >"$apt/conf" <<EOT
Dir::Etc "$apt/etc"; Dir::Etc::parts "none"; Dir::Etc::main "none"; Dir::Etc::sourceparts "none";
Dir::State "$apt"; Dir::State::lists "$apt/lists"; Dir::State::status "$apt/status"; Dir::Cache "$apt/cache";
APT::Architecture "amd64"; APT::Architectures { "amd64"; }; APT::Sandbox::User "root"; Dir::Log "$apt";
EOT

cat >"$scratch/bin/apt-get" <<EOT
#!/bin/sh
case \$1 in update) exec "$real" "\$@" ;; *) exec "$real" --simulate "\$@" ;; esac
EOT
# What is installed by dpkg's real database is not what is by ours.
cat >"$scratch/bin/dpkg-query" <<'EOT'
#!/bin/sh
[ "$4" = "$SEEN" ] && printf installed
EOT
printf '#!/bin/sh\nprintf "clang\\n  Depends: clang-14\\n"\n' >"$scratch/bin/apt-cache"
printf '#!/bin/sh\nexec "$@"\n' >"$scratch/bin/sudo"
chmod 0755 "$scratch"/bin/*
export APT_CONFIG="$apt/conf" PVE_DIR="$scratch/none" LC_ALL=C

# run COMMAND...: its status in $rc, what it said in $said
run() {
	rc=0
	said=$(PATH="$scratch/bin:$PATH" "$@" 2>&1) || rc=$?
}
fail() {
	echo "$*: status $rc, said: $said"
	exit 1
}
removes_nothing() {
	case $said in *"Remv "*) fail "$1 removes something" ;; esac
}

# That is what there is to be afraid of.
run apt-get update
[ "$rc" = 0 ] || fail "apt-get update"
run apt-get install -y --no-install-recommends qemu-system-x86
case $said in *"Remv proxmox-ve"*) ;; *) fail "Debian's QEMU would not remove proxmox-ve" ;; esac

# What the README has for building goes beside Proxmox VE.
SEEN=pve-qemu-kvm
export SEEN
run sh "$tree/tests/install-packages" build
[ "$rc" = 0 ] || fail "build"
case $said in *"Inst libguestfs-dev"*) ;; *) fail "build installs nothing" ;; esac
removes_nothing build
for lists in run disk test "run disk test" ""; do
	# shellcheck disable=SC2086
	run sh "$tree/tests/install-packages" $lists
	[ "$rc" != 0 ] || fail "\"$lists\" was not refused"
	case $said in *"This is a Proxmox VE host"*) ;; *) fail "\"$lists\" says why" ;; esac
	removes_nothing "$lists"
done

# And were it not known for what it is, apt-get itself would refuse to remove anything.
SEEN=nothing
for lists in run ""; do
	# shellcheck disable=SC2086
	run sh "$tree/tests/install-packages" $lists
	[ "$rc" != 0 ] || fail "\"$lists\" was not refused by apt-get"
	case $said in *"remove is disabled"*) ;; *) fail "\"$lists\": another refusal" ;; esac
done
