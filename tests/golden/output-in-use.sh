truncate -s 1M disk.raw old.raw
flock old.raw ramimg build --force --output old.raw disk.raw
