ramimg build --format QCOW2 disk.raw
