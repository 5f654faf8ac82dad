qemu-img create -q -f qcow2 disk.qcow2 16M
qemu-io -c 'write -q 0 16M' disk.qcow2
truncate -s 1M disk.qcow2
ramimg build disk.qcow2
