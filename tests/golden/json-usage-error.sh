ramimg build disk.raw --compresion zstd --json
