# By another name.
truncate -s 1M disk.raw
ln disk.raw other.raw
ramimg build --force --output other.raw disk.raw
