truncate -s 1M disk.raw
: >twin.iso
ramimg build --iso twin.iso disk.raw
