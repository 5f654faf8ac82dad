ramimg build --compressed disk.raw
