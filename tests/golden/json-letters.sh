ramimg build disk.raw -X -qj
