# What an OVA holds.
qemu-img create -q -f vmdk -o subformat=streamOptimized disk.vmdk 1M
ramimg build disk.vmdk
