mkdir my.conf
ramimg build --config my.conf disk.raw
