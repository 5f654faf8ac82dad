truncate -s 1M disk.raw
: >new.qcow2
ramimg build --output new.qcow2 disk.raw
