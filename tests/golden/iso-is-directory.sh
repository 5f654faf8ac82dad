truncate -s 1M disk.raw
mkdir twin.iso
ramimg build --force --iso twin.iso disk.raw
