# A loop if it were followed.
echo '@include "my.conf"' >my.conf
ramimg build --config my.conf disk.raw
