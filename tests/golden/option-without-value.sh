ramimg build disk.raw --out
