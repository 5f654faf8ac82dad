truncate -s 1M disk.raw
chmod 444 disk.raw
ramimg build disk.raw
