ramimg build --compression lz4 disk.raw
