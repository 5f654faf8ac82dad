# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# A program whose module asks for a libguestfs that no machine has: what needs no appliance works.
program=$(readlink -f "$(command -v ramimg)")
cp "$program" .
sed 's/libguestfs\.so\.0/libguestfs.so.9/' "${program%/*}/ramimg-appliance.so" >ramimg-appliance.so
truncate -s 1M disk.raw
printf 'reader: { direct = false; };\n' >appliance.conf
mkdir -p host/etc/pve/nodes/one/qemu-server
ln -s nodes/one host/etc/pve/local
printf 'name: web\nmemory: 512\nboot: order=scsi0\nscsi0: local:100/vm-100-disk-0.raw,size=1G\n' >host/etc/pve/nodes/one/qemu-server/100.conf
printf 'dir: local\n\tpath /var/lib/vz\n\tcontent images\n' >host/etc/pve/storage.cfg
echo one >host/etc/hostname

./ramimg --version
./ramimg list --pve-root "$PWD/host"
./ramimg recover disk.raw
# What they cannot find is a VM, not a library.
for command in status detach check-migrate; do
	./ramimg "$command" --pve-root "$PWD/host" 999 || echo "status $?"
done
# The direct reader knows what is not there.
./ramimg --quiet inspect disk.raw || echo "status $?"
./ramimg --quiet --config appliance.conf inspect disk.raw || echo "status $?"
./ramimg build disk.raw || echo "status $?"
./ramimg doctor --kvm no
