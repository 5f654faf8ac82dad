truncate -s 1048577 my.conf
ramimg build --config my.conf disk.raw
