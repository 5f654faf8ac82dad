ramimg build --out= disk.raw
