truncate -s 1M disk.raw
ramimg build --iso twin.img disk.raw
