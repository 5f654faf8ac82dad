truncate -s 1M disk.img
ramimg build --format qcow2 disk.img
