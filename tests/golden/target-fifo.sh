mkfifo disk.raw
ramimg build disk.raw
