ramimg build -qv disk.raw
