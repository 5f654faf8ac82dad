# Settings that no build can follow together stop a build; all else goes on, here as far as to what is not there.
echo 'root: { zram = "512M"; }; archive: { compression = "lz4"; };' >my.conf
ramimg build --config my.conf disk.raw || :
for command in inspect verify revert recover test; do
	ramimg $command --config my.conf disk.raw || :
done
ramimg config show --config my.conf | grep -E 'root\.(form|zram)|compression'
mkdir -p host/etc/pve/nodes/one/qemu-server
echo one >host/etc/hostname
ln -s nodes/one host/etc/pve/local
ramimg list --config my.conf --pve-root host
