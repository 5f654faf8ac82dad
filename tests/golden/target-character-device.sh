ramimg build --format raw /dev/zero
