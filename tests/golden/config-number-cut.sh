# libconfig 1.5 would read 3 here.
echo 'archive: { zstd_level = 4294967299; };' >my.conf
ramimg build --config my.conf disk.raw
