truncate -s 1M disk.vdi
ramimg build disk.vdi
