# As another ramimg holds it.
truncate -s 1M disk.raw
flock disk.raw ramimg build disk.raw
