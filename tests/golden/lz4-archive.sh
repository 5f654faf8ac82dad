# An archive is never compressed so, wherever that was said.
echo 'archive: { compression = "lz4"; };' >my.conf
ramimg build --config my.conf disk.raw || :
ramimg build --compression lz4 disk.raw
