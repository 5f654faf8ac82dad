# The image that is opened does not become the standard output.
truncate -s 1M disk.raw empty.raw
echo "stage: { dir = \"$PWD/stage\"; };" >my.conf
status=0
ramimg recover -c my.conf --json disk.raw >&- <&- || status=$?
cmp disk.raw empty.raw
exit $status
