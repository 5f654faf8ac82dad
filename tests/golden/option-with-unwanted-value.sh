ramimg build --json=yes disk.raw
