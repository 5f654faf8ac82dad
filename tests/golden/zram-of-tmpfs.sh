echo 'root: { zram = "512M"; };' >my.conf
ramimg build --config my.conf disk.raw || :
echo 'root: { form = "compressed"; zram = "50%"; };' >my.conf
ramimg build --config my.conf disk.raw
