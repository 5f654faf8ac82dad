ramimg build --json --config missing.conf disk.raw
