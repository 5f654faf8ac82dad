ramimg build --config /dev/zero disk.raw
