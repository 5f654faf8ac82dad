echo 'root: { upper = "0%"; };' >my.conf
ramimg build --compressed --config my.conf disk.raw
