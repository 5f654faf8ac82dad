truncate -s 1M disk.raw
ramimg build --output new.vdi disk.raw
