ramimg disk.raw
