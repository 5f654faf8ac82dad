ramimg build --slim disk.raw
