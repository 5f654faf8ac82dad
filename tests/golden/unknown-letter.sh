ramimg build -nX disk.raw
