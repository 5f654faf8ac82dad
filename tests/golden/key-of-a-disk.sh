truncate -s 1M disk.raw
ramimg verify --key key.pub disk.raw
