truncate -s 1M disk.raw
echo "stage: { dir = \"$PWD/stage\"; };" >my.conf
ramimg recover -c my.conf disk.raw
ramimg recover -c my.conf --json disk.raw
