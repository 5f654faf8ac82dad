ramimg build --config missing.conf disk.raw
