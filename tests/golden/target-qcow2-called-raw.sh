qemu-img create -q -f qcow2 disk.raw 1M
ramimg build disk.raw
