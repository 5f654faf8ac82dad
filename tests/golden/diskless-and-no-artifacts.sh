ramimg build --diskless --no-artifacts disk.raw
