qemu-img create -q -f raw base.raw 1M
qemu-img create -q -f qcow2 -b base.raw -F raw disk.qcow2
rm base.raw
ramimg build disk.qcow2
