echo 'root: { block_size = "100K"; };' >my.conf
ramimg build --compressed --config my.conf disk.raw || :
echo 'root: { block_size = "2M"; };' >my.conf
ramimg build --compressed --config my.conf disk.raw
