mkdir disk.raw
ramimg build disk.raw
