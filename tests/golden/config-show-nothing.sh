# A file that is named is the only one.
mkdir -p etc/ramimg/conf.d etc/ramimg/vm
echo 'ram: { reserve = "64M"; };' >etc/ramimg/ramimg.conf
echo 'ram: { reserve = "65M"; };' >etc/ramimg/vm/105.conf
echo 'ram: { reserve = "66M"; };' >mine.conf
ramimg config show --config mine.conf --pve-root . 105 | grep reserve
