ramimg build --compresion zstd disk.raw
