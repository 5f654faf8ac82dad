truncate -s 1M disk.raw
mkdir new.qcow2
ramimg build --force --output new.qcow2 disk.raw
