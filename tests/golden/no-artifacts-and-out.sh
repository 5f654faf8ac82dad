ramimg build --no-artifacts --out artifacts disk.raw
